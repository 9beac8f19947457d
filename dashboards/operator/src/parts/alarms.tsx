import { useState } from "preact/hooks";
import { age, clockTime } from "../format";
import { guidanceOf } from "../guidance";
import { useWords } from "../i18n";
import { hiddenOf, listed, waitingOf } from "../order";
import type { Alarm, Flood, Me } from "../types";
import { AlarmFigures } from "./alarm_figures";
import { Decide, type Action } from "./decide";
import { Guidance } from "./guidance";
import { HiddenAlarms } from "./hidden_alarms";

/** What can kill says its first rule without being asked. */
const DEADLY = new Set(["fire", "gas", "people"]);

interface Props {
  alarms: Alarm[] | null;
  flood: Flood | null;
  me: Me;
  lost: boolean;
  nowMs: number;
  onDone(): void;
}

export function Alarms({ alarms, flood, me, lost, nowMs, onDone }: Props) {
  const { t } = useWords();
  const [asked, setAsked] = useState<{ alarm: Alarm; action: Action } | null>(null);
  const waiting = waitingOf(alarms ?? []);
  return (
    <section id="alarms" class="alarms" aria-labelledby="alarms-title" tabIndex={-1}>
      <h2 id="alarms-title">
        {t("alarms.title")}
        {waiting > 0 && <span class="count">{t("alarms.waiting", { n: waiting })}</span>}
      </h2>
      {flood?.stands && (
        <p class="card flood" role="status">
          {t("alarms.flood", { n: flood.count, minutes: Math.round(flood.window_s / 60) })}
        </p>
      )}
      {alarms === null && <p class="quiet-text">{t("alarms.unknown")}</p>}
      {alarms?.length === 0 && !lost && <p class="card quiet-text">{t("alarms.none")}</p>}
      {alarms?.length === 0 && lost && <p class="card quiet-text">{t("alarms.unknown")}</p>}
      <ul class="list" aria-live="polite">
        {listed(alarms ?? [], flood?.stands ?? false).map((alarm) => (
          <Entry
            key={alarm.id}
            alarm={alarm}
            me={me}
            nowMs={nowMs}
            onAsk={(action) => setAsked({ alarm, action })}
          />
        ))}
      </ul>
      <HiddenAlarms alarms={hiddenOf(alarms ?? [])} />
      {waiting > 0 && !me.may_handle_alarms && <p class="quiet-text">{t("alarm.forbidden")}</p>}
      {asked && (
        <Decide
          {...asked}
          onClose={(done) => {
            setAsked(null);
            if (done) onDone();
          }}
        />
      )}
    </section>
  );
}

interface EntryProps {
  alarm: Alarm;
  me: Me;
  nowMs: number;
  onAsk(action: Action): void;
}

function Entry({ alarm, me, nowMs, onAsk }: EntryProps) {
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
      <details>
        <summary>{t("alarm.card")}</summary>
        <Guidance alarm={alarm} />
      </details>
    </li>
  );
}
