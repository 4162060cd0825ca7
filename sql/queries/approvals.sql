-- name: create_approval
INSERT INTO cs.approval (run_id, plan_no, plan_hash, state, quorum, four_eyes, roles, requester, editors, approvers, message_refs,
                         created_at, expires_at, use_within, demand, notice_at)
SELECT $1, $2, decode($3, 'hex'), $4, $5, $6, $7::text[], $8, $9::text[], $10::text[], $11::text[],
       now, now + $12::interval, $13::interval, $14::json, now + $15::interval
FROM clock_timestamp() AS now
RETURNING approval_id;

-- name: find_approval
SELECT * FROM cs.approval_row WHERE approval_id = $1;

-- name: lock_approval
SELECT * FROM cs.approval_row WHERE approval_id = $1 FOR UPDATE;

-- name: save_approval
UPDATE cs.approval
SET state = $3, approvers = $4::text[], usable_until = $5::timestamptz, decided_by = $6,
    decided_at = $7::timestamptz, broken_glass = $8
WHERE approval_id = $1 AND state = $2;

-- name: add_message_ref
UPDATE cs.approval SET message_refs = array_append(message_refs, $2)
WHERE approval_id = $1 AND NOT $2 = ANY (message_refs);

-- name: approval_of_message
SELECT approval_id FROM cs.approval WHERE message_refs @> ARRAY[$1::text] ORDER BY approval_id DESC LIMIT 1;

-- name: add_vote
INSERT INTO cs.vote (approval_id, voter, voter_name, choice, act_id, via, plan_hash, counted, why, reason)
VALUES ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9, $10)
ON CONFLICT (act_id) DO NOTHING;

-- name: votes_of
SELECT voter, voter_name, choice, act_id, via, encode(plan_hash, 'hex') AS plan_hash, counted, why, reason, at
FROM cs.vote WHERE approval_id = $1 ORDER BY vote_id;

-- name: due_approvals
(SELECT approval_id FROM cs.approval WHERE state = 'pending' AND expires_at <= clock_timestamp() ORDER BY expires_at LIMIT $1)
UNION ALL
(SELECT approval_id FROM cs.approval WHERE state = 'approved' AND usable_until <= clock_timestamp() ORDER BY usable_until LIMIT $1)
LIMIT $1;

-- Questions about which something is to be said, or whose time to say it has to be looked at.
-- name: due_notices
SELECT approval_id FROM cs.approval WHERE state = 'pending' AND notice_at <= clock_timestamp() ORDER BY notice_at LIMIT $1;

-- name: note_notice
UPDATE cs.approval SET noticed = $2, notice_at = $3::timestamptz WHERE approval_id = $1;

-- name: minute_of_day
SELECT (extract(hour FROM t) * 60 + extract(minute FROM t))::int AS minute FROM (SELECT clock_timestamp() AT TIME ZONE $1 AS t) AS here;

-- name: approvals_of_run
SELECT * FROM cs.approval_row WHERE run_id = $1 ORDER BY approval_id;

-- name: open_questions
SELECT o.remote_channel, o.remote_id
FROM cs.approval a JOIN cs.outbox o ON o.approval_id = a.approval_id
WHERE a.state = 'pending' AND o.chat = $1 AND o.op = 'post' AND o.remote_id IS NOT NULL
ORDER BY a.approval_id DESC LIMIT 500;

-- name: pending_approvals
SELECT * FROM cs.approval_row WHERE state = 'pending' ORDER BY expires_at LIMIT $1;
