import { describe, expect, it } from "vitest";
import { dueOf, shownBoard, sortBoards } from "./boards";
import { age, bytes, clockTime, coverage, day, directOf, duration, percent, quantity, UNKNOWN } from "./format";
import { guidanceOf } from "./guidance";
import { hiddenRows } from "./hides";
import { slices } from "./mix";
import { hottest, listed, rowsOf, shownStatus, sortAlarms, temperatures, withSamples } from "./order";
import { pathOf } from "./trend";
import type { Alarm, BoardView, FactorRecord, SensorView, Store, Value } from "./types";

const T = "2026-03-01T00:00:00Z";
const value = (v: number | null, t_utc = T): Value => ({
  t_utc,
  value: v,
  quality: v === null ? "bad" : "good",
  reason: v === null ? "sensor_open" : null,
});
const store = (over: Partial<Store>): Store => ({
  id: "c0001",
  kind: "container",
  name: "",
  row: "A",
  position: 1,
  fuel: "pellets",
  status: "ok",
  board: "b1",
  represented_by: null,
  represents: 50,
  values: {},
  ...over,
});
const alarm = (id: string, over: Partial<Alarm>): Alarm =>
  ({ id, can_acknowledge: true, priority: "high", raised_utc: T, ...over }) as Alarm;

describe("numbers", () => {
  it("shows what is not known as a dash, never as zero", () => {
    expect(quantity("en", null, "degc")).toBe(`${UNKNOWN}\u00a0°C`);
    expect(percent("en", null)).toBe(UNKNOWN);
    expect(percent("en", 0.239)).toBe("23.9\u00a0%");
    expect(coverage("en", null)).toBe(UNKNOWN);
    expect(coverage("en", 1)).toBe("100.0\u00a0%");
    expect(coverage("en", 0.9999)).toBe("99.9\u00a0%");
    expect(coverage("en", 0.29)).toBe("29.0\u00a0%");
  });
  it("keeps unknown units as they are", () => {
    expect(quantity("en", 3, "furlong")).toBe("3\u00a0furlong");
  });
});

describe("times", () => {
  it("are told in the site's time zone", () => {
    expect(clockTime("en", "Asia/Tokyo", T, Date.parse(T))).toBe("09:00:00");
  });
  it("name the day when it is another one there", () => {
    expect(clockTime("en", "Asia/Tokyo", T, Date.parse("2026-03-01T15:00:00Z"))).toContain("Mar");
  });
  it("tell an age in the largest unit, never a negative one", () => {
    expect(age("en", T, Date.parse(T) + 7_300_000)).toBe("2 hr");
    expect(age("en", T, Date.parse(T) - 5_000)).toBe("0 sec");
  });
});

describe("alarms", () => {
  it("puts what nobody has seen first, then what is urgent", () => {
    const sorted = sortAlarms([
      alarm("seen", { can_acknowledge: false, priority: "critical" }),
      alarm("high", {}),
      alarm("critical", { priority: "critical" }),
    ]);
    expect(sorted.map((a) => a.id)).toEqual(["critical", "high", "seen"]);
  });
  it("keeps the gateway's order in a flood, and loses nothing that is hidden", () => {
    const given = [
      alarm("people", { visibility: "shown", priority: "high" }),
      alarm("fault", { visibility: "shown", priority: "critical" }),
      alarm("silent", { visibility: "suppressed" }),
    ];
    expect(listed(given, true).map((a) => a.id)).toEqual(["people", "fault"]);
    expect(listed(given, false).map((a) => a.id)).toEqual(["fault", "people"]);
    expect(hiddenRows([], given).map((row) => row.key.split(" ")[1])).toEqual(["silent"]);
  });
  it("finds the response card by key, by alias, by class, or takes plain text", () => {
    expect(guidanceOf("en", [], "fire")[0]).toContain("Do not enter");
    expect(guidanceOf("en", ["silence"], "fault")).toEqual(guidanceOf("en", ["fault"], "fault"));
    expect(guidanceOf("en", ["Ring the yard: 123"], "fire")).toEqual(["Ring the yard: 123"]);
  });
});

