import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n";

interface Props {
  title: string;
  submit: string;
  /** The word for leaving, where nothing is cancelled by it. */
  leave?: string;
  children: ComponentChildren;
  /** Rejected: the dialog stays and says why. */
  onSubmit(form: FormData): Promise<void>;
  onClose(): void;
}

/** A question, and what a person answers; it stays until that is on disk. */
export function Dialog({ title, submit, leave, children, onSubmit, onClose }: Props) {
  const { t } = useWords();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
    heading.current?.focus();
  }, []);

  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit(new FormData(event.currentTarget as HTMLFormElement));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <dialog ref={dialog} class="card" aria-labelledby={id} onClose={onClose}>
      <form onSubmit={(event) => void send(event)}>
        {/* The focus begins here: a phone must not cover the steps with its keyboard. */}
        <h2 id={id} tabIndex={-1} ref={heading}>
          {title}
        </h2>
        {children}
        {problem && (
          <p class="problem" role="alert">
            {t("dialog.failed", { detail: problem })}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {busy ? t("dialog.working") : submit}
          </button>
          <button type="button" onClick={onClose}>
            {leave ?? t("dialog.cancel")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
