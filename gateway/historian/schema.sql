-- The journal: one row per commit. Opened with WAL and synchronous=FULL; version in user_version.
CREATE TABLE point (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- first_us, last_us: range of the capture times as journalled [µs]; null where a row has no sample.
-- packed: batches and their columns (codec.py). extras: bookings, corrections, silence ticks and
-- what people did to meters.
CREATE TABLE journal (
  n            INTEGER PRIMARY KEY,
  boot_id      TEXT    NOT NULL,
  utc_us       INTEGER NOT NULL,
  mono_us      INTEGER NOT NULL,
  synchronised INTEGER NOT NULL,
  first_us     INTEGER,
  last_us      INTEGER,
  packed       BLOB,
  extras       BLOB
);
CREATE INDEX journal_time ON journal (first_us, last_us);
-- Rows with late samples span a long time; they have an index of their own, so that the search
-- among the others may start shortly before the range asked for (WIDE_US in query.py).
CREATE INDEX journal_wide ON journal (last_us) WHERE last_us - first_us > 600000000;
CREATE INDEX journal_unsynced ON journal (boot_id, n) WHERE synchronised = 0;

-- Batches on a board's uptime whose capture time was not known when they came.
CREATE TABLE waiting (
  board       TEXT    NOT NULL,
  stream      TEXT    NOT NULL,
  boot        INTEGER NOT NULL,
  n           INTEGER NOT NULL,
  first_up_us INTEGER NOT NULL,
  last_up_us  INTEGER NOT NULL,
  PRIMARY KEY (board, stream, boot, n)
) WITHOUT ROWID;
CREATE INDEX waiting_n ON waiting (n);

-- The first correction of each key and the row it came in; it holds from that row on.
CREATE TABLE correction (
  key       TEXT    PRIMARY KEY,
  n         INTEGER NOT NULL,
  offset_us INTEGER NOT NULL
) WITHOUT ROWID;

-- digest: of this event and all before it (chain.py, which also keeps them
-- as they are).
CREATE TABLE alarm_event (
  id       INTEGER PRIMARY KEY,
  n        INTEGER NOT NULL,
  at_us    INTEGER NOT NULL,
  event    TEXT    NOT NULL,
  digest   BLOB
);
CREATE INDEX alarm_event_at ON alarm_event (at_us);
CREATE INDEX alarm_event_n ON alarm_event (n);

CREATE TABLE state (
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;
