-- Freezes, the breakers of rules, and rate limits.

-- name: freeze_orders
SELECT freeze_id, by, name, why, scope, at, until FROM cs.freeze
WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp()) ORDER BY freeze_id;

-- name: begin_freeze
INSERT INTO cs.freeze (by, name, why, scope, until) VALUES ($1, $2, $3, $4::json, $5::timestamptz) RETURNING freeze_id;

-- name: lift_freeze
UPDATE cs.freeze SET lifted_by = $2, lifted_name = $3, lifted_at = clock_timestamp()
WHERE freeze_id = $1 AND lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp())
RETURNING freeze_id;

-- name: find_rule_breaker
SELECT rule, state, failures, fires, run_id, since, open_until, why FROM cs.rule_breaker WHERE rule = $1;

-- name: make_rule_breaker
INSERT INTO cs.rule_breaker (rule) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: lock_rule_breaker
SELECT rule, state, failures, fires, run_id, since, open_until, why FROM cs.rule_breaker WHERE rule = $1 FOR UPDATE;

-- name: save_rule_breaker
UPDATE cs.rule_breaker
SET state = $2, failures = $3::json, fires = $4::json, run_id = $5, since = $6::timestamptz, open_until = $7::timestamptz, why = $8,
    changed_at = clock_timestamp()
WHERE rule = $1;

-- name: rule_breakers_not_closed
SELECT rule, state, failures, fires, run_id, since, open_until, why FROM cs.rule_breaker WHERE state <> 'closed' ORDER BY rule;

-- One token from each bucket or from none; a row: that one is empty.
-- name: take_tokens
SELECT which, full_at, at FROM cs.take_tokens($1::text[], $2::bigint[], $3::bigint[]);

-- name: give_tokens_back
UPDATE cs.token_bucket b SET full_at = b.full_at - make_interval(secs => t.step / 1000000.0)
FROM unnest($1::text[], $2::bigint[]) AS t (name, step) WHERE b.name = t.name;

-- name: trim_buckets
DELETE FROM cs.token_bucket WHERE name = ANY (ARRAY(
  SELECT name FROM cs.token_bucket WHERE full_at < clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED));