describe("stores", () => {
  it("keeps rows in order and knows which containers are watched", () => {
    const rows = rowsOf([
      store({ id: "c2", row: "B", position: 2, board: null }),
      store({ id: "c1", row: "B", position: 1 }),
      store({ id: "c0", row: "A" }),
      store({ id: "s1", kind: "silo" }),
    ]);
    expect(rows.map((r) => r.row)).toEqual(["A", "B"]);
    expect(rows[1]?.stores.map((s) => s.id)).toEqual(["c1", "c2"]);
    expect(rows[1]?.watched.map((s) => s.id)).toEqual(["c1"]);
  });
  it("orders temperatures by number and takes no unknown for the hottest", () => {
    const silo = store({
      values: { temp_10_degc: value(30), temp_2_degc: value(null), co_ppm: value(900) },
    });
    expect(temperatures(silo).map(([n]) => n)).toEqual([2, 10]);
    expect(hottest(silo)).toBe(30);
    expect(hottest(store({}))).toBeNull();
  });
  it("lets no older value replace a newer one", () => {
    const known = [store({ values: { co_ppm: value(5, "2026-03-01T00:05:00Z") } })];
    const point = "yard.c0001.co_ppm";
    const older = withSamples(known, [{ point, ...value(1, "2026-03-01T00:04:00Z") }]);
    expect(older[0]?.values["co_ppm"]?.value).toBe(5);
    const newer = withSamples(known, [{ point, ...value(null, "2026-03-01T00:06:00Z") }]);
    expect(newer[0]?.values["co_ppm"]?.value).toBeNull();
  });
});

describe("a lost line", () => {
  it("leaves nothing green and hides no alarm", () => {
    expect(shownStatus(store({ status: "ok" }), true)).toBe("silent");
    expect(shownStatus(store({ status: "alarm" }), true)).toBe("alarm");
    expect(shownStatus(store({ status: "ok" }), false)).toBe("ok");
  });
});

describe("bars and lines", () => {
  it("leaves a bar empty when one share is not known", () => {
    expect(slices([0.6, null])).toEqual([]);
    expect(slices([0.75, 0.25])).toEqual([
      { from: 0, width: 0.75 },
      { from: 0.75, width: 0.25 },
    ]);
  });
  it("breaks a line where a value is not known", () => {
    const path = pathOf([value(1), value(null), value(2)], 100, 40);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(pathOf([], 100, 40)).toBe("");
  });
  it("reads a factor that is a figure or a map of GWP sets", () => {
    const record = { gwp_set: "AR5", direct_co2e_kg_per_kwh: { AR4: 0.8, AR5: 0.7 } };
    expect(directOf(record as unknown as FactorRecord)).toBe(0.7);
    expect(directOf({ ...record, gwp_set: "AR6" } as unknown as FactorRecord)).toBeNull();
  });
});

describe("boards", () => {
  const board = (id: string, status: BoardView["status"]): BoardView =>
    ({ id, status }) as BoardView;
  const sensor = (due: string | null): SensorView => ({ due }) as SensorView;
  it("come the worst first, else in their order", () => {
    const order = sortBoards([
      board("a", "ok"),
      board("b", "unheard"),
      board("c", "ok"),
      board("d", "alarm"),
      board("e", "warning"),
    ]);
    expect(order.map(({ id }) => id)).toEqual(["d", "b", "e", "a", "c"]);
  });
  it("look well only over a live line", () => {
    expect(shownBoard(board("a", "ok"), false)).toBe("ok");
    expect(shownBoard(board("a", "ok"), true)).toBe("unheard");
    expect(shownBoard(board("a", "alarm"), true)).toBe("alarm");
  });
  it("name the calibration that ends first", () => {
    expect(dueOf([sensor("2027-05-01"), sensor(null), sensor("2026-05-01")])?.due).toBe("2026-05-01");
    expect(dueOf([sensor(null)])).toBeNull();
  });
  it("tell spans, days and memory", () => {
    expect(duration("en", 90_000)).toBe("1 day");
    expect(duration("en", -3)).toBe("0 sec");
    expect(day("en", "2027-05-01T00:00:00Z")).toBe("May 1, 2027");
    expect(bytes("en", 91_234)).toBe("89\u00a0KiB");
  });
});
