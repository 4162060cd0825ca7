-- name: accept
SELECT ord, event_id, correlation_id, verdict FROM cs.accept($1::jsonb);

-- name: claim_events
WITH due AS (
  SELECT event_id FROM cs.event_queue WHERE next_at <= clock_timestamp()
  ORDER BY next_at, event_id LIMIT $2 FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE cs.event_queue q
  SET fence = q.fence + 1, attempt = q.attempt + 1, lease_owner = $1, next_at = clock_timestamp() + $3::interval
  FROM due WHERE q.event_id = due.event_id
  RETURNING q.event_id, q.received_at, q.fence, q.attempt)
SELECT e.*, c.fence, c.attempt
FROM claimed c JOIN cs.event_row e ON e.received_at = c.received_at AND e.event_id = c.event_id
ORDER BY e.event_id;

-- name: finish_event
DELETE FROM cs.event_queue WHERE event_id = $1 AND fence = $2;

-- name: delay_event
UPDATE cs.event_queue SET next_at = clock_timestamp() + $3::interval, lease_owner = NULL
WHERE event_id = $1 AND fence = $2;

-- name: find_event
SELECT * FROM cs.event_row WHERE event_id = $1;

-- name: find_event_by_correlation
SELECT * FROM cs.event_row WHERE correlation_id = $1::uuid ORDER BY event_id LIMIT 1;

-- name: add_decision
INSERT INTO cs.decision (received_at, event_id, rule, rule_hash, verdict, run_id, detail)
SELECT received_at, event_id, $2, $3, $4, $5, $6::jsonb FROM cs.event WHERE event_id = $1;

-- name: decisions_of
SELECT event_id, rule, rule_hash, verdict, run_id, detail, decided_at
FROM cs.decision WHERE event_id = $1 ORDER BY decided_at, rule;

-- name: hit_window
SELECT passed, number, opened_by FROM cs.hit_window($1, sha256(convert_to($2, 'UTF8')), $3, $4::interval, $5);

-- A firing begins an episode if the alert is new or resolved, and not older than the episode we know.
-- name: begin_episode
INSERT INTO cs.alert_series AS s (source, series, status, starts_at) VALUES ($1, $2, 'firing', $3)
ON CONFLICT (source, series) DO UPDATE
SET status = 'firing', episode = s.episode + 1, starts_at = excluded.starts_at, changed_at = clock_timestamp()
WHERE s.status = 'resolved' AND coalesce(excluded.starts_at >= s.starts_at, true)
RETURNING episode;

-- A resolve ends the episode it belongs to; one of an earlier episode comes too late.
-- name: end_episode
UPDATE cs.alert_series SET status = 'resolved', changed_at = clock_timestamp()
WHERE source = $1 AND series = $2 AND status = 'firing' AND coalesce($3::timestamptz >= starts_at, true)
RETURNING episode;

-- name: current_episode
SELECT episode FROM cs.alert_series WHERE source = $1 AND series = $2;

-- name: queue_depth
SELECT count(*) AS depth FROM cs.event_queue;
