import { useState } from "preact/hooks";
import { clockTime, quantity } from "../format";
import { useWords } from "../i18n";
import type { AlarmEvent } from "../types";

const FIRST = 12;

export function Journal({ events, nowMs }: { events: AlarmEvent[]; nowMs: number }) {
  const { t } = useWords();
  const [all, setAll] = useState(false);
  return (
    <section class="journal" aria-labelledby="journal-title">
      <h2 id="journal-title">{t("journal.title")}</h2>
      {events.length === 0 && <p class="card quiet-text">{t("journal.none")}</p>}
      {events.length > 0 && (
        <ol class="card list">
          {(all ? events : events.slice(0, FIRST)).map((event) => (
            <Line key={`${event.n}`} event={event} nowMs={nowMs} />
          ))}
        </ol>
      )}
      {!all && events.length > FIRST && (
        <button type="button" onClick={() => setAll(true)}>
          {t("journal.more")}
        </button>
      )}
    </section>
  );
}

function Line({ event, nowMs }: { event: AlarmEvent; nowMs: number }) {
  const { t, word, language, timezone } = useWords();
  return (
    <li class={`line ${event.class} ${event.edge}`}>
      <time dateTime={event.t_utc}>{clockTime(language, timezone, event.t_utc, nowMs)}</time>
      <span class="edge">
        {word("edge", event.edge)}
        {event.step !== null && ` (${event.step})`}
      </span>
      <span class="what">
        {word("condition", event.condition)} <small>{event.source}</small>
        {event.value !== null && <b> {quantity(language, event.value, event.unit)}</b>}
        {event.from_history && <small> {t("alarm.history")}</small>}
        {event.t_to_utc && (
          <small>
            {" "}
            {t("journal.stretch", {
              from: clockTime(language, timezone, event.t_from_utc ?? event.t_utc, nowMs),
              to: clockTime(language, timezone, event.t_to_utc, nowMs),
            })}
          </small>
        )}
        {event.unjournalled && <small> {t("alarm.unjournalled")}</small>}
      </span>
      {event.person && (
        <span class="person">
          {event.second ? `${event.person} + ${event.second}` : event.person}
          {event.comment && <q>{event.comment}</q>}
        </span>
      )}
    </li>
  );
}
