-- What could not be done, and what people made of it.

-- A letter that dies again is open again; what was made of it before is in the record.
-- name: add_dead_letter
INSERT INTO cs.dead_letter (kind, ref, reason, fence) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, ref) DO UPDATE
SET reason = excluded.reason, fence = excluded.fence, at = clock_timestamp(), resolved_at = NULL, resolved_by = NULL,
    resolved_name = NULL, resolved_as = NULL, resolved_why = NULL
RETURNING dead_id;

-- name: open_dead_letters
SELECT * FROM cs.dead_letter_row WHERE resolved_at IS NULL ORDER BY at DESC, dead_id DESC LIMIT $1;

-- name: count_dead_letters
SELECT count(*) AS n FROM cs.dead_letter WHERE resolved_at IS NULL;

-- name: lock_dead_letter
SELECT * FROM cs.dead_letter_row WHERE dead_id = $1 FOR UPDATE;

-- name: resolve_dead_letter
UPDATE cs.dead_letter
SET resolved_at = clock_timestamp(), resolved_by = $2, resolved_name = $3, resolved_as = $4, resolved_why = $5
WHERE dead_id = $1 AND resolved_at IS NULL;

-- name: requeue_event
INSERT INTO cs.event_queue (event_id, received_at, next_at, fence)
SELECT event_id, received_at, clock_timestamp(), $2 FROM cs.event WHERE event_id = $1
ON CONFLICT DO NOTHING;

-- name: requeue_message
UPDATE cs.outbox SET state = 'queued', attempt = 0, next_at = clock_timestamp(), why = NULL
WHERE outbox_id = $1 AND state = 'dead'
RETURNING op = 'update' OR run_id IS NOT NULL AS shows_plan;
