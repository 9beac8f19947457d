import { useState } from "preact/hooks";
import { Refused, request } from "../api";
import { type Key, useWords } from "../i18n";
import type { Language, Me, Site } from "../types";
import { LanguageSwitch } from "./language";

interface Props {
  site: Site | null;
  onLanguage(language: Language): void;
  onEnter(me: Me): void;
}

export function Login({ site, onLanguage, onEnter }: Props) {
  const { t } = useWords();
  const [problem, setProblem] = useState<Key | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const login = { name: form.get("name"), password: form.get("password") };
      onEnter(await request<Me>("POST", "/session", login));
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      setProblem(status === 401 ? "login.wrong" : status === 429 ? "login.wait" : "login.failed");
      setBusy(false);
    }
  };
  return (
    <div class="login">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>{site?.name ?? t("app.title")}</h1>
        <label>
          {t("login.name")}
          <input name="name" autocomplete="username" autocapitalize="none" required maxLength={40} />
        </label>
        <label>
          {t("login.password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="problem" role="alert">
          {problem && t(problem)}
        </p>
        <button class="primary" type="submit" disabled={busy}>
          {t("login.submit")}
        </button>
        <LanguageSwitch onLanguage={onLanguage} />
      </form>
    </div>
  );
}
