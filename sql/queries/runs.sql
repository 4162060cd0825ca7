-- name: create_run
INSERT INTO cs.run (run_key, rule, rule_hash, event_id, correlation_id, action, parameters, effect, tier, target_key,
                    state, simulated, plan, plan_hash, plan_no, needs_approval, requester, requester_name,
                    chat, channel, thread, plan_message, attempt, retry, starts, granted, key_valid_for, mirrors,
                    purpose, parent_id, breaker, environment)
VALUES (decode($1, 'hex'), $2, $3, $4, $5::uuid, $6, $7::json, $8, $9, $10,
        $11, $12, $13::json, decode($14, 'hex'), $15, $16, $17, $18,
        $19, $20, $21, $22, $23, $24::json, $25, $26, $27::interval, $28::json,
        $29, $30, $31, $32)
ON CONFLICT (run_key) DO NOTHING
RETURNING run_id;

-- name: run_of_key
SELECT run_id FROM cs.run WHERE run_key = decode($1, 'hex');

-- name: find_run
SELECT * FROM cs.run_row WHERE run_id = $1;

-- The approval first, then the run (lock order).
-- name: lock_run
WITH question AS MATERIALIZED (
  SELECT FROM cs.approval
  WHERE approval_id = (SELECT r.approval_id FROM cs.run r WHERE r.run_id = $1) FOR UPDATE)
SELECT w.*, (SELECT r.approval_id FROM cs.run r WHERE r.run_id = $1) AS locked_approval
FROM cs.run_row w WHERE w.run_id = $1 AND (SELECT count(*) FROM question) >= 0 FOR UPDATE OF w;

-- name: claim_planned
UPDATE cs.run r
SET fence = r.fence + 1, lease_owner = $1, lease_until = clock_timestamp() + $3::interval, updated_at = clock_timestamp()
WHERE r.ctid = ANY (ARRAY(
  SELECT d.ctid FROM cs.run d
  WHERE (d.state = 'planned') IS TRUE AND d.next_at <= clock_timestamp() AND coalesce(d.lease_until <= clock_timestamp(), true)
  ORDER BY d.requester = '', d.next_at, d.run_id LIMIT $2 FOR UPDATE SKIP LOCKED))  -- whoever asked is waiting
RETURNING r.run_id;

-- Held until the claim is committed: two who count at once would both find room.
-- name: lock_limited_claims
SELECT pg_advisory_xact_lock(hashtext('countersign limited claims'));

-- What waits: for the end of a halt, for a target (I14), for a breaker, or because enough runs of its action are under way.
-- name: claim_ready
UPDATE cs.run c
SET state = 'claimed', fence = c.fence + 1, lease_owner = $1, lease_until = clock_timestamp() + $3::interval,
    updated_at = clock_timestamp()
