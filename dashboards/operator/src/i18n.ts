// Message catalogues: every word an operator reads, in three languages.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import en from "./messages/en.json";
import ja from "./messages/ja.json";
import zhHant from "./messages/zh-Hant.json";
import type { Language } from "./types";

export type Key = keyof typeof en;
export type Params = Record<string, string | number>;

export const LANGUAGES: readonly Language[] = ["en", "ja", "zh-Hant"];
const CATALOGUES: Record<Language, Record<Key, string>> = { en, ja, "zh-Hant": zhHant };
const REMEMBERED = "hinoban.language";

export function translate(language: Language, key: Key, params: Params = {}): string {
  return CATALOGUES[language][key].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(params[name] ?? `{${name}}`),
  );
}

/** A message whose key comes from data: the fallback where no catalogue knows it. */
export function translateWord(language: Language, key: string, fallback: string): string {
  return key in en ? translate(language, key as Key) : fallback;
}

export function rememberedLanguage(): Language | null {
  const word = window.localStorage.getItem(REMEMBERED);
  return LANGUAGES.find((language) => language === word) ?? null;
}

export function rememberLanguage(language: Language): void {
  window.localStorage.setItem(REMEMBERED, language);
}

export interface Locale {
  language: Language;
  timezone: string;
}

export const LocaleContext = createContext<Locale>({ language: "en", timezone: "UTC" });

export interface Words extends Locale {
  t(key: Key, params?: Params): string;
  /** The word for a key out of data. */
  word(prefix: string, id: string): string;
}

export function useWords(): Words {
  const locale = useContext(LocaleContext);
  return {
    ...locale,
    t: (key, params) => translate(locale.language, key, params),
    word: (prefix, id) => translateWord(locale.language, `${prefix}.${id}`, id),
  };
}
