-- Standing approvals: granted once, used up one start at a time.

-- name: grant_standing
INSERT INTO cs.standing_approval (approval_id, rule, rule_hash, action, action_hash, targets, until, times)
VALUES ($1, $2, $3, $4, $5, $6::text[], $7::timestamptz, $8)
ON CONFLICT (approval_id) DO NOTHING RETURNING standing_id;

-- name: standings_of_rule
SELECT * FROM cs.standing_approval
WHERE rule = $1 AND state = 'granted' AND until > clock_timestamp() AND used < times ORDER BY standing_id;

-- name: standings_in_force
SELECT * FROM cs.standing_approval
WHERE state = 'granted' AND until > clock_timestamp() AND used < times ORDER BY standing_id DESC LIMIT $1;

-- name: find_standing
SELECT * FROM cs.standing_approval WHERE standing_id = $1;

-- name: lock_standing
SELECT * FROM cs.standing_approval WHERE standing_id = $1 FOR UPDATE;

-- name: use_standing
WITH noted AS (INSERT INTO cs.standing_use (standing_id, run_id, plan_no) VALUES ($1, $2, $3))
UPDATE cs.standing_approval SET used = used + 1 WHERE standing_id = $1;

-- name: standing_used_by
SELECT EXISTS (SELECT FROM cs.standing_use WHERE run_id = $1 AND plan_no = $2) AS used;

-- name: revoke_standing
UPDATE cs.standing_approval
SET state = 'revoked', revoked_by = $2, revoked_name = $3, revoked_why = $4, revoked_at = clock_timestamp()
WHERE standing_id = $1 AND state = 'granted';

-- How often they were used is lost with the last moments (I18).
-- name: void_standings
WITH voided AS (
  UPDATE cs.standing_approval SET state = 'void', revoked_by = 'failover', revoked_at = clock_timestamp()
  WHERE state = 'granted' AND until > clock_timestamp() AND used < times
  RETURNING standing_id, approval_id)
INSERT INTO cs.audit (actor, kind, ref, correlation_id, body)
SELECT 'replica:' || $1, 'standing.void', 'standing:' || v.standing_id, r.correlation_id, '{"why": "failover"}'
FROM voided v JOIN cs.approval a USING (approval_id) JOIN cs.run r USING (run_id);
