import { useState } from "preact/hooks";
import { age, clockTime } from "../format";
import { guidanceOf } from "../guidance";
import { type Handling, type Hide, isSame, spans, spanText, wayOf } from "../hides";
import { useWords } from "../i18n";
import type { Alarm, Me, Store } from "../types";
import { AlarmFigures } from "./alarm_figures";
import type { Action } from "./decide";
import { Steps } from "./steps";

/** What can kill says its first rule without being asked. */
const DEADLY = new Set(["fire", "gas", "people"]);

interface Props {
  alarm: Alarm;
  /** Its store, where it has one. */
  store: Store | undefined;
  /** What somebody asks a second person to agree to. */
  asked: Hide | undefined;
  handling: Handling | null;
  me: Me;
  nowMs: number;
  onAsk(action: Action): void;
  onAgree(asked: Hide): void;
}

export function AlarmEntry({ alarm, store, asked, handling, me, nowMs, onAsk, onAgree }: Props) {
  const { t, word, language, timezone } = useWords();
  const time = clockTime(language, timezone, alarm.raised_utc, nowMs);
  const since = age(language, alarm.raised_utc, nowMs);
  const loud = alarm.can_acknowledge ? "waiting" : "seen";
  const rule = guidanceOf(language, alarm.guidance, alarm.class)[0];
  return (
    <li class={`card alarm-card ${alarm.class} ${loud} ${alarm.present ? "present" : "returned"}`}>
      <div class="alarm-head">
        <span class="badge class">{word("class", alarm.class)}</span>
        <span class="badge">{word("priority", alarm.priority)}</span>
        {alarm.from_history && <span class="badge">{t("alarm.history")}</span>}
        {alarm.unjournalled && <span class="badge warn">{t("alarm.unjournalled")}</span>}
      </div>
      <h3>
        {alarm.place} <span class="cond">{word("condition", alarm.condition)}</span>
        <small>{alarm.source}</small>
      </h3>
      <AlarmFigures alarm={alarm} />
      {alarm.unit === "boards" && alarm.coverage && (
        <p class="behind">{t("alarm.behind", { stores: alarm.coverage })}</p>
      )}
      <p class="state">
        {alarm.reason && `${word("reason", alarm.reason)} · `}
        {word("state", alarm.state)} · {t("alarm.since", { time, age: since })}
        {alarm.acknowledged_by && ` · ${t("alarm.by", { person: alarm.acknowledged_by })}`}
        {alarm.comment && <q>{alarm.comment}</q>}
      </p>
      {DEADLY.has(alarm.class) && rule && <p class="rule">{rule}</p>}
      {DEADLY.has(alarm.class) && <Around alarm={alarm} store={store} />}
      {asked && <Asked asked={asked} me={me} nowMs={nowMs} onAgree={() => onAgree(asked)} />}
      {me.may_handle_alarms && (alarm.can_acknowledge || alarm.can_reset) && (
        <div class="actions">
          {alarm.can_acknowledge && (
            <button type="button" class="primary" onClick={() => onAsk("ack")}>
              {t("alarm.ack")}
            </button>
          )}
          {alarm.can_reset && (
            <button type="button" onClick={() => onAsk("reset")}>
              {t("alarm.reset")}
            </button>
          )}
        </div>
      )}
      <Fold alarm={alarm} handling={handling} me={me} nowMs={nowMs} onAsk={onAsk} />
    </li>
  );
}

/** What stands beside it, and what nobody measures but it. */
function Around({ alarm, store }: { alarm: Alarm; store: Store | undefined }) {
  const { t } = useWords();
  const others = (store?.represents ?? 0) - 1;
  return (
    <>
      {alarm.neighbours.length > 0 && (
        <p class="around">{t("alarm.neighbours", { stores: alarm.neighbours.join(", ") })}</p>
      )}
      {alarm.coverage && others > 0 && (
        <p class="around">{t("alarm.coverage", { n: others, stores: alarm.coverage })}</p>
      )}
    </>
  );
}

interface AskedProps {
  asked: Hide;
  me: Me;
  nowMs: number;
  onAgree(): void;
}

/** One person asks; another one agrees, or it lapses. */
export function Asked({ asked, me, nowMs, onAgree }: AskedProps) {
  const { t, language, timezone } = useWords();
  const way = wayOf(asked);
  const may = way === "shelve" ? me.may_handle_alarms : me.may_take_out_of_service;
  const until = asked.until_utc && clockTime(language, timezone, asked.until_utc, nowMs);
  return (
    <div class="asked">
      <p>
        {t(`asked.${way}`, { by: asked.by, span: spanText(language, asked.for_s ?? 0) })}
        <q>{asked.why}</q>
      </p>
      <p class="quiet-text">{t("asked.waits", { time: until ?? "" })}</p>
      {may && !isSame(me.name, asked.by) && (
        <button type="button" onClick={onAgree}>
          {t("alarm.agree")}
        </button>
      )}
    </div>
  );
}

type FoldProps = Pick<Props, "alarm" | "handling" | "me" | "nowMs" | "onAsk">;

/** The response card, and what is seldom done: folded, so that a thumb does not do it by chance. */
function Fold({ alarm, handling, me, nowMs, onAsk }: FoldProps) {
  const { t, language } = useWords();
  const [open, setOpen] = useState(false);
  const paper = `/api/v1/alarms/export?format=html&language=${language}&alarm=`;
  const shelves = me.may_handle_alarms && spans("shelve", handling).length > 0;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("alarm.card")}</summary>
      {open && (
        <>
          <Steps alarm={alarm} me={me} nowMs={nowMs} />
          <div class="seldom">
            <a href={paper + encodeURIComponent(alarm.id)} target="_blank" rel="noopener">
              {t("alarm.print")}
            </a>
            {shelves && (
              <button type="button" onClick={() => onAsk("shelve")}>
                {t("alarm.shelve")}…
              </button>
            )}
            {me.may_take_out_of_service && (
              <button type="button" onClick={() => onAsk("out-of-service")}>
                {t("alarm.out-of-service")}…
              </button>
            )}
          </div>
        </>
      )}
    </details>
  );
}
