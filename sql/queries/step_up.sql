-- What is known about people's second factors. Whoever judges a code locks the row first and looks at the clock then.

-- name: lock_step_up
SELECT person, name, sealed, made_at, confirmed_at, last_step, failures, locked_until
FROM cs.step_up WHERE person = $1 FOR UPDATE;

-- name: list_step_up
SELECT person, name, sealed, made_at, confirmed_at, last_step, failures, locked_until
FROM cs.step_up ORDER BY person;

-- A secret that nobody has confirmed gives way to the next.
-- name: offer_step_up
INSERT INTO cs.step_up AS s (person, name, sealed) VALUES ($1, $2, $3)
ON CONFLICT (person) DO UPDATE
SET name = excluded.name, sealed = excluded.sealed, made_at = clock_timestamp(), last_step = 0, failures = 0,
    locked_until = NULL
WHERE s.confirmed_at IS NULL
RETURNING person;

-- name: save_step_up
UPDATE cs.step_up SET confirmed_at = $2, last_step = $3, failures = $4, locked_until = $5 WHERE person = $1;

-- name: forget_step_up
DELETE FROM cs.step_up WHERE person = $1;
