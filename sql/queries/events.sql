-- name: accept
SELECT event_id, correlation_id, verdict
FROM cs.accept_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20);

-- Here and wherever something is claimed, rows are found by where they are, and one by one: whatever the planner believes of a
-- table that was empty a moment ago, it does not read all of it.
-- name: claim_events
WITH claimed AS (
  UPDATE cs.event_queue q
  SET fence = q.fence + 1, attempt = q.attempt + 1, lease_owner = $1, next_at = clock_timestamp() + $3::interval
  WHERE q.ctid = ANY (ARRAY(
    SELECT d.ctid FROM cs.event_queue d WHERE d.next_at <= clock_timestamp()
    ORDER BY d.next_at, d.event_id LIMIT $2 FOR UPDATE SKIP LOCKED))
  RETURNING q.event_id, q.received_at, q.fence, q.attempt)
SELECT e.*, c.fence, c.attempt
FROM claimed c CROSS JOIN LATERAL (
  SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body_text, raw_text, body_note, series, status, replay
  FROM cs.event_row WHERE event_id = c.event_id AND received_at = c.received_at OFFSET 0) AS e
ORDER BY e.event_id;

-- name: finish_event
DELETE FROM cs.event_queue WHERE event_id = $1 AND fence = $2;

-- name: delay_event
UPDATE cs.event_queue SET next_at = clock_timestamp() + $3::interval, lease_owner = NULL
WHERE event_id = $1 AND fence = $2;

-- name: find_event
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body_text, raw_text, body_note, series, status, replay
FROM cs.event_row WHERE event_id = $1;

-- name: find_event_by_correlation
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body_text, raw_text, body_note, series, status, replay
FROM cs.event_row
WHERE event_id = (SELECT min(substr(ref, length('event:') + 1)::bigint) FROM cs.audit
                  WHERE correlation_id = $1::uuid AND kind = 'event.accepted');

-- name: add_decision
INSERT INTO cs.decision (received_at, event_id, rule, rule_hash, verdict, run_id, detail)
SELECT received_at, event_id, $2, $3, $4, $5, $6::jsonb FROM cs.event WHERE event_id = $1;

-- name: finish_events
DELETE FROM cs.event_queue q USING unnest($1::bigint[], $2::bigint[]) AS c (event_id, fence)
WHERE q.event_id = c.event_id AND q.fence = c.fence RETURNING q.event_id;

-- Times are microseconds since 1970.
-- name: add_decisions
INSERT INTO cs.decision (received_at, event_id, rule, rule_hash, verdict, run_id, detail)
SELECT timestamptz 'epoch' + d.received_at * interval '1 microsecond', d.event_id, d.rule, d.rule_hash, d.verdict, d.run_id, d.detail::jsonb
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])
     AS d (event_id, received_at, rule, rule_hash, verdict, run_id, detail);

-- name: decisions_of
SELECT event_id, rule, rule_hash, verdict, run_id, detail, decided_at
FROM cs.decision WHERE event_id = $1 ORDER BY decided_at, rule;

-- name: queue_depth
SELECT count(*) AS depth FROM cs.event_queue;

-- No more is counted than somebody wants to know.
-- name: queue_depth_up_to
SELECT count(*) AS depth FROM (SELECT FROM cs.event_queue LIMIT $1) AS waiting;
