import { LANGUAGES, useWords } from "../i18n";
import type { Language } from "../types";

const NAMES: Record<Language, string> = { en: "English", ja: "日本語", "zh-Hant": "繁體中文" };

export function LanguageSwitch({ onLanguage }: { onLanguage(language: Language): void }) {
  const { t, language } = useWords();
  return (
    <select
      class="language"
      aria-label={t("language")}
      value={language}
      onChange={(event) => onLanguage(event.currentTarget.value as Language)}
    >
      {LANGUAGES.map((each) => (
        <option key={each} value={each} lang={each}>
          {NAMES[each]}
        </option>
      ))}
    </select>
  );
}
