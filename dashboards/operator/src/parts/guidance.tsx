import { guidanceOf } from "../guidance";
import { useWords } from "../i18n";
import type { Alarm } from "../types";

export function Guidance({ alarm }: { alarm: Alarm }) {
  const { language } = useWords();
  return (
    <ol class="guidance">
      {guidanceOf(language, alarm.guidance, alarm.class).map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}
