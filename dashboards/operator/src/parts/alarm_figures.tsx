import { quantity } from "../format";
import { useWords } from "../i18n";
import type { Alarm } from "../types";

/** The newest value beside the limit; a dash where the value is not known. */
export function AlarmFigures({ alarm }: { alarm: Alarm }) {
  const { t, language } = useWords();
  if (alarm.value === null && alarm.limit === null) return null;
  return (
    <p class="figures">
      <strong>{quantity(language, alarm.value, alarm.unit)}</strong>
      {alarm.limit !== null && (
        <span> {t("alarm.limit", { limit: quantity(language, alarm.limit, alarm.unit) })}</span>
      )}
    </p>
  );
}
