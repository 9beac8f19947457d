// The answers of /api/v1, as this page reads them.

export type Quality = "good" | "uncertain" | "bad";
export type Language = "en" | "ja" | "zh-Hant";

export interface Site {
  id: string;
  name: string;
  timezone: string;
  language: Language;
}

export interface Me {
  name: string;
  role: string;
  may_handle_alarms: boolean;
  may_take_out_of_service: boolean;
  csrf: string | null;
}

export interface Value {
  t_utc: string;
  value: number | null;
  quality: Quality;
  reason: string | null;
}

export interface PointValue extends Value {
  point: string;
}

export type StoreStatus =
  | "alarm"
  | "warning"
  | "fault"
  | "silent"
  | "no_data"
  | "no_sensor"
  | "ok";

export interface Store {
  id: string;
  kind: "container" | "silo";
  name: string;
  row: string;
  position: number;
  fuel: string;
  status: StoreStatus;
  board: string | null;
  represented_by: string | null;
  represents: number;
  values: Record<string, Value>;
}

/** When a value reaches a limit, if it goes on as over the last day. */
export interface Prospect {
  point: string;
  condition: string;
  limit: number;
  unit: string;
  level: number;
  per_h: number;
  hours: number | null;
  earliest_h: number | null;
  latest_h: number | null;
}

export interface EarlyWarning {
  store: string;
  learning: boolean;
  share_learnt: number;
  frozen: boolean;
  prospects: Prospect[];
}

export type BoardStatus = "ok" | "warning" | "alarm" | "silent" | "offline" | "unheard";

export interface SensorView {
  value: string | null;
  kind: string | null;
  place: string | null;
  due: string | null;
  calibration: "held" | "soon" | "expired" | null;
  status: string | null;
  note: string | null;
}

/** A board: only the fields this page shows. What it does not tell is null. */
export interface BoardView {
  id: string;
  store: string;
  status: BoardStatus;
  problems: string[];
  report_s: number;
  report_now_s: number | null;
  battery: boolean;
  heard_utc: string | null;
  next_report_utc: string | null;
  release: string | null;
  slot: string | null;
  trial: boolean | null;
  failed: string | null;
  update: string | null;
  certificate_ends_utc: string | null;
  boots: number | null;
  reset_cause: string | null;
  up_s: number | null;
  free_heap: number | null;
  crash: string | null;
  ring_fill: number | null;
  ring_days: number | null;
  unacknowledged: number | null;
  oldest: number | null;
  lost: number;
  dropped: number | null;
  duplicates: number;
  bad_messages: number;
  clock_synchronised: boolean | null;
  capture_known: boolean;
  alarm: string | null;
  horn: boolean | null;
  silenced: boolean | null;
  sensors: Record<string, SensorView>;
}

export interface Alarm {
  id: string;
  condition: string;
  source: string;
  store: string | null;
  place: string;
  class: string;
  priority: string;
  state: string;
  present: boolean;
  raised_utc: string;
  value: number | null;
  limit: number | null;
  unit: string | null;
  can_acknowledge: boolean;
  can_reset: boolean;
  latched: boolean;
  reason: string | null;
  acknowledged_by: string | null;
  comment: string | null;
  from_history: boolean;
  unjournalled: boolean;
  guidance: string[];
  /** Stores beside its store. */
  neighbours: string[];
  /** What its store stands for; of a failed path, the stores behind it; in words. */
  coverage: string | null;
  visibility: string;
  /** The person, or the alarms of the causes. */
  hidden_by: string | null;
  hidden_until_utc: string | null;
  hidden_why: string | null;
}

export interface CardStep {
  step: number;
  text: string;
  done_by: string | null;
  done_utc: string | null;
}

/** What an alarm means, what follows if nobody acts, and what to do, in order. */
export interface ResponseCard {
  title: string;
  meaning: string;
  consequence: string;
  steps: CardStep[];
}

/** How many alarms people are told of. */
export interface Flood {
  stands: boolean;
  count: number;
  window_s: number;
}

export interface AlarmEvent {
  n: number | null;
  alarm_id: string;
  edge: string;
  condition: string;
  source: string;
  class: string;
  priority: string;
  t_utc: string;
  value: number | null;
  limit: number | null;
  unit: string | null;
  person: string | null;
  /** Who agreed, where two had to. */
  second: string | null;
  comment: string | null;
  /** Of the response card. */
  step: number | null;
  from_history: boolean;
  unjournalled: boolean;
  /** Since when it was in alarm, where that is not `t_utc`. */
  t_from_utc: string | null;
  /** Until when, of a stretch of time that is told afterwards. */
  t_to_utc: string | null;
}

export interface FuelFlow {
  id: string;
  name: Partial<Record<Language, string>>;
  biomass: boolean;
  mass_kg_per_h: number | null;
  share_mass: number | null;
  share_heat: number | null;
}

export interface Cofiring {
  valid_from_utc: string;
  valid_to_utc: string;
  fuels: FuelFlow[];
  biomass_share_mass: number | null;
  biomass_share_heat: number | null;
  cv_basis: string;
  net_kw: number | null;
  coverage: number;
  quality: Quality;
  reason: string | null;
}

export interface LiveFactor {
  valid_from_utc: string;
  valid_to_utc: string;
  direct_co2e_kg_per_kwh: number | null;
  co2e_parts_kg_per_kwh: Record<string, number | null>;
  biogenic_co2_kg_per_kwh: number | null;
  upstream_co2e_kg_per_kwh: number | null;
  gwp_set: string;
  net_kw: number | null;
  coverage: number;
  quality: Quality;
  reason: string | null;
}

/** A factor record: only the fields this page shows. CO₂e may be a map by GWP set. */
export interface FactorRecord {
  record_id: string;
  period: string;
  product: string;
  status: string;
  revision: number;
  valid_from_utc: string;
  valid_to_utc: string;
  net_kwh: number | null;
  gwp_set: string;
  direct_co2e_kg_per_kwh: number | Record<string, number | null> | null;
  coverage: number | null;
}

export interface Health {
  status: "ok" | "degraded" | "failing";
  problems?: string[];
  clock_synchronised?: boolean;
}

export interface Batch {
  sample?: PointValue[];
  alarm_event?: AlarmEvent[];
  store?: Store[];
  cofiring?: Cofiring[];
  factor?: LiveFactor[];
  health?: Health[];
  flood?: Flood[];
}
