-- Which rules are live, and what shows whether one should be.

-- name: begin_trials
INSERT INTO cs.rule_trial (rule) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING;

-- name: trial_since
SELECT since FROM cs.rule_trial WHERE rule = $1;

-- name: is_promoted
SELECT EXISTS (SELECT FROM cs.promotion WHERE rule = $1 AND rule_hash = $2 AND ended_at IS NULL) AS promoted;

-- name: promotions_in_force
SELECT promotion_id, approval_id, rule, rule_hash, promoted_at FROM cs.promotion WHERE ended_at IS NULL ORDER BY rule;

-- name: end_promotion
UPDATE cs.promotion SET ended_at = clock_timestamp(), ended_by = $2, ended_name = $3, ended_why = $4
WHERE rule = $1 AND ended_at IS NULL RETURNING promotion_id, approval_id, rule, rule_hash, promoted_at;

-- name: promotion_by
SELECT promotion_id FROM cs.promotion WHERE approval_id = $1;

-- name: promote
INSERT INTO cs.promotion (approval_id, rule, rule_hash) VALUES ($1, $2, $3);

-- Deliveries of a time, for rules of certain triggers; replays made no run and make none now.
-- name: past_events
SELECT event_id, received_at, source, trigger, correlation_id, delivery_id, body_text, raw_text, body_note, series, status, replay
FROM cs.event_row
WHERE received_at >= $1::timestamptz AND received_at < $2::timestamptz AND trigger = ANY ($3::text[]) AND NOT replay AND event_id > $4
ORDER BY event_id LIMIT $5;

-- What was a match then. Given the events' time, so that only their days are read.
-- name: past_matches
SELECT event_id, rule, verdict FROM cs.decision
WHERE event_id = ANY ($1::bigint[]) AND received_at BETWEEN $2::timestamptz AND $3::timestamptz
  AND verdict NOT IN ('no_match', 'command', 'replay') AND rule <> '-';

-- name: begin_dry_report
INSERT INTO cs.dry_report (day) VALUES ($1::date) ON CONFLICT DO NOTHING RETURNING day;

-- Of each rule how often it would have run, and on which first few targets.
-- name: dry_runs_between
SELECT d.rule, count(*) AS runs,
       ARRAY(SELECT DISTINCT t FROM cs.decision d2 JOIN cs.run r USING (run_id), json_array_elements_text(r.plan -> 'targets') AS t
             WHERE d2.rule = d.rule AND d2.verdict = 'dry_run' AND d2.received_at >= $1::timestamptz AND d2.received_at < $2::timestamptz
             ORDER BY t LIMIT 6) AS targets
FROM cs.decision d
WHERE d.verdict = 'dry_run' AND d.received_at >= $1::timestamptz AND d.received_at < $2::timestamptz
GROUP BY d.rule ORDER BY d.rule;
