// A line of samples for an SVG path: an unknown value interrupts it, nothing is invented.

import type { Value } from "./types";

export interface Span {
  low: number;
  high: number;
}

export function spanOf(samples: readonly Value[]): Span | null {
  const known = samples.flatMap((s) => (s.value === null ? [] : [s.value]));
  return known.length ? { low: Math.min(...known), high: Math.max(...known) } : null;
}

export function pathOf(samples: readonly Value[], width: number, height: number): string {
  const span = spanOf(samples);
  const first = samples[0];
  const last = samples.at(-1);
  if (span === null || first === undefined || last === undefined) return "";
  const beginMs = Date.parse(first.t_utc);
  const lengthMs = Math.max(1, Date.parse(last.t_utc) - beginMs);
  const range = span.high - span.low || 1;
  let pen = "M";
  let path = "";
  for (const sample of samples) {
    if (sample.value === null) {
      pen = "M";
      continue;
    }
    const x = ((Date.parse(sample.t_utc) - beginMs) / lengthMs) * width;
    const y = height - 2 - ((sample.value - span.low) / range) * (height - 4);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return path;
}
