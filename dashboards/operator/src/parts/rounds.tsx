import { useState } from "preact/hooks";
import { request } from "../api";
import type { Duties } from "../duties";
import { age, clockTime, NARROW, number, quantity } from "../format";
import { useWords } from "../i18n";
import { openRounds, type Reading, type Round } from "../rounds";
import type { Me } from "../types";
import { Dialog } from "./dialog";
import { ReadingForm } from "./reading_form";

interface Props {
  duties: Duties;
  me: Me;
  nowMs: number;
}

/** What is to be measured by hand, from outside; nothing where no round is open. */
export function Rounds({ duties, me, nowMs }: Props) {
  const { t } = useWords();
  const [asked, setAsked] = useState<{ id: string; what: "enter" | "close" } | null>(null);
  if (duties.rounds === undefined) return null;
  const open = openRounds(duties.rounds ?? []);
  if (duties.rounds !== null && open.length === 0) return null;
  const round = open.find((one) => one.id === asked?.id);
  const done = () => {
    setAsked(null);
    duties.reload();
  };
  return (
    <section class="rounds" aria-labelledby="rounds-title">
      <h2 id="rounds-title">{t("rounds.title")}</h2>
      {duties.rounds === null && <p class="card quiet-text">{t("rounds.unread")}</p>}
      <ul class="list">
        {open.map((one) => (
          <Entry
            key={one.id}
            round={one}
            me={me}
            nowMs={nowMs}
            onAsk={(what) => setAsked({ id: one.id, what })}
          />
        ))}
      </ul>
      {round && asked?.what === "enter" && (
        <ReadingForm round={round} onEntered={duties.reload} onClose={done} />
      )}
      {round && asked?.what === "close" && <Close round={round} onClose={done} />}
    </section>
  );
}

interface EntryProps {
  round: Round;
  me: Me;
  nowMs: number;
  onAsk(what: "enter" | "close"): void;
}

function Entry({ round, me, nowMs, onAsk }: EntryProps) {
  const { t, language, timezone } = useWords();
  const due = clockTime(language, timezone, round.due_utc, nowMs);
  const late = age(language, round.due_utc, nowMs);
  const total = round.stores.length;
  return (
    <li class={`card round ${round.overdue ? "overdue" : ""}`}>
      <h3>
        {t("rounds.around", { store: round.store })} <small>{round.id}</small>
        {round.overdue && <span class="badge warn">{t("rounds.overdue", { age: late })}</span>}
      </h3>
      <p class="state">
        {t("rounds.measured", { n: total - round.missing.length, total })} ·{" "}
        {t("rounds.due", { time: due })}
        {round.opened_by && ` · ${t("rounds.by", { person: round.opened_by })}`}
      </p>
      <p class="rule">{t("rounds.rule")}</p>
      {me.may_handle_alarms && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => onAsk("enter")}>
            {t("rounds.enter")}
          </button>
          <button type="button" onClick={() => onAsk("close")}>
            {t("rounds.close")}…
          </button>
        </div>
      )}
      <details>
        <summary>{t("rounds.missing", { n: round.missing.length })}</summary>
        <p class="stores">{round.missing.join(", ")}</p>
        <ul>
          {[...round.readings].reverse().map((one) => (
            <Measured key={`${one.store} ${one.t_utc}`} reading={one} nowMs={nowMs} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Measured({ reading, nowMs }: { reading: Reading; nowMs: number }) {
  const { t, word, language, timezone } = useWords();
  const figures = [
    reading.co_ppm === null ? null : `${t("value.co")} ${quantity(language, reading.co_ppm, "ppm")}`,
    reading.temp_degc === null ? null : quantity(language, reading.temp_degc, "degc"),
    reading.o2_percent === null ? null : `O₂ ${number(language, reading.o2_percent, 1)}${NARROW}%`,
    ...reading.signs.map((sign) => word("sign", sign)),
  ].filter((text) => text !== null);
  return (
    <li>
      <strong>{reading.store}</strong> {figures.join(" · ")}{" "}
      <small>
        {reading.person}, {clockTime(language, timezone, reading.t_utc, nowMs)}
      </small>
      {reading.comment && <q>{reading.comment}</q>}
    </li>
  );
}

/** What was not measured stays unknown, and needs a word why. */
function Close({ round, onClose }: { round: Round; onClose(): void }) {
  const { t } = useWords();
  const missing = round.missing.length;
  const close = async (form: FormData) => {
    await request("POST", `/rounds/${round.id}/close`, { comment: form.get("comment") || null });
    onClose();
  };
  return (
    <Dialog
      title={t("rounds.close.title", { store: round.store })}
      submit={t("rounds.close")}
      onSubmit={close}
      onClose={onClose}
    >
      {missing > 0 && <p class="rule">{t("rounds.close.text", { n: missing, total: round.stores.length })}</p>}
      <label>
        {t(missing > 0 ? "dialog.reason" : "dialog.comment")}
        <textarea name="comment" rows={2} maxLength={500} required={missing > 0} />
      </label>
    </Dialog>
  );
}
