// Handheld rounds: what is to be measured from outside, and what was.

export interface Reading {
  store: string;
  person: string;
  t_utc: string;
  co_ppm: number | null;
  temp_degc: number | null;
  o2_percent: number | null;
  signs: string[];
  comment: string | null;
}

export interface Round {
  id: string;
  open: boolean;
  store: string;
  stores: string[];
  missing: string[];
  opened_utc: string;
  opened_by: string | null;
  due_utc: string;
  overdue: boolean;
  readings: Reading[];
}

/** What can be seen, felt or smelt of a heating store from outside. */
export const SIGNS = ["smell", "smoke", "steam", "hot_wall", "bulge", "condensate"] as const;

/** The open ones: overdue first, then what is due first. */
export function openRounds(rounds: readonly Round[]): Round[] {
  return rounds
    .filter((round) => round.open)
    .sort((a, b) => Number(b.overdue) - Number(a.overdue) || a.due_utc.localeCompare(b.due_utc));
}

/**
 * A number as people type it, comma or point; null where nothing is typed, NaN where it is none.
 * "1,200" is none: it must become neither 1.2 nor 1200 by a guess.
 */
export function typed(text: string): number | null {
  if (/[1-9]\d*,\d{3}$/.test(text.trim())) return NaN;
  const plain = text.trim().replace(",", ".").replace(/^[−–]/, "-");
  if (plain === "") return null;
  return /^-?\d*\.?\d+$/.test(plain) ? Number(plain) : NaN;
}
