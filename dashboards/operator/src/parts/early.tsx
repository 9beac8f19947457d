import { useEffect, useState } from "preact/hooks";
import { get } from "../api";
import { duration, percent, quantity } from "../format";
import { useWords } from "../i18n";
import type { EarlyWarning, Prospect } from "../types";
import { Trend } from "./trend";

/** Longer than this nothing is foretold [h]. */
const FAR_H = 14 * 24;

/** How far early warning has learnt a store, and when its values reach their limits. */
export function Early({ store, gas }: { store: string; gas: boolean }) {
  const { t, language } = useWords();
  const [known, setKnown] = useState<EarlyWarning | null>(null);
  useEffect(() => {
    get<EarlyWarning>(`/stores/${store}/early-warning`)
      .then(setKnown)
      .catch(() => setKnown(null));
  }, [store]);
  if (known === null) return null;
  const near = known.prospects.filter((p) => p.hours !== null && p.hours <= FAR_H);
  return (
    <div class="early">
      <p class="quiet-text">
        {known.learning
          ? t("early.learning", { share: percent(language, known.share_learnt) })
          : t(known.frozen ? "early.frozen" : "early.learnt")}
      </p>
      {near.map((p) => (
        <Ahead key={`${p.condition} ${p.point}`} prospect={p} />
      ))}
      {gas && (
        <>
          <Trend point={`yard.${store}.co_residual_ppm`} unit="ppm" label={t("value.residual")} />
          <Trend point={`yard.${store}.co_slope_ppm_per_h`} unit="ppm_per_h" label={t("value.slope")} />
        </>
      )}
      <Trend point={`yard.${store}.temp_rate_degc_per_day`} unit="degc_per_day" label={t("value.rate")} />
    </div>
  );
}

function Ahead({ prospect }: { prospect: Prospect }) {
  const { t, language } = useWords();
  const span = (hours: number | null) => (hours === null ? null : duration(language, hours * 3600));
  const probe = /temp_(\d+)_degc$/.exec(prospect.point);
  const what = probe ? t("value.temp.n", { n: probe[1] ?? "" }) : t("value.co");
  const latest = span(prospect.latest_h);
  return (
    <p>
      {t("early.ahead", {
        what,
        limit: quantity(language, prospect.limit, prospect.unit),
        time: span(prospect.hours) ?? "",
        earliest: span(prospect.earliest_h) ?? "",
        latest: latest ?? t("early.never"),
      })}
    </p>
  );
}
