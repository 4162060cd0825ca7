-- Several chats at once: a plan may be posted in more than one, votes count wherever they are given, and what matters
-- overtakes what can wait.

CREATE TABLE cs.chat_position (
  chat     text PRIMARY KEY,
  position text NOT NULL,  -- in the adapter's own words: up to here everything that was said is stored
  at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

ALTER TABLE cs.outbox
  ADD COLUMN priority smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 2),  -- 0 first
  ADD COLUMN mirror boolean NOT NULL DEFAULT false;  -- the post of a plan outside of its run's own place

-- A message is known by its chat, its channel and its own id: the platforms' ids are unique in a channel only.
DROP VIEW cs.approval_row;
DROP INDEX cs.approval_by_message;
ALTER TABLE cs.approval
  ADD COLUMN message_refs text[] NOT NULL DEFAULT '{}',  -- empty until the plan is really posted: no vote counts before (I9)
  ADD COLUMN editors text[] NOT NULL DEFAULT '{}';       -- who changed the plan counts as who asked for it
UPDATE cs.approval a
SET message_refs = ARRAY[r.chat || ':' || r.channel || substr(a.message_ref, length(r.chat) + 1)]
FROM cs.run r WHERE r.run_id = a.run_id AND a.message_ref IS NOT NULL;
ALTER TABLE cs.approval DROP COLUMN message_ref;
CREATE INDEX approval_by_message ON cs.approval USING gin (message_refs);
CREATE VIEW cs.approval_row AS
SELECT approval_id, run_id, plan_no, encode(plan_hash, 'hex') AS plan_hash, state, quorum, four_eyes, roles, requester,
       editors, approvers, message_refs, expires_at, (extract(epoch FROM use_within) * 1000000)::bigint AS use_within_us,
       usable_until, decided_by, decided_at
FROM cs.approval;

ALTER TABLE cs.run
  ADD COLUMN editors json NOT NULL DEFAULT '[]',   -- [{key, name}]
  ADD COLUMN mirrors json NOT NULL DEFAULT '[]';  -- further posts of the current plan: [{place, message}]
DROP VIEW cs.run_row;
CREATE VIEW cs.run_row AS
SELECT run_id, encode(run_key, 'hex') AS run_key, rule, rule_hash, event_id, correlation_id, action, parameters, effect,
       tier, target_key, state, simulated, plan, encode(plan_hash, 'hex') AS plan_hash, plan_no, approval_id,
       needs_approval, requester, requester_name, editors, chat, channel, thread, plan_message, mirrors, fence,
       lease_owner, lease_until, attempt, max_attempts, starts, granted, first_started_at,
       (extract(epoch FROM key_valid_for) * 1000000)::bigint AS key_valid_us, outcome, created_at, updated_at
FROM cs.run;
