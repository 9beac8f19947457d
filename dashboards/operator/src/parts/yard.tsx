import { NARROW, number } from "../format";
import { useWords } from "../i18n";
import { rowsOf, shownStatus, type Row } from "../order";
import type { Alarm, Store, StoreStatus } from "../types";
import { Silo } from "./silo";
import { StoreCard } from "./store";

interface Props {
  stores: Store[];
  alarms: Alarm[];
  lost: boolean;
  nowMs: number;
}

const KEY: StoreStatus[] = ["alarm", "warning", "fault", "silent", "no_data", "ok", "no_sensor"];

export function Yard({ stores, alarms, lost, nowMs }: Props) {
  const { t } = useWords();
  const rows = rowsOf(stores);
  const silos = stores.filter((store) => store.kind === "silo");
  return (
    <section class="yard" aria-labelledby="yard-title">
      <h2 id="yard-title">{t("yard.title")}</h2>
      {stores.length === 0 && <p class="quiet-text">{t("yard.none")}</p>}
      {rows.length > 0 && <Coverage rows={rows} />}
      <div class="rows">
        {rows.map((row) => (
          <YardRow key={row.row} row={row} lost={lost} nowMs={nowMs} />
        ))}
      </div>
      <div class="silos">
        {silos.map((silo) => (
          <Silo key={silo.id} store={silo} alarms={alarms} lost={lost} nowMs={nowMs} />
        ))}
      </div>
      <ul class="key" aria-label={t("yard.legend")}>
        {KEY.map((status) => (
          <li key={status}>
            <span class={`cell ${status}`} aria-hidden="true" /> {t(`status.${status}`)}
          </li>
        ))}
      </ul>
      <p class="quiet-text">{t("yard.entry")}</p>
    </section>
  );
}

/** How little one board sees: said in figures, where the yard is looked at. */
function Coverage({ rows }: { rows: Row[] }) {
  const { t, language } = useWords();
  const total = rows.reduce((sum, row) => sum + row.stores.length, 0);
  const watched = rows.reduce((sum, row) => sum + row.watched.length, 0);
  if (watched === 0 || watched === total) return null;
  const each = number(language, Math.round(total / watched), 0);
  const share = `${number(language, 100 / Math.round(total / watched), 0)}${NARROW}%`;
  return <p class="coverage">{t("yard.coverage", { watched, total, each, share })}</p>;
}

function YardRow({ row, lost, nowMs }: { row: Row; lost: boolean; nowMs: number }) {
  const { t } = useWords();
  const bare = row.stores.length - row.watched.length;
  const params = { row: row.row, total: row.stores.length, watched: row.watched.length, bare };
  return (
    <div class="card row">
      <h3>
        {t("yard.row", { row: row.row })}
        {bare > 0 && <small>{t("yard.bare", { n: bare })}</small>}
      </h3>
      <div class="cells" role="img" aria-label={t("yard.row.label", params)}>
        {row.stores.map((store) => (
          <span
            key={store.id}
            class={`cell ${shownStatus(store, lost)}`}
            title={`${store.name || store.id}: ${t(`status.${store.status}`)}`}
          />
        ))}
      </div>
      {row.watched.length === 0 && <p class="quiet-text">{t("yard.row.bare")}</p>}
      {row.watched.map((store) => (
        <StoreCard key={store.id} store={store} lost={lost} nowMs={nowMs} />
      ))}
    </div>
  );
}
