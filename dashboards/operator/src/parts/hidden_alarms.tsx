import { useMemo, useState } from "preact/hooks";
import { clockTime } from "../format";
import { hiddenRows, type HiddenRow, type Hide, undoOf } from "../hides";
import { useWords } from "../i18n";
import type { Alarm, Me } from "../types";
import { send } from "./decide";

const FIRST = 50;

interface Props {
  hides: Hide[];
  alarms: Alarm[];
  me: Me;
  nowMs: number;
  onDone(): void;
}

/** What is not in the list, by whom, why and until when: folded away and never left out. */
export function HiddenAlarms({ hides, alarms, me, nowMs, onDone }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  // In a flood there are thousands; the clock that ticks every second does not sort them anew.
  const rows = useMemo(() => hiddenRows(hides, alarms), [hides, alarms]);
  if (rows.length === 0) return null;
  const unseen = alarms.filter((alarm) => alarm.visibility !== "shown" && alarm.present);
  // Several causes may hide one alarm: it is counted once.
  const count = new Set(rows.map((row) => row.hide.target)).size;
  return (
    <details class="card hidden-alarms" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("hidden.title", { n: count })}
        {unseen.length > 0 && <strong> · {t("hidden.standing", { n: unseen.length })}</strong>}
      </summary>
      {open && (
        <>
          <p class="quiet-text">{t("hidden.text")}</p>
          <ul>
            {(all ? rows : rows.slice(0, FIRST)).map((row) => (
              <Row key={row.key} row={row} undo={undoOf(row, hides)} me={me} nowMs={nowMs} onDone={onDone} />
            ))}
          </ul>
          {!all && rows.length > FIRST && (
            <button type="button" onClick={() => setAll(true)}>
              {t("journal.more")}
            </button>
          )}
        </>
      )}
    </details>
  );
}

interface RowProps {
  row: HiddenRow;
  undo: "unshelve" | "return" | null;
  me: Me;
  nowMs: number;
  onDone(): void;
}

function Row({ row, undo, me, nowMs, onDone }: RowProps) {
  const { t, word, language, timezone } = useWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { hide, alarm } = row;
  // A cause is an alarm too, called by its condition; or it is still looked for.
  const cause = (id: string) => {
    const [condition, ...about] = id.split(":");
    return about.length ? `${word("condition", condition ?? "")} ${about.join(":")}` : word("hidden_by", id);
  };
  const suppressed = hide.what === "suppressed";
  const people = hide.second ? `${hide.by} + ${hide.second}` : hide.by;
  const by = suppressed ? hide.by.split(", ").map(cause).join(", ") : people;
  const end = async () => {
    setBusy(true);
    try {
      await send(hide.target, undo ?? "", {});
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <li class={alarm?.present ? `present ${alarm.class}` : ""}>
      <p>
        <strong>{row.about}</strong> {row.condition && word("condition", row.condition)}{" "}
        {alarm?.present && <span class="badge warn">{t("hidden.stands")}</span>}
      </p>
      <p class="state">
        {word("hidden", hide.what)}: {by}
        {hide.until_utc &&
          ` · ${t("hidden.until", { time: clockTime(language, timezone, hide.until_utc, nowMs) })}`}
        {hide.why && <q>{hide.why}</q>}
      </p>
      {undo && me.may_handle_alarms && (
        <button type="button" disabled={busy} onClick={() => void end()}>
          {t(`hidden.${undo}`)}
        </button>
      )}
      {problem && (
        <p class="problem" role="alert">
          {t("dialog.failed", { detail: problem })}
        </p>
      )}
    </li>
  );
}
