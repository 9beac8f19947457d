import { useEffect, useState } from "preact/hooks";
import { get, request } from "../api";
import { clockTime } from "../format";
import { useWords } from "../i18n";
import type { Alarm, CardStep, Me, ResponseCard } from "../types";
import { Guidance } from "./guidance";

interface Props {
  alarm: Alarm;
  me: Me;
  nowMs: number;
}

/** The response card: what it means, and its steps, each ticked by whoever has done it. */
export function Steps({ alarm, me, nowMs }: Props) {
  const { t, language, timezone } = useWords();
  const [card, setCard] = useState<ResponseCard | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const path = `/alarms/${encodeURIComponent(alarm.id)}/card`;
  const read = () =>
    get<ResponseCard>(`${path}?language=${language}`).then(setCard, () => setCard(null));
  useEffect(() => void read(), [alarm, language]);
  const tick = async (step: CardStep) => {
    try {
      await request(step.done_by === null ? "POST" : "DELETE", `${path}/${step.step}`);
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    await read();
  };
  // Where the gateway does not answer, the page's own words stand in for it.
  if (card === null) return <Guidance alarm={alarm} />;
  return (
    <div class="steps">
      <p>{card.meaning}</p>
      <p class="rule">{card.consequence}</p>
      <ol>
        {card.steps.map((step) => (
          <li key={step.step}>
            <button
              type="button"
              class={step.done_by === null ? "tick" : "tick done"}
              aria-pressed={step.done_by !== null}
              disabled={!me.may_handle_alarms}
              onClick={() => void tick(step)}
            >
              <span>
                {step.step}. {step.text}
                {step.done_by !== null && step.done_utc !== null && (
                  <small>
                    {t("card.done", {
                      person: step.done_by,
                      time: clockTime(language, timezone, step.done_utc, nowMs),
                    })}
                  </small>
                )}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {problem && (
        <p class="problem" role="alert">
          {t("dialog.failed", { detail: problem })}
        </p>
      )}
    </div>
  );
}
