-- Accepted events, their queue, their decisions, and what decides about repeats.

CREATE SEQUENCE cs.event_id;  -- never a cursor: ids become visible out of order (I20)

-- Level 1: one row per delivery, and one per body where only the body is signed (T3). Narrow, one table, trimmed by expiry.
CREATE TABLE cs.delivery_key (
  key         bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  body_hash   bytea NOT NULL CHECK (octet_length(body_hash) = 32),
  event_id    bigint NOT NULL,
  received_at timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL
);
CREATE INDEX delivery_key_expiry ON cs.delivery_key USING brin (expires_at);

CREATE TABLE cs.event (
  event_id       bigint NOT NULL,
  received_at    timestamptz NOT NULL,
  source         text NOT NULL,
  trigger        text NOT NULL,
  correlation_id uuid NOT NULL,
  delivery_id    text NOT NULL,
  raw            bytea NOT NULL,  -- the bytes as received
  body           jsonb,           -- null, with a note, when they are no value that rules may see
  body_note      text,
  series         text,
  status         text,
  replay         boolean NOT NULL,
  PRIMARY KEY (received_at, event_id)
) PARTITION BY RANGE (received_at);
CREATE INDEX event_by_id ON cs.event (event_id);
CREATE INDEX event_by_correlation ON cs.event (correlation_id);
CREATE TABLE cs.event_default PARTITION OF cs.event DEFAULT;  -- a missing day must not refuse an event

-- What the program reads: one list of columns for every query.
CREATE VIEW cs.event_row AS
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body, body_note, series, status, replay
FROM cs.event;

