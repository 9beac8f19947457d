import { useState } from "preact/hooks";
import type { Duties } from "../duties";
import { type Hide, requests, rowOf } from "../hides";
import { useWords } from "../i18n";
import { listed, waitingOf } from "../order";
import type { Plant } from "../plant";
import type { Alarm, Me } from "../types";
import { AlarmEntry, Asked } from "./alarm_entry";
import { type Action, Agree, Decide, Put, Subject } from "./decide";
import { HiddenAlarms } from "./hidden_alarms";
import { Told } from "./told";

interface Props {
  plant: Plant;
  duties: Duties;
  me: Me;
  lost: boolean;
}

type Question = { alarm: Alarm; action: Action } | { alarm: Alarm | null; asked: Hide };

export function Alarms({ plant, duties, me, lost }: Props) {
  const { t } = useWords();
  const { alarms, flood, hides, stores, nowMs } = plant;
  const [question, setQuestion] = useState<Question | null>(null);
  const waiting = waitingOf(alarms ?? []);
  const shown = listed(alarms ?? [], flood?.stands ?? false);
  const asked = new Map(requests(hides).map((one) => [one.target, one]));
  const places = new Map(stores.map((store) => [store.id, store]));
  // What is asked of an alarm that is not in the list is asked all the same.
  const apart = [...asked.values()].filter((one) => !shown.some((a) => a.id === one.target));
  const quiet = alarms?.length === 0 && hides.length === 0;
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
      {quiet && !lost && <p class="card quiet-text">{t("alarms.none")}</p>}
      {alarms?.length === 0 && lost && <p class="card quiet-text">{t("alarms.unknown")}</p>}
      <ul class="list" aria-live="polite">
        {shown.map((alarm) => (
          <AlarmEntry
            key={alarm.id}
            alarm={alarm}
            store={places.get(alarm.store ?? "")}
            asked={asked.get(alarm.id)}
            handling={duties.handling}
            me={me}
            nowMs={nowMs}
            onAsk={(action) => setQuestion({ alarm, action })}
            onAgree={(one) => setQuestion({ alarm, asked: one })}
          />
        ))}
      </ul>
      {apart.map((one) => (
        <div key={one.target} class="card apart">
          <Subject row={rowOf(one, null)} />
          <Asked asked={one} me={me} nowMs={nowMs} onAgree={() => setQuestion({ alarm: null, asked: one })} />
        </div>
      ))}
      <HiddenAlarms hides={hides} alarms={alarms ?? []} me={me} nowMs={nowMs} onDone={plant.reload} />
      {waiting > 0 && !me.may_handle_alarms && <p class="quiet-text">{t("alarm.forbidden")}</p>}
      <Told notices={duties.notices} lost={lost} nowMs={nowMs} />
      {question && (
        <Ask
          question={question}
          handling={duties.handling}
          onClose={(done) => {
            setQuestion(null);
            if (done) plant.reload();
          }}
        />
      )}
    </section>
  );
}

interface AskProps {
  question: Question;
  handling: Duties["handling"];
  onClose(done: boolean): void;
}

function Ask({ question, handling, onClose }: AskProps) {
  if ("asked" in question) return <Agree {...question} onClose={onClose} />;
  const { alarm, action } = question;
  if (action === "ack" || action === "reset") {
    return <Decide alarm={alarm} action={action} onClose={onClose} />;
  }
  return <Put alarm={alarm} way={action} handling={handling} onClose={onClose} />;
}
