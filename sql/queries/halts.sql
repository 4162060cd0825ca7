-- name: halted
SELECT cs.halted() AS halted;

-- Waits for the starts that are on their way.
-- name: lock_starts
SELECT pg_advisory_xact_lock(hashtext('countersign halt'));

-- name: halt_in_force
SELECT by, name, why, at FROM cs.halt WHERE lifted_at IS NULL;

-- name: begin_halt
INSERT INTO cs.halt (by, name, why) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING halt_id;

-- name: lift_halt
UPDATE cs.halt SET lifted_by = $1, lifted_name = $2, lifted_at = clock_timestamp() WHERE lifted_at IS NULL
RETURNING halt_id;
