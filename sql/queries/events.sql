-- name: accept
SELECT event_id, correlation_id, verdict
FROM cs.accept_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: claim_events
WITH due AS (
  SELECT event_id FROM cs.event_queue WHERE next_at <= clock_timestamp()
  ORDER BY next_at, event_id LIMIT $2 FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE cs.event_queue q
  SET fence = q.fence + 1, attempt = q.attempt + 1, lease_owner = $1, next_at = clock_timestamp() + $3::interval
  FROM due WHERE q.event_id = due.event_id
  RETURNING q.event_id, q.received_at, q.fence, q.attempt)
SELECT e.event_id, e.received_at, e.source, e.trigger, e.correlation_id, e.delivery_id, e.body_text, e.body_note, e.series,
       e.status, e.replay, c.fence, c.attempt
FROM claimed c JOIN cs.event_row e ON e.received_at = c.received_at AND e.event_id = c.event_id
ORDER BY e.event_id;

-- name: finish_event
DELETE FROM cs.event_queue WHERE event_id = $1 AND fence = $2;

-- name: delay_event
UPDATE cs.event_queue SET next_at = clock_timestamp() + $3::interval, lease_owner = NULL
WHERE event_id = $1 AND fence = $2;

-- name: find_event
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body_text, body_note, series, status, replay
FROM cs.event_row WHERE event_id = $1;

-- name: find_event_by_correlation
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body_text, body_note, series, status, replay
FROM cs.event_row
WHERE event_id = (SELECT min(substr(ref, length('event:') + 1)::bigint) FROM cs.audit
                  WHERE correlation_id = $1::uuid AND kind = 'event.accepted');

-- name: add_decision
INSERT INTO cs.decision (received_at, event_id, rule, rule_hash, verdict, run_id, detail)
SELECT received_at, event_id, $2, $3, $4, $5, $6::jsonb FROM cs.event WHERE event_id = $1;

-- name: decisions_of
SELECT event_id, rule, rule_hash, verdict, run_id, detail, decided_at
FROM cs.decision WHERE event_id = $1 ORDER BY decided_at, rule;

-- name: queue_depth
SELECT count(*) AS depth FROM cs.event_queue;

-- No more is counted than somebody wants to know.
-- name: queue_depth_up_to
SELECT count(*) AS depth FROM (SELECT FROM cs.event_queue LIMIT $1) AS waiting;
