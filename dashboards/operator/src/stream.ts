// The live stream, and the certainty of noticing when it is gone.

import type { Batch } from "./types";

/** The gateway says "alive" every 5 s; after this much silence the line counts as lost [ms]. */
export const SILENCE_MS = 12_000;
const RETRY_MS = 3_000;

export interface Listener {
  onBatch(batch: Batch): void;
  onReload(): void;
  onConnected(connected: boolean): void;
  onServerTime(nowMs: number): void;
}

/** Listens until the returned function is called. */
export function listen(listener: Listener): () => void {
  let source: EventSource | null = null;
  let watchdog = 0;
  let retry = 0;
  let lostOnce = false;

  const lost = () => {
    lostOnce = true;
    listener.onConnected(false);
  };
  const heard = () => {
    window.clearTimeout(watchdog);
    watchdog = window.setTimeout(reopen, SILENCE_MS);
  };
  const open = () => {
    source = new EventSource("/api/v1/stream");
    heard();
    source.onopen = () => {
      heard();
      listener.onConnected(true);
      // What was missed between two streams is not known: read everything again.
      if (lostOnce) listener.onReload();
      lostOnce = false;
    };
    source.onerror = () => {
      lost();
      // After a refusal the browser gives up; while it is connecting it retries by itself.
      if (source?.readyState === EventSource.CLOSED) reopen();
    };
    source.addEventListener("hello", heard);
    source.addEventListener("alive", (event) => {
      heard();
      const { now_utc } = JSON.parse((event as MessageEvent<string>).data) as { now_utc: string };
      listener.onServerTime(Date.parse(now_utc));
    });
    source.addEventListener("reload", () => {
      heard();
      listener.onReload();
    });
    source.addEventListener("batch", (event) => {
      heard();
      listener.onBatch(JSON.parse((event as MessageEvent<string>).data) as Batch);
    });
  };
  const reopen = () => {
    source?.close();
    lost();
    window.clearTimeout(watchdog);
    window.clearTimeout(retry);
    retry = window.setTimeout(open, RETRY_MS);
  };
  open();
  return () => {
    window.clearTimeout(watchdog);
    window.clearTimeout(retry);
    source?.close();
  };
}
