// The boards themselves: which is shown first, and what is due.

import type { BoardStatus, BoardView, SensorView } from "./types";

const WORST: readonly BoardStatus[] = ["alarm", "offline", "silent", "unheard", "warning", "ok"];

/** The worst first; within one status in the order of the site's file. */
export function sortBoards(boards: readonly BoardView[]): BoardView[] {
  return [...boards].sort((a, b) => WORST.indexOf(a.status) - WORST.indexOf(b.status));
}

/** Without a live line nothing may look well; what was known to be wrong stays in sight. */
export function shownBoard(board: BoardView, lost: boolean): BoardStatus {
  return lost && board.status === "ok" ? "unheard" : board.status;
}

/** The sensor whose calibration ends first; null where none is known to end. */
export function dueOf(sensors: readonly SensorView[]): SensorView | null {
  const dated = sensors.filter((sensor) => sensor.due !== null);
  return dated.sort((a, b) => a.due!.localeCompare(b.due!))[0] ?? null;
}
