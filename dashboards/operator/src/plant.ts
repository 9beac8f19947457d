// The plant as this page knows it, and how that knowledge is kept fresh.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, Refused } from "./api";
import type { Hide } from "./hides";
import { withSamples } from "./order";
import { listen } from "./stream";
import type {
  Alarm,
  AlarmEvent,
  Batch,
  BoardView,
  Cofiring,
  FactorRecord,
  Flood,
  Health,
  LiveFactor,
  Store,
} from "./types";

export type Link = "connecting" | "live" | "lost";

const EVERY_MS = 20_000;
const TICK_MS = 1_000;
const GATHER_MS = 150;
const RETRY_MS = 3_000;

export interface Plant {
  link: Link;
  nowMs: number;
  heardMs: number;
  health: Health | null;
  alarms: Alarm[] | null;
  /** What hides alarms, or waits for a second person. */
  hides: Hide[];
  /** Null where it cannot be read. */
  flood: Flood | null;
  /** The newest attempt to read the alarms failed: those shown may not be all. */
  unread: boolean;
  stores: Store[];
  /** Null where they cannot be read. */
  boards: BoardView[] | null;
  cofiring: Cofiring | null;
  factor: LiveFactor | null;
  records: FactorRecord[];
  journal: AlarmEvent[];
  reload(): void;
}

export function usePlant(onSignedOut: () => void): Plant {
  const [link, setLink] = useState<Link>("connecting");
  const [health, setHealth] = useState<Health | null>(null);
  const [alarms, setAlarms] = useState<Alarm[] | null>(null);
  const [hides, setHides] = useState<Hide[]>([]);
  const [flood, setFlood] = useState<Flood | null>(null);
  const [unread, setUnread] = useState(false);
  const [stores, setStores] = useState<Store[]>([]);
  const [boards, setBoards] = useState<BoardView[] | null>(null);
  const [cofiring, setCofiring] = useState<Cofiring | null>(null);
  const [factor, setFactor] = useState<LiveFactor | null>(null);
  const [records, setRecords] = useState<FactorRecord[]>([]);
  const [journal, setJournal] = useState<AlarmEvent[]>([]);
  const [nowMs, setNowMs] = useState(Date.now());
  const [heardMs, setHeardMs] = useState(Date.now());
  // A phone's clock may be wrong; ages are told by the gateway's.
  const offsetMs = useRef(0);
  const gather = useRef(0);
  const turn = useRef(0);

  const failed = useCallback(
    (error: unknown) => {
      if (error instanceof Refused && error.status === 401) onSignedOut();
    },
    [onSignedOut],
  );
  const readAlarms = useCallback(async () => {
    turn.current += 1;
    const mine = turn.current;
    try {
      const [standing, hidden, crowd, events, yard] = await Promise.all([
        get<Alarm[]>("/alarms"),
        get<Hide[]>("/alarms/hidden"),
        get<Flood>("/alarms/flood"),
        get<AlarmEvent[]>("/alarms/journal?limit=100"),
        get<Store[]>("/stores"),
      ]);
      // An answer that was overtaken must not hide what a later one showed.
      if (mine !== turn.current) return;
      setAlarms(standing);
      setHides(hidden);
      setFlood(crowd);
      setJournal(events);
      setStores(yard);
      setUnread(false);
    } catch (error) {
      if (mine === turn.current) setUnread(true);
      throw error;
    }
  }, []);
  const readBoards = useCallback(async () => {
    try {
      setBoards(await get<BoardView[]>("/boards"));
    } catch (error) {
      setBoards(null);
      throw error;
    }
  }, []);
  const readAll = useCallback(async () => {
    const [mix, factors, state] = await Promise.all([
      get<Cofiring | null>("/cofiring/latest"),
      get<{ live: LiveFactor | null; records: FactorRecord[] }>("/factors/latest"),
      get<Health>("/health"),
      readAlarms(),
      readBoards(),
    ]);
    setCofiring(mix);
    setFactor(factors.live);
    setRecords(factors.records);
    setHealth(state);
  }, [readAlarms, readBoards]);
  const reload = useCallback(() => void readAll().catch(failed), [readAll, failed]);

  const take = (batch: Batch) => {
    const { sample, store } = batch;
    if (sample) setStores((known) => withSamples(known, sample));
    if (store) setStores((known) => known.map((s) => store.find((n) => n.id === s.id) ?? s));
    setCofiring((known) => batch.cofiring?.at(-1) ?? known);
    setFactor((known) => batch.factor?.at(-1) ?? known);
    setHealth((known) => batch.health?.at(-1) ?? known);
    if (batch.alarm_event || batch.flood) {
      window.clearTimeout(gather.current);
      gather.current = window.setTimeout(() => void readAlarms().catch(failed), GATHER_MS);
    }
  };
  useEffect(() => {
    reload();
    const heard = () => setHeardMs(Date.now() + offsetMs.current);
    const stop = listen({
      onBatch: (batch) => {
        heard();
        take(batch);
      },
      onReload: reload,
      onConnected: (connected) => {
        setLink(connected ? "live" : "lost");
        if (connected) heard();
      },
      onServerTime: (serverMs) => {
        offsetMs.current = serverMs - Date.now();
        heard();
      },
    });
    const slow = window.setInterval(reload, EVERY_MS);
    const tick = window.setInterval(() => setNowMs(Date.now() + offsetMs.current), TICK_MS);
    return () => {
      stop();
      window.clearInterval(slow);
      window.clearInterval(tick);
      window.clearTimeout(gather.current);
    };
  }, []);
  useEffect(() => {
    if (!unread) return undefined;
    const again = window.setInterval(() => void readAlarms().catch(failed), RETRY_MS);
    return () => window.clearInterval(again);
  }, [unread, readAlarms, failed]);
  return {
    link,
    nowMs,
    heardMs,
    health,
    alarms,
    hides,
    flood,
    unread,
    stores,
    boards,
    cofiring,
    factor,
    records,
    journal,
    reload,
  };
}
