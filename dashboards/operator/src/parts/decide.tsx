import { request } from "../api";
import { type Handling, type HiddenRow, type Hide, rowOf, spans, spanText, type Way, wayOf } from "../hides";
import { useWords } from "../i18n";
import type { Alarm } from "../types";
import { AlarmFigures } from "./alarm_figures";
import { Dialog } from "./dialog";
import { Guidance } from "./guidance";

export type Action = "ack" | "reset" | Way;

interface Props {
  alarm: Alarm;
  onClose(done: boolean): void;
}

export function send(target: string, deed: string, body: unknown): Promise<unknown> {
  return request("POST", `/alarms/${encodeURIComponent(target)}/${deed}`, body);
}

function About({ alarm }: { alarm: Alarm }) {
  const { word } = useWords();
  return (
    <>
      <p>
        <strong>{alarm.place}</strong> {word("condition", alarm.condition)}
      </p>
      <AlarmFigures alarm={alarm} />
    </>
  );
}

/** What a hide or a request is about, standing or not. */
export function Subject({ row }: { row: HiddenRow }) {
  const { word } = useWords();
  return (
    <p>
      <strong>{row.about}</strong> {row.condition && word("condition", row.condition)}
    </p>
  );
}

/** What to do, an optional comment, and the decision itself. */
export function Decide({ alarm, action, onClose }: Props & { action: "ack" | "reset" }) {
  const { t } = useWords();
  const decide = async (form: FormData) => {
    await send(alarm.id, action, { comment: form.get("comment") || null });
    onClose(true);
  };
  return (
    <Dialog
      title={t(`dialog.${action}`)}
      submit={t(`alarm.${action}`)}
      onSubmit={decide}
      onClose={() => onClose(false)}
    >
      <About alarm={alarm} />
      <h3>{t("alarm.card")}</h3>
      <Guidance alarm={alarm} />
      <label>
        {t("dialog.comment")}
        <textarea name="comment" rows={2} maxLength={500} />
      </label>
    </Dialog>
  );
}

/** For how long and why an alarm is not to be shown. */
export function Put({ alarm, way, handling, onClose }: Props & { way: Way; handling: Handling | null }) {
  const { t, language } = useWords();
  const choices = spans(way, handling);
  const put = async (form: FormData) => {
    const body = { comment: form.get("comment"), for_s: Number(form.get("for_s")) };
    await send(alarm.id, way, body);
    onClose(true);
  };
  return (
    <Dialog
      title={t(`dialog.${way}`)}
      submit={t(`alarm.${way}`)}
      onSubmit={put}
      onClose={() => onClose(false)}
    >
      <About alarm={alarm} />
      <p class="quiet-text">{t(`dialog.${way}.text`)}</p>
      {handling?.second_person.includes(alarm.class) && <p class="rule">{t("dialog.two")}</p>}
      <label>
        {t(`dialog.${way}.for`)}
        <select name="for_s">
          {choices.map((s) => (
            <option key={s} value={s}>
              {spanText(language, s)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("dialog.reason")}
        <textarea name="comment" rows={2} maxLength={500} required />
      </label>
    </Dialog>
  );
}

interface AgreeProps {
  asked: Hide;
  /** Where it stands. */
  alarm: Alarm | null;
  onClose(done: boolean): void;
}

/** A second person looks at what a first one asks for, and agrees. */
export function Agree({ asked, alarm, onClose }: AgreeProps) {
  const { t, language } = useWords();
  const way = wayOf(asked);
  const span = spanText(language, asked.for_s ?? 0);
  const agree = async () => {
    await send(asked.target, way, { agree: true });
    onClose(true);
  };
  return (
    <Dialog
      title={t("dialog.agree")}
      submit={t("alarm.agree")}
      onSubmit={agree}
      onClose={() => onClose(false)}
    >
      {alarm ? <About alarm={alarm} /> : <Subject row={rowOf(asked, null)} />}
      <p>
        {t(`asked.${way}`, { by: asked.by, span })}
        <q>{asked.why}</q>
      </p>
      <p class="rule">{t("dialog.agree.text")}</p>
    </Dialog>
  );
}