-- A row exists exactly while its event is undecided (I2). next_at is also the lease: nothing has to be reaped.
CREATE TABLE cs.event_queue (
  event_id    bigint PRIMARY KEY,
  received_at timestamptz NOT NULL,
  next_at     timestamptz NOT NULL,
  attempt     int NOT NULL DEFAULT 0,
  fence       bigint NOT NULL DEFAULT 0,
  lease_owner text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX event_queue_due ON cs.event_queue (next_at, event_id);

CREATE TABLE cs.decision (
  received_at timestamptz NOT NULL,  -- of the event: the partition
  event_id    bigint NOT NULL,
  rule        text NOT NULL,         -- empty: no rule, a person asked
  rule_hash   text NOT NULL,
  verdict     text NOT NULL CHECK (verdict IN (
    'run_created', 'joined_run', 'dry_run', 'no_match', 'duplicate', 'flapping', 'rate_limited', 'replay',
    'rule_error', 'halted', 'command')),
  run_id      bigint,
  detail      jsonb NOT NULL,
  decided_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (received_at, event_id, rule)
) PARTITION BY RANGE (received_at);
CREATE INDEX decision_by_event ON cs.decision (event_id);
CREATE INDEX decision_by_run ON cs.decision (run_id) WHERE run_id IS NOT NULL;
CREATE TABLE cs.decision_default PARTITION OF cs.decision DEFAULT;

-- Level 2: per rule and content key.
CREATE TABLE cs.dedup_window (
  rule       text NOT NULL,
  key        bytea NOT NULL CHECK (octet_length(key) = 32),
  number     bigint NOT NULL,
  opened_at  timestamptz NOT NULL,
  open_until timestamptz NOT NULL,
  opened_by  bigint NOT NULL,       -- the event that last passed
  suppressed bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (rule, key)
) WITH (fillfactor = 70);

-- One row per alert identity; each firing after a resolve is a new episode.
CREATE TABLE cs.alert_series (
  source     text NOT NULL,
  series     text NOT NULL,
  status     text NOT NULL CHECK (status IN ('firing', 'resolved')),
  episode    bigint NOT NULL DEFAULT 1,
  starts_at  timestamptz,           -- by the sender's clock; compared with its own times only
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (source, series)
) WITH (fillfactor = 70);

-- Text to jsonb; null where PostgreSQL refuses it (U+0000, lone surrogates, huge numbers, depth: T15, T17, T18).
CREATE FUNCTION cs.jsonb_or_null(value text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN value::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN NULL;
END $$;

-- Stores a batch of verified deliveries; verdict per item, in the order given: new | redelivery | conflict | replay.
-- Items: {source, trigger, delivery_id, key, body_hash, replay_key, correlation, raw (base64), body (text), body_note,
-- series, status}. Keys are inserted in sorted order, so two batches cannot deadlock; a key that another transaction is
-- inserting makes us wait for its fate, and the second statement's snapshot then sees it.
CREATE FUNCTION cs.accept(items jsonb)
RETURNS TABLE (ord int, event_id bigint, correlation_id uuid, verdict text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  at  timestamptz := clock_timestamp();
  ids bigint[] := ARRAY(SELECT nextval('cs.event_id') FROM generate_series(1, jsonb_array_length(items)));
BEGIN
  WITH item AS MATERIALIZED (
    SELECT i.*, decode(i.key, 'hex') AS k, decode(i.body_hash, 'hex') AS h, decode(i.replay_key, 'hex') AS rk,
           cs.jsonb_or_null(i.body) AS parsed
    FROM ROWS FROM (jsonb_to_recordset(items) AS (
           source text, trigger text, delivery_id text, key text, body_hash text, replay_key text, keep_s bigint, correlation uuid,
           raw text, body text, body_note text, series text, status text)) WITH ORDINALITY AS i
         (source, trigger, delivery_id, key, body_hash, replay_key, keep_s, correlation, raw, body, body_note, series, status, n)),
  fresh AS (
    INSERT INTO cs.delivery_key AS d (key, body_hash, event_id, received_at, expires_at)
    SELECT DISTINCT ON (k) k, h, ids[n], at, at + make_interval(secs => keep_s) FROM item ORDER BY k, n
    ON CONFLICT DO NOTHING
    RETURNING d.event_id),
  stored AS MATERIALIZED (SELECT item.*, fresh.event_id FROM fresh JOIN item ON ids[item.n] = fresh.event_id),
  bodies AS (  -- only of what is stored: a refused body must not mark a later one as a replay
    INSERT INTO cs.delivery_key AS d (key, body_hash, event_id, received_at, expires_at)
    SELECT DISTINCT ON (rk) rk, h, event_id, at, at + make_interval(secs => keep_s)
    FROM stored WHERE rk IS NOT NULL ORDER BY rk, n
    ON CONFLICT DO NOTHING
    RETURNING d.event_id),
  queued AS (
    INSERT INTO cs.event_queue (event_id, received_at, next_at) SELECT event_id, at, at FROM stored),
  noted AS (
    INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
    SELECT 'source:' || source, 'event.accepted', 'event:' || event_id, correlation,
           jsonb_build_object('source', source, 'trigger', trigger, 'delivery_id', delivery_id, 'body_hash', body_hash)
    FROM stored)
  INSERT INTO cs.event (event_id, received_at, source, trigger, correlation_id, delivery_id, raw, body, body_note,
                        series, status, replay)
  SELECT s.event_id, at, s.source, s.trigger, s.correlation, s.delivery_id, decode(s.raw, 'base64'), s.parsed,
         coalesce(s.body_note, CASE WHEN s.body IS NOT NULL AND s.parsed IS NULL THEN 'refused by the database' END),
         s.series, s.status, s.rk IS NOT NULL AND bodies.event_id IS NULL
  FROM stored s LEFT JOIN bodies ON bodies.event_id = s.event_id;

  RETURN QUERY
  WITH answer AS MATERIALIZED (
    SELECT i.n::int AS n, i.source, i.delivery_id, i.body_hash, i.raw, k.event_id AS event,
           CASE WHEN k.event_id = ids[i.n] THEN i.correlation ELSE
             (SELECT e.correlation_id FROM cs.event e WHERE e.received_at = k.received_at AND e.event_id = k.event_id)
           END AS correlation,
           CASE WHEN k.body_hash <> decode(i.body_hash, 'hex') THEN 'conflict'
                WHEN k.event_id <> ids[i.n] THEN 'redelivery'
                WHEN i.replay_key IS NOT NULL AND EXISTS (
                  SELECT FROM cs.delivery_key b
                  WHERE b.key = decode(i.replay_key, 'hex') AND b.event_id <> k.event_id) THEN 'replay'
                ELSE 'new' END AS verdict
    FROM ROWS FROM (jsonb_to_recordset(items) AS (
           source text, delivery_id text, key text, body_hash text, replay_key text, correlation uuid, raw text))
         WITH ORDINALITY AS i (source, delivery_id, key, body_hash, replay_key, correlation, raw, n)
    JOIN cs.delivery_key k ON k.key = decode(i.key, 'hex')),
  refused AS (  -- T5: the first event stands; the second body leaves its hash and its beginning
    INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
    SELECT 'source:' || source, 'event.conflict', 'event:' || event, correlation,
           jsonb_build_object('delivery_id', delivery_id, 'body_hash', body_hash, 'begins', left(raw, 2000))
    FROM answer WHERE verdict = 'conflict')
  SELECT n, event, correlation, verdict FROM answer ORDER BY n;
END $$;

-- One event meets a rule's window. The row is locked first and the clock is read afterwards: a window that ends during
-- the wait has ended. A sliding window passes once after 24 lengths, so a storm cannot silence it for ever.
CREATE FUNCTION cs.hit_window(p_rule text, p_key bytea, p_mode text, p_length interval, p_event bigint,
                              OUT passed boolean, OUT number bigint, OUT opened_by bigint) LANGUAGE plpgsql AS $$
DECLARE
  w  cs.dedup_window;
  at timestamptz;
  opens timestamptz;
BEGIN
  INSERT INTO cs.dedup_window (rule, key, number, opened_at, open_until, opened_by)
  VALUES (p_rule, p_key, 0, '-infinity', '-infinity', p_event) ON CONFLICT DO NOTHING;
  SELECT * INTO w FROM cs.dedup_window d WHERE d.rule = p_rule AND d.key = p_key FOR UPDATE;
  at := clock_timestamp();
  opens := CASE p_mode WHEN 'tumbling' THEN date_bin(p_length, at, 'epoch') ELSE at END;
  passed := at >= w.open_until OR (p_mode = 'sliding' AND at >= w.opened_at + 24 * p_length);
  number := w.number + passed::int;
  opened_by := CASE WHEN passed THEN p_event ELSE w.opened_by END;
  UPDATE cs.dedup_window d
  SET number     = hit_window.number,
      opened_by  = hit_window.opened_by,
      opened_at  = CASE WHEN passed THEN opens ELSE w.opened_at END,
      open_until = CASE WHEN passed OR p_mode = 'sliding' THEN opens + p_length ELSE w.open_until END,
      suppressed = CASE WHEN passed THEN 0 ELSE w.suppressed + 1 END
  WHERE d.rule = p_rule AND d.key = p_key;
END $$;
