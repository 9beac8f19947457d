import { describe, expect, it } from "vitest";
import { hiddenRows, type Hide, isSame, requests, spans, spanText, undoOf, wayOf } from "./hides";
import { lastPage, type Sent, unreached } from "./notices";
import { openRounds, type Round, typed } from "./rounds";
import type { Alarm } from "./types";

const hide = (over: Partial<Hide>): Hide => ({
  target: "temp_high:yard.c1.temp_1_degc",
  what: "shelved",
  by: "mori",
  second: null,
  why: "hot work",
  until_utc: null,
  for_s: 1800,
  ...over,
});
const alarm = (id: string, over: Partial<Alarm>): Alarm =>
  ({ id, condition: id.split(":")[0], place: "c1", visibility: "shelved", present: true, ...over }) as Alarm;

describe("what people hide", () => {
  it("offers times up to the longest one allowed, and none where none is", () => {
    const allowed = (longest_shelf_s: number) => ({ longest_shelf_s, second_person: [] });
    expect(spans("shelve", allowed(5400))).toEqual([900, 1800, 3600, 5400]);
    expect(spans("shelve", allowed(0))).toEqual([]);
    expect(spans("shelve", null)).toEqual([]);
    expect(spans("out-of-service", null).at(-1)).toBe(604_800);
  });
  it("never rounds a time", () => {
    expect(spanText("en", 5400)).toBe("90 min");
    expect(spanText("en", 7200)).toBe("2 hr");
    expect(spanText("en", 86_400)).toBe("1 day");
  });
  it("tells a request from what is hidden", () => {
    const asked = hide({ what: "out_of_service_requested" });
    expect(requests([asked, hide({})])).toEqual([asked]);
    expect(wayOf(asked)).toBe("out-of-service");
    expect(wayOf(hide({ what: "shelved_requested" }))).toBe("shelve");
    expect(hiddenRows([asked], [])).toEqual([]);
    expect(isSame(" Mori", "mori")).toBe(true);
  });
  it("puts what stands first, and loses nothing that is hidden with its store", () => {
    const quiet = hide({});
    const store = hide({ target: "c2", what: "out_of_service" });
    const caused = hide({ target: "board_silent:b1", what: "suppressed", by: "path_lost:ap1" });
    const standing = alarm("board_silent:b1", { visibility: "suppressed" });
    const behind = alarm("sensor_fault:yard.c2.co_ppm", { visibility: "out_of_service" });
    const hides = [quiet, store, caused];
    const rows = hiddenRows(hides, [standing, behind]);
    expect(rows.map((row) => row.hide.target)).toEqual([behind.id, standing.id, quiet.target, "c2"]);
    expect(rows.map((row) => undoOf(row, hides))).toEqual([null, null, "unshelve", "return"]);
    expect(rows.map((row) => row.about)).toEqual(["c1", "c1", "yard.c1.temp_1_degc", "c2"]);
    expect(rows.at(-1)?.condition).toBeNull();
  });
});

describe("rounds", () => {
  it("lists the open ones, overdue first", () => {
    const round = (id: string, over: Partial<Round>) => ({ id, open: true, overdue: false, due_utc: id, ...over }) as Round;
    const given = [round("c", {}), round("b", {}), round("z", { overdue: true }), round("a", { open: false })];
    expect(openRounds(given).map((one) => one.id)).toEqual(["z", "b", "c"]);
  });
  it("reads what thumbs type, and takes nothing for a number that is none", () => {
    const read = ["12,5", " 0 ", "-4.5", ".5", "0,125", "1200"].map(typed);
    expect(read).toEqual([12.5, 0, -4.5, 0.5, 0.125, 1200]);
    expect(typed("")).toBeNull();
    for (const text of ["12 or so", "1,200", "10,500", "1,200.5", "-", "1e3", "Infinity"]) expect(typed(text)).toBeNaN();
  });
});

describe("notices", () => {
  it("takes neither a test nor what still waits for a page", () => {
    const sent = (number: number, kind: string, progress: string) => ({ number, kind, progress }) as Sent;
    const given = [sent(4, "page", "trying"), sent(3, "test", "sent"), sent(2, "escalation", "sent")];
    expect(lastPage({ recipients: [], sent: given })?.number).toBe(2);
    expect(lastPage({ recipients: [], sent: [] })).toBeNull();
  });
  it("names who is not reached", () => {
    const one = { id: "shift", waiting: 0, urgent: 0, oldest_utc: null, why: "" };
    const ill = { ...one, id: "night", why: "timeout" };
    expect(unreached({ recipients: [one, ill], sent: [] })).toEqual([ill]);
  });
});
