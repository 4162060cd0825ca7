-- Additive. What the door writes, in the form in which it is cheapest to write; and what lets whole days go.

-- True: the parsed form is what the raw bytes say, read as JSON, and is not kept a second time. `body` is then null, or an object
-- that lacks nothing but its "body".
ALTER TABLE cs.event ADD COLUMN body_is_raw boolean NOT NULL DEFAULT false;

-- Compressed bodies of a few kB stay in the row: no second table, no second index. Old rows stay as they are.
CREATE PROCEDURE cs.keep_bodies_in_line(part regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN raw SET STORAGE MAIN, ALTER COLUMN body SET STORAGE MAIN', part);
  IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
    EXECUTE format('ALTER TABLE %s ALTER COLUMN raw SET COMPRESSION lz4, ALTER COLUMN body SET COMPRESSION lz4', part);
  END IF;
END $$;
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN SELECT relid FROM pg_partition_tree('cs.event') LOOP
    CALL cs.keep_bodies_in_line(part);
  END LOOP;
END $$;
DROP PROCEDURE cs.keep_bodies_in_line(regclass);

-- Nobody asks by them: an event is found by its correlation through its row in the record.
DROP INDEX cs.event_by_correlation;
DROP INDEX cs.audit_by_ref;
ALTER TABLE cs.audit DROP CONSTRAINT audit_pkey;
-- One index each, which finds by the event alone as well.
DROP INDEX cs.event_by_id;
ALTER TABLE cs.event DROP CONSTRAINT event_pkey, ADD PRIMARY KEY (event_id, received_at);
DROP INDEX cs.decision_by_event;
ALTER TABLE cs.decision DROP CONSTRAINT decision_pkey, ADD PRIMARY KEY (event_id, received_at, rule);

-- `body` for people, and for programs from before; `body_text` and `raw_text` for ours, which parses them anyway.
CREATE OR REPLACE VIEW cs.event_row AS
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id,
       CASE WHEN NOT body_is_raw THEN body
            WHEN body IS NULL THEN convert_from(raw, 'UTF8')::jsonb
            ELSE body || jsonb_build_object('body', convert_from(raw, 'UTF8')::jsonb) END AS body,
       body_note, series, status, replay,
       body::text AS body_text, CASE WHEN body_is_raw THEN convert_from(raw, 'UTF8') END AS raw_text
FROM cs.event;

-- Stores a batch of verified deliveries, one array per property; a verdict for each, in the order given:
-- new | redelivery | conflict | replay. Keys are inserted in sorted order, delivery keys before keys of bodies, so two
-- batches cannot deadlock; a key that another transaction is inserting makes us wait for its fate, and the next
-- statement's snapshot then sees it. Where all is new, nothing is looked up a second time.
-- p_judged: what the rules say of it comes along (`no_match`, one row for each rule that was asked; p_of is the delivery's
-- number, from 1), so it need not wait to be decided. A replay waits all the same.
CREATE FUNCTION cs.accept_deliveries(
  p_source text[], p_trigger text[], p_delivery_id text[], p_key bytea[], p_body_hash bytea[], p_replay_key bytea[],
  p_keep_s bigint[], p_correlation uuid[], p_raw bytea[], p_body text[], p_body_is_raw boolean[], p_body_note text[],
  p_series text[], p_status text[], p_key_id text[], p_judged boolean[],
  p_of bigint[], p_rule text[], p_rule_hash text[], p_detail text[])
RETURNS TABLE (event_id bigint, correlation_id uuid, verdict text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  at      timestamptz := clock_timestamp();
  n       int := cardinality(p_key);
  ids     bigint[] := ARRAY(SELECT nextval('cs.event_id') FROM generate_series(1, n));
  mine    boolean[] := array_fill(true, ARRAY[n]);   -- stored by this call
  again   boolean[] := array_fill(false, ARRAY[n]);  -- stored, but its body came before (T3)
  parsed  jsonb[];
  made    bigint;
  bodies  bigint;
BEGIN
  INSERT INTO cs.delivery_key (key, body_hash, event_id, received_at, expires_at)
  SELECT i.key, i.hash, i.id, at, at + make_interval(secs => i.keep_s)
  FROM unnest(p_key, p_body_hash, ids, p_keep_s) AS i (key, hash, id, keep_s)
  ORDER BY i.key, i.id ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS made = ROW_COUNT;
  IF made < n THEN
    mine := ARRAY(SELECT k.event_id = i.id FROM unnest(p_key, ids) WITH ORDINALITY AS i (key, id, n)
                  JOIN cs.delivery_key k ON k.key = i.key ORDER BY i.n);
    IF cardinality(mine) < n THEN  -- a key expired and went just now: from the beginning
      RAISE EXCEPTION 'a delivery key is gone' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;

  -- Only of what is stored: a refused body must not mark a later one as a replay.
  INSERT INTO cs.delivery_key (key, body_hash, event_id, received_at, expires_at)
  SELECT i.key, i.hash, i.id, at, at + make_interval(secs => i.keep_s)
  FROM unnest(p_replay_key, p_body_hash, ids, p_keep_s, mine) AS i (key, hash, id, keep_s, mine)
  WHERE i.key IS NOT NULL AND i.mine ORDER BY i.key, i.id ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS bodies = ROW_COUNT;
  IF bodies < n THEN
    again := ARRAY(SELECT i.mine AND k.event_id IS DISTINCT FROM i.id AND i.key IS NOT NULL
                   FROM unnest(p_replay_key, ids, mine) WITH ORDINALITY AS i (key, id, mine, n)
                   LEFT JOIN cs.delivery_key k ON k.key = i.key ORDER BY i.n);
  END IF;

  BEGIN
    parsed := ARRAY(SELECT b::jsonb FROM unnest(p_body) AS b);
  EXCEPTION WHEN data_exception OR program_limit_exceeded THEN  -- one of them; now one by one
    parsed := ARRAY(SELECT cs.jsonb_or_null(b) FROM unnest(p_body) AS b);
  END;

  INSERT INTO cs.event_queue (event_id, received_at, next_at)
  SELECT i.id, at, at FROM unnest(ids, mine, p_judged, again) AS i (id, mine, judged, again)
  WHERE i.mine AND (i.again OR NOT i.judged);

  INSERT INTO cs.event (event_id, received_at, source, trigger, correlation_id, delivery_id, raw, body, body_is_raw,
                        body_note, series, status, replay)
  SELECT i.id, at, i.source, i.trigger, i.correlation, i.delivery_id, i.raw, i.parsed, i.is_raw,
         coalesce(i.note, CASE WHEN i.body IS NOT NULL AND i.parsed IS NULL THEN 'refused by the database' END),
         i.series, i.status, i.again
  FROM unnest(ids, mine, p_source, p_trigger, p_correlation, p_delivery_id, p_raw, p_body, parsed, p_body_is_raw, p_body_note,
              p_series, p_status, again)
       AS i (id, mine, source, trigger, correlation, delivery_id, raw, body, parsed, is_raw, note, series, status, again)
  WHERE i.mine;

  INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
  SELECT 'source:' || i.source, 'event.accepted', 'event:' || i.id, i.correlation,
         jsonb_build_object('source', i.source, 'trigger', i.trigger, 'delivery_id', i.delivery_id,
                            'body_hash', encode(i.hash, 'hex'))
           || CASE WHEN i.key_id IS NULL THEN '{}' ELSE jsonb_build_object('key_id', i.key_id) END
  FROM unnest(ids, mine, p_source, p_trigger, p_correlation, p_delivery_id, p_body_hash, p_key_id)
       AS i (id, mine, source, trigger, correlation, delivery_id, hash, key_id)
  WHERE i.mine;

  INSERT INTO cs.decision (received_at, event_id, rule, rule_hash, verdict, detail)
  SELECT at, ids[d.n], d.rule, d.rule_hash, 'no_match', d.detail::jsonb
  FROM unnest(p_of, p_rule, p_rule_hash, p_detail) AS d (n, rule, rule_hash, detail)
  WHERE mine[d.n] AND NOT again[d.n];

  IF made = n THEN
    RETURN QUERY SELECT i.id, i.correlation, CASE WHEN i.again THEN 'replay' ELSE 'new' END
                 FROM unnest(ids, p_correlation, again) AS i (id, correlation, again);
    RETURN;
  END IF;

  -- T5: the first event stands; the second body leaves its hash and its beginning.
  INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
  SELECT 'source:' || i.source, 'event.conflict', 'event:' || k.event_id, i.correlation,
         jsonb_build_object('delivery_id', i.delivery_id, 'body_hash', encode(i.hash, 'hex'),
                            'begins', encode(substr(i.raw, 1, 1500), 'base64'))
  FROM unnest(p_source, p_delivery_id, p_key, p_body_hash, p_correlation, p_raw)
       AS i (source, delivery_id, key, hash, correlation, raw)
  JOIN cs.delivery_key k ON k.key = i.key AND k.body_hash <> i.hash;

  RETURN QUERY
  SELECT k.event_id, coalesce(e.correlation_id, i.correlation),
         CASE WHEN k.body_hash <> i.hash THEN 'conflict'
              WHEN k.event_id <> i.id THEN 'redelivery'
              WHEN i.again THEN 'replay'
              ELSE 'new' END
  FROM unnest(ids, p_key, p_body_hash, p_correlation, again) WITH ORDINALITY AS i (id, key, hash, correlation, again, n)
  JOIN cs.delivery_key k ON k.key = i.key
  LEFT JOIN cs.event e ON e.received_at = k.received_at AND e.event_id = k.event_id
  ORDER BY i.n;
END $$;

-- New partitions store as their parent does.
CREATE OR REPLACE FUNCTION cs.ensure_partitions(p_from date, p_days int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  part record;
  made int := 0;
BEGIN
  SET LOCAL lock_timeout = '500ms';  -- rather later than everybody waiting behind us
  FOR part IN
    SELECT t.name AS parent, t.key, format('%s_%s', t.name, to_char(d, 'YYYYMMDD')) AS child,
           d::date || ' 00:00+00' AS low, (d + interval '1 day')::date || ' 00:00+00' AS high
    FROM (VALUES ('event', 'received_at'), ('decision', 'received_at'), ('audit', 'at')) AS t (name, key),
         generate_series(p_from::timestamp, p_from::timestamp + (p_days - 1) * interval '1 day', '1 day') AS d
  LOOP
    CONTINUE WHEN to_regclass(format('cs.%I', part.child)) IS NOT NULL;
    EXECUTE format('CREATE TABLE cs.%I (LIKE cs.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)',
                   part.child, part.parent);
    EXECUTE format('WITH moved AS (DELETE FROM cs.%I WHERE %I >= %L AND %I < %L RETURNING *)
                    INSERT INTO cs.%I SELECT * FROM moved',
                   part.parent || '_default', part.key, part.low, part.key, part.high, part.child);
    EXECUTE format('ALTER TABLE cs.%I ATTACH PARTITION cs.%I FOR VALUES FROM (%L) TO (%L)',
                   part.parent, part.child, part.low, part.high);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;

-- The daily partitions, by the names that they were given.
CREATE VIEW cs.partition AS
SELECT parent.relname AS parent, child.oid AS child,
       to_date(substr(child.relname, length(parent.relname) + 2), 'YYYYMMDD') AS day
FROM pg_inherits i
JOIN pg_class parent ON parent.oid = i.inhparent
JOIN pg_class child ON child.oid = i.inhrelid
WHERE i.inhparent IN ('cs.event'::regclass, 'cs.decision'::regclass, 'cs.audit'::regclass)
  AND child.relname ~ '_[0-9]{8}$';

-- Where the record begins now: every seal up to this one went with its rows (I17).
CREATE TABLE cs.audit_anchor (
  seal_no bigint PRIMARY KEY,
  to_xid  xid8 NOT NULL,
  seal    bytea NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Why a day must stay although it is old enough; null: it may go.
CREATE FUNCTION cs.kept_because(p_parent text, p_day date) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  low  timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  high timestamptz := low + interval '1 day';
BEGIN
  IF p_parent = 'decision' AND EXISTS (SELECT FROM cs.partition WHERE parent = 'event' AND day = p_day) THEN
    RETURN 'its events are still there';
  ELSIF p_parent <> 'event' THEN
    RETURN NULL;
  ELSIF EXISTS (SELECT FROM cs.event_queue WHERE received_at >= low AND received_at < high) THEN
    RETURN 'an event of it is not decided';
  ELSIF EXISTS (SELECT FROM cs.run r JOIN cs.event e ON e.event_id = r.event_id AND e.received_at >= low AND e.received_at < high
                WHERE r.state IN ('planned', 'awaiting_approval', 'ready', 'claimed', 'executing', 'unknown', 'held')) THEN
    RETURN 'a run of it is not over';
  ELSIF EXISTS (SELECT FROM cs.dead_letter l JOIN cs.event e ON l.ref = 'event:' || e.event_id
                WHERE l.kind = 'event' AND l.resolved_at IS NULL AND e.received_at >= low AND e.received_at < high) THEN
    RETURN 'a dead letter of it waits for somebody';
  END IF;
  RETURN NULL;
END $$;

-- Takes a day's partition away, in a transaction of its own.
CREATE FUNCTION cs.drop_partition(p_parent text, p_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  child text := format('%s_%s', p_parent, to_char(p_day, 'YYYYMMDD'));
BEGIN
  SET LOCAL lock_timeout = '500ms';
  IF to_regclass(format('cs.%I', child)) IS NULL THEN  -- another replica was first
    RETURN;
  END IF;
  EXECUTE format('ALTER TABLE cs.%I DETACH PARTITION cs.%I', p_parent, child);
  EXECUTE format('DROP TABLE cs.%I', child);
END $$;

-- The oldest day of the record goes, if it is as it was sealed. The seals that cover nothing later go with it and leave an anchor,
-- which the record itself names; the few rows that a later seal covers too stay in the default partition until that seal goes.
CREATE FUNCTION cs.drop_audit_day(p_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  child  text := 'audit_' || to_char(p_day, 'YYYYMMDD');
  later  xid8;
  last   cs.audit_seal;
  lost   bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('countersign seal'));
  IF to_regclass(format('cs.%I', child)) IS NULL THEN  -- another replica was first
    RETURN;
  END IF;
  SELECT a.xid INTO later FROM cs.audit a
  WHERE a.at >= (p_day + 1)::timestamp AT TIME ZONE 'UTC' ORDER BY a.xid LIMIT 1;
  SELECT s.* INTO last FROM cs.audit_seal s WHERE later IS NULL OR s.to_xid <= later ORDER BY s.seal_no DESC LIMIT 1;
  IF EXISTS (SELECT FROM cs.verify_audit() v WHERE v.seal_no <= last.seal_no) THEN
    RAISE EXCEPTION 'the record of % is not as it was sealed; it stays', p_day USING ERRCODE = 'data_exception';
  END IF;
  SET LOCAL lock_timeout = '500ms';
  EXECUTE format('ALTER TABLE cs.audit DETACH PARTITION cs.%I', child);
  EXECUTE format('INSERT INTO cs.audit_default SELECT * FROM cs.%I WHERE xid >= $1', child) USING coalesce(last.to_xid, '0');
  EXECUTE format('SELECT count(*) FROM cs.%I WHERE xid < $1', child) INTO lost USING coalesce(last.to_xid, '0');
  EXECUTE format('DROP TABLE cs.%I', child);
  DELETE FROM cs.audit_default WHERE xid < last.to_xid;
  IF last.seal_no IS NOT NULL THEN
    DELETE FROM cs.audit_anchor;
    INSERT INTO cs.audit_anchor (seal_no, to_xid, seal) VALUES (last.seal_no, last.to_xid, last.seal);
    DELETE FROM cs.audit_seal WHERE seal_no <= last.seal_no;
  END IF;
  INSERT INTO cs.audit (actor, kind, ref, body)
  SELECT 'clock', 'audit.dropped', 'audit:' || p_day,
         jsonb_build_object('rows', lost, 'last_seal', a.seal_no, 'seal', encode(a.seal, 'hex'))
  FROM (SELECT) AS one LEFT JOIN cs.audit_anchor a ON true;
END $$;

-- Seals everything that can no longer change; false if there is nothing new.
CREATE OR REPLACE FUNCTION cs.seal_audit() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  latest record;
  s      cs.audit_seal;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('countersign seal'));
  SELECT l.seal_no, l.to_xid, l.seal INTO latest
  FROM (SELECT seal_no, to_xid, seal FROM cs.audit_seal UNION ALL SELECT seal_no, to_xid, seal FROM cs.audit_anchor) AS l
  ORDER BY l.seal_no DESC LIMIT 1;
  s.seal_no := coalesce(latest.seal_no, 0) + 1;
  s.from_xid := coalesce(latest.to_xid, '0');
  s.to_xid := pg_snapshot_xmin(pg_current_snapshot());  -- every transaction before it is over: no row can still appear
  SELECT r.row_count, r.root INTO s.row_count, s.root FROM cs.audit_root(s.from_xid, s.to_xid) r;
  IF s.row_count = 0 THEN
    RETURN false;
  END IF;
  s.previous := coalesce(latest.seal, sha256(''));
  INSERT INTO cs.audit_seal (seal_no, from_xid, to_xid, row_count, root, previous, seal)
  VALUES (s.seal_no, s.from_xid, s.to_xid, s.row_count, s.root, s.previous, cs.seal_of(s));
  RETURN true;
END $$;

-- Every seal that does not fit its rows or its neighbours, and why; and an anchor that the record does not know.
CREATE OR REPLACE FUNCTION cs.verify_audit() RETURNS TABLE (seal_no bigint, problem text) LANGUAGE sql STABLE AS $$
  WITH anchor AS (SELECT a.seal_no, a.to_xid, a.seal FROM cs.audit_anchor a ORDER BY a.seal_no DESC LIMIT 1)
  SELECT v.seal_no, v.problem FROM (
    SELECT s.seal_no, CASE
        WHEN now.row_count <> s.row_count THEN 'rows were removed or added'
        WHEN now.root <> s.root THEN 'rows were changed'
        WHEN s.seal <> cs.seal_of(s) THEN 'the seal was changed'
        WHEN s.previous <> coalesce(lag(s.seal) OVER by_number, anchor.seal, sha256(''))
          OR s.from_xid <> coalesce(lag(s.to_xid) OVER by_number, anchor.to_xid, '0') THEN 'the chain is broken'
      END AS problem
    FROM cs.audit_seal s CROSS JOIN LATERAL cs.audit_root(s.from_xid, s.to_xid) now LEFT JOIN anchor ON true
    WINDOW by_number AS (ORDER BY s.seal_no)
    UNION ALL
    SELECT a.seal_no, CASE
        WHEN NOT EXISTS (SELECT FROM cs.audit d WHERE d.kind = 'audit.dropped' AND d.xid >= a.to_xid
                           AND d.body->>'seal' = encode(a.seal, 'hex')) THEN 'the record does not know its beginning'
        WHEN EXISTS (SELECT FROM cs.audit d WHERE d.xid < a.to_xid) THEN 'rows stand before its beginning'
      END
    FROM anchor a) v
  WHERE v.problem IS NOT NULL ORDER BY v.seal_no
$$;
