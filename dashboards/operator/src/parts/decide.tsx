import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { useWords } from "../i18n";
import type { Alarm } from "../types";
import { AlarmFigures } from "./alarm_figures";
import { Guidance } from "./guidance";

export type Action = "ack" | "reset";

interface Props {
  alarm: Alarm;
  action: Action;
  onClose(done: boolean): void;
}

/** A dialog: what to do, an optional comment, and the decision itself. */
export function Decide({ alarm, action, onClose }: Props) {
  const { t, word } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    title.current?.focus();
  }, []);

  const decide = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const comment = form.get("comment") || null;
      await request("POST", `/alarms/${encodeURIComponent(alarm.id)}/${action}`, { comment });
      onClose(true);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="card" aria-labelledby="decide-title" onClose={() => onClose(false)}>
      <form onSubmit={(event) => void decide(event)}>
        {/* The focus begins here: a phone must not cover the steps with its keyboard. */}
        <h2 id="decide-title" tabIndex={-1} ref={title}>{t(`dialog.${action}`)}</h2>
        <p>
          <strong>{alarm.place}</strong> {word("condition", alarm.condition)}
        </p>
        <AlarmFigures alarm={alarm} />
        <h3>{t("alarm.card")}</h3>
        <Guidance alarm={alarm} />
        <label>
          {t("dialog.comment")}
          <textarea name="comment" rows={2} maxLength={500} />
        </label>
        {problem && (
          <p class="problem" role="alert">
            {t("dialog.failed", { detail: problem })}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {busy ? t("dialog.working") : t(`alarm.${action}`)}
          </button>
          <button type="button" onClick={() => onClose(false)}>
            {t("dialog.cancel")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
