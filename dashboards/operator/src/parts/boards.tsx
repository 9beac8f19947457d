import { age, bytes, day, duration, NARROW, number, percent, UNKNOWN } from "../format";
import { dueOf, shownBoard, sortBoards } from "../boards";
import { type Key, useWords } from "../i18n";
import type { BoardView, SensorView } from "../types";

interface Props {
  boards: BoardView[] | null;
  lost: boolean;
  nowMs: number;
}

const COLUMNS = ["status", "heard", "release", "start", "ring", "lost", "clock", "sensors"] as const;
const SIGNS = { alarm: "▲", warning: "△", silent: "○", offline: "✕", unheard: "○", ok: "✓" };

/** The boards themselves: are they heard, what do they run, what did they lose. */
export function Boards({ boards, lost, nowMs }: Props) {
  const { t } = useWords();
  return (
    <section class="boards" aria-labelledby="boards-title">
      <h2 id="boards-title">{t("boards.title")}</h2>
      {boards === null && <p class="quiet-text">{t("boards.unread")}</p>}
      {boards?.length === 0 && <p class="card quiet-text">{t("boards.none")}</p>}
      {boards !== null && boards.length > 0 && (
        <table class="card">
          <thead>
            <tr>
              <th scope="col">{t("boards.board")}</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {t(`boards.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sortBoards(boards).map((board) => (
              <Row key={board.id} board={board} lost={lost} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ board, lost, nowMs }: { board: BoardView; lost: boolean; nowMs: number }) {
  const { t } = useWords();
  const parts = { board, lost, nowMs };
  const cells = [
    <Status {...parts} />,
    <Heard {...parts} />,
    <Release {...parts} />,
    <Start {...parts} />,
    <Ring {...parts} />,
    <Lost {...parts} />,
    <Clock {...parts} />,
    <Sensors {...parts} />,
  ];
  return (
    <tr class={`board-row ${shownBoard(board, lost)}`}>
      <th scope="row">
        {board.id} <small>{board.store}</small>
      </th>
      {cells.map((cell, at) => (
        <td key={COLUMNS[at]} data-label={t(`boards.${COLUMNS[at]!}`)}>
          {cell}
        </td>
      ))}
    </tr>
  );
}

interface Parts {
  board: BoardView;
  lost: boolean;
  nowMs: number;
}

function Status({ board, lost }: Parts) {
  const { t, word } = useWords();
  const status = shownBoard(board, lost);
  const horn = board.silenced ? "boards.silenced" : board.horn ? "boards.horn" : null;
  return (
    <>
      <span class={`status ${status}`}>
        <span aria-hidden="true">{SIGNS[status]}</span> {word("board.status", status)}
        {lost && ` · ${t("status.stale")}`}
      </span>
      {board.alarm !== null && (
        <small class="loud">
          {word("condition", board.alarm)}
          {horn !== null && ` · ${t(horn)}`}
        </small>
      )}
      {board.problems.map((problem) => (
        <small key={problem}>{word("board.problem", problem)}</small>
      ))}
    </>
  );
}

function Heard({ board, nowMs }: Parts) {
  const { t, language } = useWords();
  const { heard_utc: heard, next_report_utc: next } = board;
  const every = duration(language, board.report_now_s ?? board.report_s);
  return (
    <>
      {heard === null ? t("boards.unheard") : t("value.ago", { age: age(language, heard, nowMs) })}
      <small>
        {t("boards.every", { every })}
        {board.battery && ` · ${t("boards.battery")}`}
      </small>
      {next !== null && (
        <small>
          {Date.parse(next) > nowMs
            ? t("boards.next", { age: duration(language, (Date.parse(next) - nowMs) / 1000) })
            : t("boards.due", { age: age(language, next, nowMs) })}
        </small>
      )}
    </>
  );
}

function Release({ board }: Parts) {
  const { t, language } = useWords();
  const ends = board.certificate_ends_utc;
  return (
    <>
      {board.release ?? UNKNOWN}
      {board.slot !== null && <small>{t("boards.slot", { slot: board.slot })}</small>}
      {board.trial && <small>{t("board.problem.trial")}</small>}
      {board.update !== null && <small>{board.update}</small>}
      {board.failed !== null && <small>{t("boards.failed", { failed: board.failed })}</small>}
      {ends !== null && <small>{t("boards.certificate", { date: day(language, ends) })}</small>}
    </>
  );
}

function Start({ board }: Parts) {
  const { t, word, language } = useWords();
  const up = board.up_s === null ? UNKNOWN : duration(language, board.up_s);
  return (
    <>
      {board.reset_cause === null ? UNKNOWN : word("board.reset", board.reset_cause)}
      {board.boots !== null && <small>{t("boards.boots", { n: board.boots, up })}</small>}
      {board.free_heap !== null && (
        <small>{t("boards.heap", { size: bytes(language, board.free_heap) })}</small>
      )}
      {board.crash !== null && <small>{t("boards.crash", { crash: board.crash })}</small>}
    </>
  );
}

function Ring({ board }: Parts) {
  const { t, language } = useWords();
  const days = number(language, board.ring_days, 1);
  const { unacknowledged: n, oldest } = board;
  return (
    <>
      {percent(language, board.ring_fill)}
      {board.ring_days !== null && <small>{t("boards.days", { days })}</small>}
      {n !== null && (
        <small>
          {n === 0
            ? t("boards.empty")
            : t("boards.waiting", { n: number(language, n, 0), oldest: oldest ?? UNKNOWN })}
        </small>
      )}
    </>
  );
}

function Lost({ board }: Parts) {
  const { t, language } = useWords();
  const counts: [Key, number | null][] = [
    ["boards.lost.n", board.lost],
    ["boards.dropped", board.dropped],
    ["boards.refused", board.bad_messages],
  ];
  const known = counts.filter(([key, n]) => n !== null && (n > 0 || key === "boards.lost.n"));
  return (
    <>
      {known.map(([key, n]) => (
        <small key={key} class={n === 0 ? "" : "some"}>
          {t(key, { n: number(language, n, 0) })}
        </small>
      ))}
      {board.duplicates > 0 && (
        <small>{t("boards.repeated", { n: number(language, board.duplicates, 0) })}</small>
      )}
    </>
  );
}

function Clock({ board }: Parts) {
  const { t } = useWords();
  const own = board.clock_synchronised;
  return (
    <>
      {own === null ? UNKNOWN : t(own ? "boards.clock.own" : "boards.clock.none")}
      {!own && <small>{t(board.capture_known ? "boards.clock.placed" : "boards.clock.unsure")}</small>}
    </>
  );
}

function Sensors({ board }: Parts) {
  const { t, language } = useWords();
  const sensors = Object.values(board.sensors);
  const due = dueOf(sensors);
  if (sensors.length === 0) return <>{t("boards.sensors.none")}</>;
  return (
    <details>
      <summary>
        {t("boards.sensors.n", { n: sensors.length })}
        {due !== null && (
          <small class={due.calibration ?? ""}>
            {t(due.calibration === "expired" ? "boards.expired" : "boards.calibrate", {
              date: day(language, `${due.due}T00:00:00Z`),
            })}
          </small>
        )}
      </summary>
      <ul>
        {sensors.map((sensor) => (
          <Sensor key={`${sensor.value}${sensor.place}`} sensor={sensor} />
        ))}
      </ul>
    </details>
  );
}

function Sensor({ sensor }: { sensor: SensorView }) {
  const { word, t, language } = useWords();
  const { status, due, calibration } = sensor;
  const good = status === "good" && calibration !== "expired";
  return (
    <li>
      <b>{sensor.value ?? UNKNOWN}</b>{" "}
      {status !== "expired_calibration" && (
        <span class={good ? "" : "some"}>
          {status === null ? UNKNOWN : status === "good" ? t("quality.good") : word("reason", status)}
        </span>
      )}
      <small>{[sensor.kind, sensor.place, sensor.note].filter(Boolean).join(" · ")}</small>
      {due !== null && (
        <small class={calibration ?? ""}>
          {t(calibration === "expired" ? "boards.expired" : "boards.calibrate", {
            date: day(language, `${due}T00:00:00Z`),
          })}
          {calibration === "soon" && `${NARROW}△`}
        </small>
      )}
    </li>
  );
}
