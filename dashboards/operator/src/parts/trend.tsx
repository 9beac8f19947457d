import { useEffect, useState } from "preact/hooks";
import { get } from "../api";
import { useWords } from "../i18n";
import { clockTime, quantity } from "../format";
import { pathOf, spanOf } from "../trend";
import type { Value } from "../types";

const WIDTH = 240;
const HEIGHT = 44;
const DAY_MS = 86_400_000;

interface Props {
  point: string;
  unit: string;
  label: string;
}

/** A day of a point as a line; gaps stay gaps. */
export function Trend({ point, unit, label }: Props) {
  const { language, timezone } = useWords();
  const [samples, setSamples] = useState<Value[]>([]);
  useEffect(() => {
    const from = encodeURIComponent(new Date(Date.now() - DAY_MS).toISOString());
    get<{ samples: Value[] }>(`/points/${point}/samples?from=${from}&max_points=480`)
      .then((answer) => setSamples(answer.samples))
      .catch(() => setSamples([]));
  }, [point]);
  const span = spanOf(samples);
  const [first, last] = [samples[0], samples.at(-1)];
  const time = (sample: Value) => clockTime(language, timezone, sample.t_utc, Date.now());
  return (
    <figure class="trend">
      <figcaption>
        {label}
        {first && last && (
          <small>
            {time(first)} – {time(last)}
          </small>
        )}
      </figcaption>
      {span && (
        <>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            <path d={pathOf(samples, WIDTH, HEIGHT)} />
          </svg>
          <small>
            {quantity(language, span.low, unit)} – {quantity(language, span.high, unit)}
          </small>
        </>
      )}
    </figure>
  );
}
