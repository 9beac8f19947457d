import { useEffect, useState } from "preact/hooks";
import { get, Refused, useCsrf } from "./api";
import { Board } from "./board";
import { LocaleContext, rememberedLanguage, rememberLanguage } from "./i18n";
import { Login } from "./parts/login";
import type { Language, Me, Site } from "./types";

const RETRY_MS = 3_000;

/** Who is signed in: null nobody, undefined not known yet. */
export function App() {
  const [site, setSite] = useState<Site | null>(null);
  const [me, setMe] = useState<Me | null | undefined>(undefined);
  const [chosen, setChosen] = useState<Language | null>(rememberedLanguage);
  const language = chosen ?? site?.language ?? "en";

  const enter = (person: Me | null) => {
    useCsrf(person?.csrf ?? null);
    setMe(person);
  };
  useEffect(() => {
    let timer = 0;
    const ask = async () => {
      try {
        setSite(await get<Site>("/site"));
        enter(await get<Me>("/session"));
      } catch (error) {
        if (error instanceof Refused && error.status === 401) enter(null);
        else timer = window.setTimeout(() => void ask(), RETRY_MS);
      }
    };
    void ask();
    return () => window.clearTimeout(timer);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
    if (site !== null) document.title = `${site.name} · Hinoban`;
  }, [language, site]);

  const choose = (next: Language) => {
    rememberLanguage(next);
    setChosen(next);
  };
  return (
    <LocaleContext.Provider value={{ language, timezone: site?.timezone ?? "UTC" }}>
      {me === null && <Login site={site} onLanguage={choose} onEnter={enter} />}
      {me && site && <Board site={site} me={me} onLanguage={choose} onLeave={() => enter(null)} />}
    </LocaleContext.Provider>
  );
}
