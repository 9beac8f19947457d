import { clockTime } from "../format";
import { useWords } from "../i18n";
import { lastPage, type Notices, unreached } from "../notices";

interface Props {
  /** Null where it cannot be read, undefined before the first answer. */
  notices: Notices | null | undefined;
  lost: boolean;
  nowMs: number;
}

/** Whether anybody is told of alarms who does not look at this page. */
export function Told({ notices, lost, nowMs }: Props) {
  const { t, language, timezone } = useWords();
  if (notices === undefined || lost) return null;
  if (notices === null) return <p class="told warn">{t("told.unknown")}</p>;
  if (notices.recipients.length === 0) return <p class="told warn">{t("told.nobody")}</p>;
  const page = lastPage(notices);
  const failing = unreached(notices);
  return (
    <>
      {failing.map((one) => (
        <p key={one.id} class="told warn">
          {t("told.failed", { recipient: one.id, n: one.waiting, why: one.why })}
        </p>
      ))}
      <p class="told">
        {page?.tried_utc
          ? t("told.last", {
              recipient: page.recipient,
              time: clockTime(language, timezone, page.tried_utc, nowMs),
            })
          : t("told.none", { n: notices.recipients.length })}
      </p>
    </>
  );
}
