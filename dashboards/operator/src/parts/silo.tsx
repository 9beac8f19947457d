import { number, UNKNOWN } from "../format";
import { useWords } from "../i18n";
import { shownStatus, temperatures } from "../order";
import type { Alarm, Store, Value } from "../types";
import { Figure, StatusWord } from "./store";

interface Props {
  store: Store;
  alarms: Alarm[];
  lost: boolean;
  nowMs: number;
}

const CABLE = 8;
/** The profile's bars span this range: ambient to well above the usual limit [°C]. */
const SCALE_DEGC = [0, 80] as const;

export function Silo({ store, alarms, lost, nowMs }: Props) {
  const { t } = useWords();
  const all = temperatures(store);
  const cables = Array.from({ length: Math.ceil(all.length / CABLE) }, (_, n) =>
    all.slice(n * CABLE, (n + 1) * CABLE),
  );
  const loud = new Set(alarms.filter((a) => a.present).map((a) => a.source));
  return (
    <div class={`card silo ${shownStatus(store, lost)}`}>
      <h3>
        {store.name || t("yard.silo", { id: store.id })} <StatusWord store={store} lost={lost} />
        <Figure label="value.co" value={store.values["co_ppm"]} unit="ppm" nowMs={nowMs} />
      </h3>
      <div class="cables">
        {cables.map((cable) => (
          <table key={cable[0]?.[0]}>
            <caption>
              {t("yard.cable", { from: cable[0]?.[0] ?? "", to: cable.at(-1)?.[0] ?? "" })}
            </caption>
            <tbody>
              {cable.map(([n, value]) => (
                <Level
                  key={n}
                  n={n}
                  value={value}
                  loud={loud.has(`yard.${store.id}.temp_${n}_degc`)}
                />
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </div>
  );
}

function Level({ n, value, loud }: { n: number; value: Value; loud: boolean }) {
  const { word, language } = useWords();
  const [low, high] = SCALE_DEGC;
  const known = value.value !== null;
  const length = known ? Math.min(1, Math.max(0, (value.value! - low) / (high - low))) : 0;
  return (
    <tr class={loud ? "loud" : ""}>
      <th scope="row">{n}</th>
      <td class="bar">
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class={known ? "track" : "unknown"} width="100" height="10" rx="2" />
          <rect class="level" width={length * 100} height="10" rx="2" />
        </svg>
      </td>
      <td class={value.quality === "good" ? "" : "doubtful"}>
        {known ? `${number(language, value.value, 1)} °C` : UNKNOWN}
        {value.reason && <small> {word("reason", value.reason)}</small>}
      </td>
    </tr>
  );
}
