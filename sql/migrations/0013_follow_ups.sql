-- What comes after a run: the check whether it worked, and taking it back. And the order to end one that is under way.
DROP VIEW cs.run_row;
ALTER TABLE cs.run
  ADD COLUMN purpose   text NOT NULL DEFAULT 'remedy' CHECK (purpose IN ('remedy', 'verify', 'rollback')),
  ADD COLUMN parent_id bigint REFERENCES cs.run,  -- what it checks, or whose end made it necessary
  ADD COLUMN stop      json,                      -- {"by": person, "why": text}
  ADD CHECK ((purpose = 'remedy') = (parent_id IS NULL));
CREATE INDEX run_follow_ups ON cs.run (parent_id) WHERE parent_id IS NOT NULL;
CREATE VIEW cs.run_row AS
SELECT run_id, encode(run_key, 'hex') AS run_key, rule, rule_hash, event_id, correlation_id, action, parameters, effect,
       tier, target_key, state, simulated, plan, encode(plan_hash, 'hex') AS plan_hash, plan_no, approval_id,
       needs_approval, requester, requester_name, editors, chat, channel, thread, plan_message, mirrors, fence,
       lease_owner, lease_until, attempt, retry, next_at, breaker, starts, granted, first_started_at,
       (extract(epoch FROM key_valid_for) * 1000000)::bigint AS key_valid_us, outcome, created_at, updated_at,
       purpose, parent_id, stop
FROM cs.run;
