-- What has to be agreed is more than a number of people: the whole demand stands with the question. Not additive: a program that does not know it
-- would count people of any role.
DROP VIEW cs.approval_row;
ALTER TABLE cs.approval
  ADD COLUMN demand       json,                            -- null: quorum people of roles, as before
  ADD COLUMN noticed      int NOT NULL DEFAULT 0,          -- how many reminders and escalations have been given
  ADD COLUMN notice_at    timestamptz,                     -- when the next is due
  ADD COLUMN broken_glass boolean NOT NULL DEFAULT false;  -- approved by one person alone, in an emergency
CREATE INDEX approval_notice ON cs.approval (notice_at) WHERE state = 'pending' AND notice_at IS NOT NULL;
CREATE VIEW cs.approval_row AS
SELECT approval_id, run_id, plan_no, encode(plan_hash, 'hex') AS plan_hash, state, quorum, four_eyes, roles, demand, requester,
       editors, approvers, message_refs, created_at, expires_at, noticed, (extract(epoch FROM use_within) * 1000000)::bigint AS use_within_us,
       usable_until, decided_by, decided_at, broken_glass
FROM cs.approval;

-- "This rule on these hosts until then, at most so often": granted once by the quorum, used up one start at a time.
CREATE TABLE cs.standing_approval (
  standing_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  approval_id  bigint NOT NULL UNIQUE REFERENCES cs.approval,  -- who granted it, and what they had to be
  rule         text NOT NULL,
  rule_hash    text NOT NULL,
  action       text NOT NULL,
  action_hash  text NOT NULL,
  targets      text[] NOT NULL,  -- wildcards
  until        timestamptz NOT NULL,
  times        int NOT NULL CHECK (times >= 1),
  used         int NOT NULL DEFAULT 0,
  state        text NOT NULL DEFAULT 'granted' CHECK (state IN ('granted', 'revoked', 'void')),
  granted_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_by   text,
  revoked_name text,
  revoked_why  text,
  revoked_at   timestamptz,
  CHECK (used <= times),
  CHECK ((state = 'granted') = (revoked_at IS NULL))
);
CREATE INDEX standing_in_force ON cs.standing_approval (rule) WHERE state = 'granted';

-- Which starts used it up.
CREATE TABLE cs.standing_use (
  run_id      bigint NOT NULL REFERENCES cs.run,
  plan_no     int NOT NULL,
  standing_id bigint NOT NULL REFERENCES cs.standing_approval,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run_id, plan_no)
);
CREATE INDEX standing_uses ON cs.standing_use (standing_id);

-- What one person started alone is looked at by another.
CREATE TABLE cs.review (
  review_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id      bigint NOT NULL REFERENCES cs.run,
  approval_id bigint REFERENCES cs.approval,  -- null: the database has forgotten it, a journal has not
  by          text NOT NULL,  -- person
  name        text NOT NULL,
  why         text NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_by   text,
  closed_name text,
  closed_at   timestamptz,
  remark      text,
  CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
  CHECK (closed_by <> by)
);
CREATE UNIQUE INDEX review_of_run ON cs.review (run_id, approval_id);
CREATE INDEX review_open ON cs.review (review_id) WHERE closed_at IS NULL;

DROP VIEW cs.run_row;
ALTER TABLE cs.run
  ADD COLUMN environment text NOT NULL DEFAULT '',  -- as its event names it
  ADD COLUMN standing_id bigint REFERENCES cs.standing_approval;
CREATE VIEW cs.run_row AS
SELECT run_id, encode(run_key, 'hex') AS run_key, rule, rule_hash, event_id, correlation_id, action, parameters, effect,
       tier, target_key, state, simulated, plan, encode(plan_hash, 'hex') AS plan_hash, plan_no, approval_id,
       needs_approval, requester, requester_name, editors, chat, channel, thread, plan_message, mirrors, fence,
       lease_owner, lease_until, attempt, retry, next_at, breaker, starts, granted, first_started_at,
       (extract(epoch FROM key_valid_for) * 1000000)::bigint AS key_valid_us, outcome, created_at, updated_at,
       purpose, parent_id, stop, environment, standing_id
FROM cs.run;
