-- name: create_approval
INSERT INTO cs.approval (run_id, plan_no, plan_hash, state, quorum, four_eyes, roles, requester, approvers, message_ref,
                         expires_at, use_within)
VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7::text[], $8, $9::text[], $10,
        clock_timestamp() + $11::interval, $12::interval)
RETURNING approval_id;

-- name: find_approval
SELECT * FROM cs.approval_row WHERE approval_id = $1;

-- name: lock_approval
SELECT * FROM cs.approval_row WHERE approval_id = $1 FOR UPDATE;

-- name: save_approval
UPDATE cs.approval
SET state = $3, approvers = $4::text[], message_ref = $5, usable_until = $6::timestamptz, decided_by = $7,
    decided_at = $8::timestamptz
WHERE approval_id = $1 AND state = $2;

-- name: set_message_ref
UPDATE cs.approval SET message_ref = $2 WHERE approval_id = $1;

-- name: approval_of_message
SELECT approval_id FROM cs.approval WHERE message_ref = $1 ORDER BY approval_id DESC LIMIT 1;

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

-- name: approvals_of_run
SELECT * FROM cs.approval_row WHERE run_id = $1 ORDER BY approval_id;

-- name: pending_approvals
SELECT * FROM cs.approval_row WHERE state = 'pending' ORDER BY expires_at LIMIT $1;
