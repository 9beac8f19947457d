// What is shown first, and what belongs together.

import type { Alarm, PointValue, Store, StoreStatus, Value } from "./types";

const PRIORITY = ["critical", "high", "medium", "low"];

/** Unacknowledged first, then by priority, then the newest. */
export function sortAlarms(alarms: readonly Alarm[]): Alarm[] {
  return [...alarms].sort(
    (a, b) =>
      Number(b.can_acknowledge) - Number(a.can_acknowledge) ||
      PRIORITY.indexOf(a.priority) - PRIORITY.indexOf(b.priority) ||
      b.raised_utc.localeCompare(a.raised_utc),
  );
}

/** How many alarms of the list wait for somebody. */
export function waitingOf(alarms: readonly Alarm[]): number {
  return alarms.filter((one) => one.visibility === "shown" && one.can_acknowledge).length;
}

/** In a flood the gateway's order: people, fire, gas, then what belongs together. */
export function listed(alarms: readonly Alarm[], flood: boolean): Alarm[] {
  const shown = alarms.filter((alarm) => alarm.visibility === "shown");
  return flood ? shown : sortAlarms(shown);
}

export interface Row {
  row: string;
  stores: Store[];
  watched: Store[];
}

/** Containers by row, in order of position. */
export function rowsOf(stores: readonly Store[]): Row[] {
  const rows = new Map<string, Store[]>();
  for (const store of stores) {
    if (store.kind !== "container") continue;
    const row = rows.get(store.row) ?? [];
    row.push(store);
    rows.set(store.row, row);
  }
  return [...rows.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([row, members]) => {
      const inOrder = members.sort((a, b) => a.position - b.position);
      return { row, stores: inOrder, watched: inOrder.filter((s) => s.board !== null) };
    });
}

/** Temperatures of a store in the order of their cables, by number. */
export function temperatures(store: Store): [number, Value][] {
  return Object.entries(store.values)
    .flatMap(([name, value]): [number, Value][] => {
      const n = /^temp_(\d+)_degc$/.exec(name)?.[1];
      return n === undefined ? [] : [[Number(n), value]];
    })
    .sort(([a], [b]) => a - b);
}

/** The highest known temperature; null where none is known. */
export function hottest(store: Store): number | null {
  const known = temperatures(store).flatMap(([, v]) => (v.value === null ? [] : [v.value]));
  return known.length ? Math.max(...known) : null;
}

/** Stores with streamed values put in; an older value never replaces a newer one. */
export function withSamples(stores: readonly Store[], samples: readonly PointValue[]): Store[] {
  const byStore = new Map<string, PointValue[]>();
  for (const sample of samples) {
    const [area, id] = sample.point.split(".");
    if (area !== "yard" || id === undefined) continue;
    byStore.set(id, [...(byStore.get(id) ?? []), sample]);
  }
  if (byStore.size === 0) return stores as Store[];
  return stores.map((store) => {
    const news = byStore.get(store.id);
    if (news === undefined) return store;
    const values = { ...store.values };
    for (const { point, ...value } of news) {
      const name = point.split(".").slice(2).join(".");
      const held = values[name];
      if (held === undefined || held.t_utc <= value.t_utc) values[name] = value;
    }
    return { ...store, values };
  });
}

/** Without a live line nothing may look well; what was known to be wrong stays in sight. */
export function shownStatus(store: Store, lost: boolean): StoreStatus {
  return lost && store.status === "ok" ? "silent" : store.status;
}
