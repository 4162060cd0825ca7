-- Replicas and timelines (I6, I18).

-- name: register_replica
INSERT INTO cs.replica (replica, name, version) VALUES ($1, $2, $3)
ON CONFLICT (replica) DO UPDATE
SET name = excluded.name, version = excluded.version, started_at = clock_timestamp(), heartbeat_at = clock_timestamp();

-- name: heartbeat
UPDATE cs.replica SET heartbeat_at = clock_timestamp() WHERE replica = $1;

-- name: epoch_is_open
SELECT cs.epoch_is_open() AS open;

-- name: timeline
SELECT cs.current_timeline() AS timeline;

-- name: lock_epochs
SELECT pg_advisory_xact_lock(hashtext('countersign epoch'));

-- name: current_epoch
SELECT durability, held_runs, voided FROM cs.epoch WHERE timeline = cs.current_timeline();

-- name: latest_durability
SELECT durability FROM cs.epoch ORDER BY timeline DESC LIMIT 1;

-- How sure a commit is: a standby must have it (sync), a standby follows (async), there is none (single).
-- name: durability
SELECT CASE
    WHEN current_setting('synchronous_standby_names') <> '' AND current_setting('fsync') = 'on' THEN 'sync'
    WHEN EXISTS (SELECT FROM pg_stat_replication) THEN 'async'
    ELSE 'single' END AS durability;

-- The weakest that was seen on this timeline: what was committed meanwhile is no surer than that.
-- name: note_durability
UPDATE cs.epoch e SET durability = $1
WHERE e.timeline = cs.current_timeline()
  AND array_position('{sync,async,single}', $1) > array_position('{sync,async,single}', e.durability);

-- name: void_open_approvals
WITH voided AS (
  UPDATE cs.approval SET state = 'void', decided_at = clock_timestamp(), decided_by = 'failover'
  WHERE state IN ('pending', 'approved')
  RETURNING approval_id, run_id)
INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
SELECT 'replica:' || $1, 'approval.void', 'approval:' || v.approval_id, r.correlation_id, '{"why": "failover"}'
FROM voided v JOIN cs.run r USING (run_id);

-- A `once` run that was executing may have acted: unknown, which also keeps its target blocked, and a late outcome
-- under its fence is still welcome. Every other open mutating run is held and its fence moved; so is one that changes
-- nothing, if people were asked about it: their answers are void.
-- name: hold_open_runs
WITH open AS MATERIALIZED (
  SELECT run_id, state AS was, effect = 'once' AND state = 'executing' AS acting FROM cs.run
  WHERE NOT simulated AND state IN ('planned', 'awaiting_approval', 'ready', 'claimed', 'executing')
    AND (effect <> 'read' OR (state <> 'planned' AND EXISTS (
           SELECT FROM cs.approval a WHERE a.approval_id = run.approval_id AND a.state = 'void')))
  ORDER BY run_id FOR UPDATE),
held AS (
  UPDATE cs.run r
  SET state = CASE WHEN open.acting THEN 'unknown' ELSE 'held' END,
      fence = r.fence + CASE WHEN open.acting THEN 0 ELSE 1 END,
      lease_owner = NULL, lease_until = NULL, updated_at = clock_timestamp()
  FROM open WHERE r.run_id = open.run_id
  RETURNING r.run_id, r.correlation_id, r.state, open.was)
INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
SELECT 'replica:' || $1, 'run.' || state, 'run:' || run_id, correlation_id,
       jsonb_build_object('why', 'failover', 'was', was)
FROM held
RETURNING kind = 'run.unknown' AS in_doubt;

-- name: insert_epoch
INSERT INTO cs.epoch (timeline, durability, opened_by) VALUES (cs.current_timeline(), $2, $1);

-- name: note_held
UPDATE cs.epoch SET held_at = clock_timestamp(), held_runs = held_runs + $1, voided = voided + $2
WHERE timeline = cs.current_timeline();

-- name: held_since
SELECT EXISTS (SELECT FROM cs.epoch WHERE timeline = cs.current_timeline() AND held_at >= $1::timestamptz) AS held;

-- name: end_run_leases
UPDATE cs.run SET lease_until = clock_timestamp() WHERE lease_owner = $1 AND lease_until > clock_timestamp();

-- name: end_event_leases
UPDATE cs.event_queue SET next_at = clock_timestamp(), lease_owner = NULL WHERE lease_owner = $1;

-- name: live_replicas
SELECT r.name, r.version, r.started_at,
       (SELECT string_agg(s.chat, ', ' ORDER BY s.chat) FROM cs.chat_sender s
        WHERE s.replica = r.replica AND s.lease_until > clock_timestamp()) AS chats
FROM cs.replica r WHERE r.heartbeat_at > clock_timestamp() - interval '10 s' ORDER BY r.started_at;
