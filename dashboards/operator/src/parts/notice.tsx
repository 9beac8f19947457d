import { age } from "../format";
import { useWords } from "../i18n";
import type { Link } from "../plant";
import type { Health } from "../types";

interface Props {
  link: Link;
  unread: boolean;
  heardMs: number;
  nowMs: number;
  health: Health | null;
}

/** What makes everything below doubtful, said before it. */
export function Notice({ link, unread, heardMs, nowMs, health }: Props) {
  const { t, language } = useWords();
  if (link === "lost") {
    const since = age(language, new Date(heardMs).toISOString(), nowMs);
    return (
      <div class="notice lost" role="alert">
        <strong>{t("link.lost")}</strong>
        {t("link.lost.text", { age: since })}
      </div>
    );
  }
  if (unread) {
    return (
      <div class="notice lost" role="alert">
        <strong>{t("alarms.unread")}</strong>
        {t("alarms.unread.text")}
      </div>
    );
  }
  if (health === null || health.status === "ok") return null;
  return (
    <div class={`notice ${health.status}`} role="status">
      <strong>{t(`health.${health.status}`)}</strong>
      {health.problems?.join(" · ")}
    </div>
  );
}
