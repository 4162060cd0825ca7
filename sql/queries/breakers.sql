-- name: find_breaker
SELECT name, state, failures, run_id, open_until, told FROM cs.breaker WHERE name = $1;

-- name: make_breaker
INSERT INTO cs.breaker (name) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: lock_breaker
SELECT name, state, failures, run_id, open_until, told FROM cs.breaker WHERE name = $1 FOR UPDATE;

-- name: save_breaker
UPDATE cs.breaker
SET state = $2, failures = $3, run_id = $4, open_until = $5::timestamptz, told = $6::json, changed_at = clock_timestamp()
WHERE name = $1;

-- name: breakers_not_closed
SELECT name FROM cs.breaker WHERE state <> 'closed' ORDER BY name;

-- Who waits behind it, and whose failure it was; only those whose plan is posted have a place to speak of.
-- name: runs_behind_breaker
SELECT * FROM cs.run_row
WHERE ((breaker = $1 AND state = 'ready') OR run_id = $2) AND thread <> ''
ORDER BY run_id LIMIT $3;

-- Whose plans say whether they wait for it. Who is on the move just now says so by itself.
-- name: lock_runs_behind_breaker
SELECT * FROM cs.run_row
WHERE breaker = $1 AND state = 'ready' AND plan_message <> '' AND run_id <> $2
ORDER BY run_id LIMIT $3 FOR UPDATE SKIP LOCKED;
