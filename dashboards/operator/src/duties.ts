// Rounds, notifications and what is allowed: read beside the plant, so that none of them can keep
// the alarms from being read. What cannot be read is null.

import { useCallback, useEffect, useState } from "preact/hooks";
import { get } from "./api";
import type { Handling } from "./hides";
import type { Notices, Recipient, Sent } from "./notices";
import type { Round } from "./rounds";

const EVERY_MS = 20_000;
const GATHER_MS = 300;
const REMEMBERED = 100;

export interface Duties {
  /** Undefined until the first answer. */
  rounds: Round[] | null | undefined;
  notices: Notices | null | undefined;
  handling: Handling | null;
  reload(): void;
}

/** Reads anew when `news` changes, and every so often. */
export function useDuties(news: unknown): Duties {
  const [rounds, setRounds] = useState<Round[] | null | undefined>(undefined);
  const [notices, setNotices] = useState<Notices | null | undefined>(undefined);
  const [handling, setHandling] = useState<Handling | null>(null);
  const reload = useCallback(() => {
    get<Round[]>("/rounds").then(setRounds, () => setRounds(null));
    get<Handling>("/alarms/handling").then(setHandling, () => setHandling(null));
    Promise.all([
      get<Recipient[]>("/notifications/recipients"),
      get<Sent[]>(`/notifications?limit=${REMEMBERED}`),
    ]).then(
      ([recipients, sent]) => setNotices({ recipients, sent }),
      () => setNotices(null),
    );
  }, []);
  useEffect(() => {
    const soon = window.setTimeout(reload, GATHER_MS);
    const slow = window.setInterval(reload, EVERY_MS);
    return () => {
      window.clearTimeout(soon);
      window.clearInterval(slow);
    };
  }, [news, reload]);
  return { rounds, notices, handling, reload };
}
