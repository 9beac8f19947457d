// Numbers, units and times as people read them. Unknown is a dash, never a zero.

import { translateWord } from "./i18n";
import type { FactorRecord, Language } from "./types";

export const UNKNOWN = "–";

/** Number and unit stay on one line. */
export const NARROW = "\u00a0";

const UNITS: Record<string, string> = {
  degc: "°C",
  degc_per_day: "°C/d",
  ppm: "ppm",
  ppm_per_h: "ppm/h",
  percent: "%",
  kg: "kg",
  kg_per_s: "kg/s",
  kg_per_h: "kg/h",
  kw: "kW",
  kwh: "kWh",
  mj: "MJ",
  s: "s",
};

export function unitText(unit: string | null): string {
  return unit === null ? "" : (UNITS[unit] ?? unit);
}

export function number(language: Language, value: number | null, digits: number): string {
  if (value === null) return UNKNOWN;
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** Temperatures to a tenth, concentrations whole, small rates to a hundredth. */
export function digitsOf(unit: string | null): number {
  if (unit === "degc" || unit === "degc_per_day" || unit === "ppm_per_h") return 1;
  return unit === "kg_per_s" ? 2 : 0;
}

export function quantity(language: Language, value: number | null, unit: string | null): string {
  const text = number(language, value, digitsOf(unit));
  if (unit === null) return text;
  // What is counted has a word of each language; what is measured has its symbol.
  return `${text}${NARROW}${translateWord(language, `unit.${unit}`, unitText(unit))}`;
}

export function percent(language: Language, share: number | null): string {
  return share === null ? UNKNOWN : `${number(language, share * 100, 1)}${NARROW}%`;
}

/** A measured share, rounded down: what is not whole never reads 100 %. */
export function coverage(language: Language, share: number | null): string {
  return percent(language, share === null ? null : Math.floor(share * 1000 + 1e-6) / 1000);
}

export function clockTime(language: Language, timezone: string, iso: string, nowMs: number): string {
  const moment = new Date(iso);
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: timezone });
  const sameDay = day.format(moment) === day.format(new Date(nowMs));
  return new Intl.DateTimeFormat(language, {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...(sameDay ? {} : { month: "short", day: "numeric" }),
  }).format(moment);
}

/** A span of time in the largest unit that fits: "12 s", "3 min", "2 h", "5 d". */
export function duration(language: Language, spanS: number): string {
  const seconds = Math.max(0, Math.round(spanS));
  const steps: [number, string][] = [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
    [1, "second"],
  ];
  const [size, unit] = steps.find(([s]) => seconds >= s) ?? [1, "second"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(
    Math.floor(seconds / size),
  );
}

/** How long ago, never negative. */
export function age(language: Language, iso: string, nowMs: number): string {
  return duration(language, (nowMs - Date.parse(iso)) / 1000);
}

/** A calendar day. */
export function day(language: Language, iso: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(iso),
  );
}

/** Memory. */
export function bytes(language: Language, size: number): string {
  return `${number(language, size / 1024, 0)}${NARROW}KiB`;
}

/** The record's direct CO₂e in its own GWP set, whether it is one figure or a map of sets. */
export function directOf(record: FactorRecord): number | null {
  const figure = record.direct_co2e_kg_per_kwh;
  if (figure === null || typeof figure === "number") return figure;
  return figure[record.gwp_set] ?? null;
}
