import { useWords } from "../i18n";
import { clockTime } from "../format";
import type { Link } from "../plant";
import type { Language, Me, Site } from "../types";
import { LanguageSwitch } from "./language";

interface Props {
  site: Site;
  me: Me;
  link: Link;
  nowMs: number;
  leaving: boolean;
  onLanguage(language: Language): void;
  onLeave(): void;
}

export function Header({ site, me, link, nowMs, leaving, onLanguage, onLeave }: Props) {
  const { t, word, language, timezone } = useWords();
  const now = clockTime(language, timezone, new Date(nowMs).toISOString(), nowMs);
  return (
    <header class="top">
      <a class="skip" href="#alarms">
        {t("skip")}
      </a>
      <img src="/icon.svg" alt="" width="32" height="32" />
      <div class="site">
        <h1>{site.name}</h1>
        <span class="clock" title={t("time.zone", { zone: timezone })}>
          {now} · {timezone}
        </span>
      </div>
      <span class={`link ${link}`} role="status">
        {t(`link.${link}`)}
      </span>
      <div class="who">
        <LanguageSwitch onLanguage={onLanguage} />
        <span class="me">
          {me.name} <small>{word("role", me.role)}</small>
        </span>
        <button type="button" class="quiet" disabled={leaving} onClick={onLeave}>
          {t("logout")}
        </button>
      </div>
    </header>
  );
}
