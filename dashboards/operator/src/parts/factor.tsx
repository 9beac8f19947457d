import { age, clockTime, coverage, directOf, number } from "../format";
import { useWords } from "../i18n";
import type { FactorRecord, LiveFactor } from "../types";

interface Props {
  live: LiveFactor | null;
  records: FactorRecord[];
  nowMs: number;
}

const PARTS = ["fossil_co2", "ch4", "n2o"] as const;

export function Factor({ live, records, nowMs }: Props) {
  const { t, language } = useWords();
  const record = records.find((r) => r.period === "settlement" && r.product === "electricity");
  return (
    <section class="factor" aria-labelledby="factor-title">
      <h2 id="factor-title">
        {t("factor.title")}
        {live && <small>{t("value.ago", { age: age(language, live.valid_to_utc, nowMs) })}</small>}
      </h2>
      <div class="card">
        <Live live={live} />
        <Settled record={record} nowMs={nowMs} />
      </div>
    </section>
  );
}

function Live({ live }: { live: LiveFactor | null }) {
  const { t, word, language } = useWords();
  const figure = live?.direct_co2e_kg_per_kwh ?? null;
  if (live === null) return <p class="quiet-text">{t("mix.none")}</p>;
  const span = age(language, live.valid_from_utc, Date.parse(live.valid_to_utc));
  return (
    <>
      <p class="headline">
        <small>
          {t("factor.live")} · {t("factor.window", { span })}
        </small>
        <strong>{figure === null ? t("factor.none") : number(language, figure, 3)}</strong>
        <span>
          {figure === null && live.reason ? word("reason", live.reason) : t("factor.unit")}
        </span>
      </p>
      <table class="parts">
        <caption>
          {t("factor.parts")} · {t("factor.gwp", { set: live.gwp_set })}
        </caption>
        <tbody>
          {PARTS.map((part) => (
            <tr key={part}>
              <th scope="row">{t(`factor.${part}`)}</th>
              <td>{number(language, live.co2e_parts_kg_per_kwh[part] ?? null, 4)}</td>
            </tr>
          ))}
          <tr class="memo">
            <th scope="row">{t("factor.biogenic")}</th>
            <td>{number(language, live.biogenic_co2_kg_per_kwh, 4)}</td>
          </tr>
          <tr class="memo">
            <th scope="row">{t("factor.upstream")}</th>
            <td>
              {live.upstream_co2e_kg_per_kwh === null
                ? t("factor.unknown")
                : number(language, live.upstream_co2e_kg_per_kwh, 4)}
            </td>
          </tr>
        </tbody>
      </table>
      <dl class="facts">
        <div>
          <dt>{t("factor.net")}</dt>
          <dd>{number(language, live.net_kw, 0)} kW</dd>
        </div>
        <div>
          <dt>{t("factor.coverage")}</dt>
          <dd>{coverage(language, live.coverage)}</dd>
        </div>
        <div>
          <dt>{t("factor.quality")}</dt>
          <dd>
            {t(`quality.${live.quality}`)}
            {live.reason && ` (${word("reason", live.reason)})`}
          </dd>
        </div>
      </dl>
    </>
  );
}

function Settled({ record, nowMs }: { record: FactorRecord | undefined; nowMs: number }) {
  const { t, word, language, timezone } = useWords();
  const time = (iso: string) => clockTime(language, timezone, iso, nowMs).replace(/:\d\d$/, "");
  return (
    <div class="settled">
      <h3>{t("factor.record")}</h3>
      {record === undefined && <p class="quiet-text">{t("factor.record.none")}</p>}
      {record && (
        <p>
          <strong>{number(language, directOf(record), 3)}</strong> {t("factor.unit")}
          <small>
            {time(record.valid_from_utc)}–{time(record.valid_to_utc)} ·{" "}
            {number(language, record.net_kwh, 0)} kWh ·{" "}
            {t("factor.record.coverage", { share: coverage(language, record.coverage) })} ·{" "}
            {word("factor.status", record.status)}
          </small>
        </p>
      )}
    </div>
  );
}