WHERE c.ctid = ANY (ARRAY(
  SELECT r.ctid FROM cs.run r
  WHERE (r.state = 'ready') IS TRUE AND r.next_at <= clock_timestamp() AND cs.epoch_is_open()
    AND (r.effect = 'read' OR NOT EXISTS (SELECT FROM cs.halt WHERE lifted_at IS NULL))
    AND (r.targets IS NULL OR NOT EXISTS (SELECT FROM cs.busy_target b WHERE b.target = ANY (r.targets)))
    AND (r.breaker = '' OR NOT EXISTS (
          SELECT FROM cs.breaker b
          WHERE b.name = r.breaker AND (b.open_until > clock_timestamp() OR (b.state = 'half_open' AND EXISTS (
                  SELECT FROM cs.run probe WHERE probe.run_id = b.run_id AND probe.state = 'executing')))))
    AND NOT r.action = ANY (ARRAY(
          SELECT most.action FROM unnest($4::text[], $5::int[]) AS most (action, threshold)
          WHERE most.threshold <= (
                  SELECT count(*) FROM cs.run busy
                  WHERE busy.action = most.action AND busy.state IN ('claimed', 'executing'))))
  ORDER BY r.requester = '', r.next_at, r.run_id LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING c.run_id;

-- name: runs_by_id
SELECT * FROM cs.run_row WHERE run_id = ANY ($1::bigint[]) ORDER BY run_id;

-- name: renew_lease
UPDATE cs.run SET lease_until = clock_timestamp() + $4::interval
WHERE run_id = $1 AND fence = $2 AND lease_owner = $3 AND state IN ('planned', 'claimed', 'executing')
  AND lease_until > clock_timestamp()
RETURNING stop IS NOT NULL AS stop;

-- Nobody holds a run that is in nobody's hands: the lease ends with the states that have one.
-- name: save_run
UPDATE cs.run
SET state = $4, plan = $5::json, plan_hash = decode($6, 'hex'), plan_no = $7, approval_id = $8, needs_approval = $9,
    tier = $10, target_key = $11, chat = $12, channel = $13, thread = $14, plan_message = $15, fence = $16,
    lease_owner = CASE WHEN $4 IN ('planned', 'claimed', 'executing') THEN $17 END,
    lease_until = CASE WHEN $4 IN ('planned', 'claimed', 'executing') THEN $18::timestamptz END,
    attempt = $19, starts = $20, granted = $21, first_started_at = $22::timestamptz, outcome = $23::jsonb,
    effect = $24, key_valid_for = $25::interval, requester = $26, requester_name = $27, parameters = $28::json,
    editors = $29::json, mirrors = $30::json, retry = $31::json, breaker = $32, stop = $33::json,
    standing_id = $34,
    updated_at = clock_timestamp()
WHERE run_id = $1 AND state = $2 AND fence = $3;

-- name: target_busy
SELECT EXISTS (
  SELECT FROM cs.run r JOIN cs.busy_target b ON b.target = ANY (r.targets)
  WHERE r.run_id = $1 AND b.run_id <> r.run_id) AS busy;

-- name: postpone_run
UPDATE cs.run
SET next_at = clock_timestamp() + $2::interval, lease_owner = NULL, lease_until = NULL, updated_at = clock_timestamp()
WHERE run_id = $1 AND state IN ('planned', 'ready');

-- name: add_attempt
INSERT INTO cs.attempt (run_id, attempt, fence, phase, nonce, outcome, detail, replica)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8);

-- name: attempts_of
SELECT attempt, fence, phase, nonce, outcome, detail, replica, at
FROM cs.attempt WHERE run_id = $1 ORDER BY attempt_id;

-- name: lock_abandoned
SELECT * FROM cs.run_row
WHERE state IN ('claimed', 'executing') AND lease_until <= clock_timestamp()
ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED;

-- name: runs_of_event
SELECT * FROM cs.run_row WHERE event_id = $1 ORDER BY run_id;

-- name: follow_ups_of
SELECT * FROM cs.run_row WHERE parent_id = $1 ORDER BY run_id;

-- name: runs_by_correlation
SELECT * FROM cs.run_row WHERE correlation_id = $1::uuid ORDER BY run_id;

-- The runs whose plan stands in this thread, and the newest one whose mirrored plan does.
-- name: runs_in_thread
SELECT * FROM cs.run_row
WHERE (chat = $1 AND channel = $2 AND thread = $3)
   OR run_id = (SELECT l.run_id FROM cs.thread_link l WHERE l.chat = $1 AND l.channel = $2 AND l.thread = $3)
ORDER BY run_id DESC;

-- name: runs_in_states
SELECT * FROM cs.run_row WHERE state = ANY ($1::text[]) ORDER BY run_id DESC LIMIT $2;

-- name: waiting_runs_of_series
SELECT r.* FROM cs.run_row r JOIN cs.event e ON e.event_id = r.event_id
WHERE r.state IN ('planned', 'awaiting_approval', 'ready', 'claimed', 'held') AND e.source = $1 AND e.series = $2
  AND (r.state <> 'held' OR EXISTS (SELECT FROM cs.flapping f WHERE f.source = $1 AND f.series = $2 AND r.run_id = ANY (f.held)))
ORDER BY r.run_id;

-- name: count_runs_by_state
SELECT state, count(*) AS n FROM cs.run GROUP BY state;

-- name: note_place
UPDATE cs.run SET chat = $2, channel = $3, thread = $4, updated_at = clock_timestamp() WHERE run_id = $1
RETURNING event_id;

-- name: event_of_run
SELECT event_id FROM cs.run WHERE run_id = $1;
