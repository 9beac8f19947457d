import { useEffect, useState } from "preact/hooks";
import { get } from "../api";
import { useWords } from "../i18n";
import { number } from "../format";
import { pathOf, spanOf } from "../trend";
import type { Value } from "../types";

const WIDTH = 240;
const HEIGHT = 44;
const DAY_MS = 86_400_000;

/** A day of a point as a line; gaps stay gaps. */
export function Trend({ point, label }: { point: string; label: string }) {
  const { t, language } = useWords();
  const [samples, setSamples] = useState<Value[]>([]);
  useEffect(() => {
    const from = encodeURIComponent(new Date(Date.now() - DAY_MS).toISOString());
    get<{ samples: Value[] }>(`/points/${point}/samples?from=${from}&max_points=480`)
      .then((answer) => setSamples(answer.samples))
      .catch(() => setSamples([]));
  }, [point]);
  const span = spanOf(samples);
  return (
    <figure class="trend">
      <figcaption>
        {label} <small>{t("yard.trend")}</small>
      </figcaption>
      {span && (
        <>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            <path d={pathOf(samples, WIDTH, HEIGHT)} />
          </svg>
          <small>
            {number(language, span.low, 1)} – {number(language, span.high, 1)}
          </small>
        </>
      )}
    </figure>
  );
}
