// The response card of an alarm: steps by key of the catalogue, or plain text from the site.

import en from "./messages/en.json";
import { type Key, translate } from "./i18n";
import type { Language } from "./types";

/** A missing value and a silent board mean the same to whoever has to act. */
const ALIASES: Record<string, string> = { bad: "fault", silence: "fault" };

function steps(language: Language, word: string): string[] {
  const name = ALIASES[word] ?? word;
  const found: string[] = [];
  for (let n = 1; `guidance.${name}.${n}` in en; n += 1) {
    found.push(translate(language, `guidance.${name}.${n}` as Key));
  }
  return found;
}

/** Steps for an alarm's guidance; by its class where it names none. */
export function guidanceOf(
  language: Language,
  guidance: readonly string[],
  alarmClass: string,
): string[] {
  const words = guidance.length ? guidance : [alarmClass];
  return words.flatMap((word) => {
    const known = steps(language, word);
    return known.length ? known : [word];
  });
}
