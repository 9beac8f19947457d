// What keeps alarms from being shown: by whom, why, until when; and what waits for a second person.

import type { Alarm, Language } from "./types";

export interface Hide {
  /** The alarm's id, or a point, board or store. */
  target: string;
  what: string;
  /** The person, or the cause. */
  by: string;
  second: string | null;
  why: string | null;
  until_utc: string | null;
  for_s: number | null;
}

/** What people of this site may do. */
export interface Handling {
  longest_shelf_s: number;
  second_person: string[];
}

export type Way = "shelve" | "out-of-service";

const HOUR_S = 3600;
const SHELF_S = [HOUR_S / 4, HOUR_S / 2, HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 8 * HOUR_S];
const SERVICE_S = [HOUR_S, 4 * HOUR_S, 8 * HOUR_S, 24 * HOUR_S, 72 * HOUR_S, 168 * HOUR_S];
const ASKED = "_requested";

/** The times a person may choose from, the longest allowed one among them [s]. */
export function spans(way: Way, handling: Handling | null): number[] {
  if (way === "out-of-service") return SERVICE_S;
  const longest = handling?.longest_shelf_s ?? 0;
  const shorter = SHELF_S.filter((s) => s < longest);
  return longest > 0 ? [...shorter, longest] : [];
}

/** A span in whole words: "90 min", never rounded to "1 h". */
export function spanText(language: Language, spanS: number): string {
  const steps: [number, string][] = [
    [24 * HOUR_S, "day"],
    [HOUR_S, "hour"],
  ];
  const [size, unit] = steps.find(([s]) => spanS % s === 0) ?? [60, "minute"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(
    Math.round(spanS / size),
  );
}

/** What is asked for and not hidden yet. */
export function requests(hides: readonly Hide[]): Hide[] {
  return hides.filter((hide) => hide.what.endsWith(ASKED));
}

/** What a request becomes once a second person agrees. */
export function wayOf(request: Hide): Way {
  return request.what === `shelved${ASKED}` ? "shelve" : "out-of-service";
}

/** Names are compared as the gateway does. */
export function isSame(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

export interface HiddenRow {
  key: string;
  condition: string | null;
  about: string;
  hide: Hide;
  /** The alarm it hides, where that stands or waits. */
  alarm: Alarm | null;
}

/** Everything that is hidden; what stands comes first, then what people did, then by cause. */
export function hiddenRows(hides: readonly Hide[], alarms: readonly Alarm[]): HiddenRow[] {
  const byId = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  const rows = hides
    .filter((hide) => !hide.what.endsWith(ASKED))
    .map((hide) => rowOf(hide, byId.get(hide.target) ?? null));
  const told = new Set(rows.map((row) => row.hide.target));
  for (const alarm of alarms) {
    if (alarm.visibility !== "shown" && !told.has(alarm.id)) rows.push(rowOf(behind(alarm), alarm));
  }
  const rank = (row: HiddenRow) =>
    (row.alarm?.present ? 0 : row.alarm ? 2 : 4) + Number(row.hide.what === "suppressed");
  return rows.sort((a, b) => rank(a) - rank(b));
}

/** An alarm that is hidden with its store, board or point, or by a cause being looked for. */
function behind(alarm: Alarm): Hide {
  return {
    target: alarm.id,
    what: alarm.visibility,
    by: alarm.hidden_by ?? "",
    second: null,
    why: alarm.hidden_why,
    until_utc: alarm.hidden_until_utc,
    for_s: null,
  };
}

/** What a hide or a request is about. */
export function rowOf(hide: Hide, alarm: Alarm | null): HiddenRow {
  const cut = hide.target.indexOf(":");
  return {
    key: `${hide.what} ${hide.target} ${hide.by}`,
    condition: alarm?.condition ?? (cut < 0 ? null : hide.target.slice(0, cut)),
    about: alarm?.place ?? hide.target.slice(cut + 1),
    hide,
    alarm,
  };
}

/** Whether a person ends it here; what hides with a source ends at the source. */
export function undoOf(row: HiddenRow, hides: readonly Hide[]): "unshelve" | "return" | null {
  if (!hides.includes(row.hide)) return null;
  return row.hide.what === "shelved" ? "unshelve" : row.hide.what === "out_of_service" ? "return" : null;
}
