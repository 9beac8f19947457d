import { useWords } from "../i18n";
import type { Alarm } from "../types";

/** What stands and is not in the list, folded away and never left out. */
export function HiddenAlarms({ alarms }: { alarms: Alarm[] }) {
  const { t, word } = useWords();
  if (alarms.length === 0) return null;
  return (
    <details class="card hidden-alarms">
      <summary>{t("alarms.hidden", { n: alarms.length })}</summary>
      <p class="quiet-text">{t("alarms.hidden.text")}</p>
      <ul>
        {alarms.map((alarm) => (
          <li key={alarm.id}>
            {alarm.place} · {word("condition", alarm.condition)} ·{" "}
            {word("visibility", alarm.visibility)}
            {alarm.hidden_by && <small> {word("hidden_by", alarm.hidden_by)}</small>}
          </li>
        ))}
      </ul>
    </details>
  );
}
