-- What is done about failures: dead letters that people resolve, retries as each action wants them, breakers.

-- A letter is open until a person has tried it again or put it away. The fence is where the numbers of its queue row
-- went on: a claim from before it died must not match one from after (I7).
ALTER TABLE cs.dead_letter
  ADD COLUMN fence         bigint NOT NULL DEFAULT 0,
  ADD COLUMN resolved_name text,
  ADD COLUMN resolved_as   text CHECK (resolved_as IN ('retried', 'discarded')),
  ADD COLUMN resolved_why  text,
  ADD CHECK ((resolved_at IS NULL) = (resolved_as IS NULL));
CREATE INDEX dead_letter_open ON cs.dead_letter (at) WHERE resolved_at IS NULL;

-- What the program reads: with it, whose story it belongs to. `ref` is "event:3", "outbox:12" or "run:5".
CREATE VIEW cs.dead_letter_row AS
SELECT d.*,
       CASE d.kind
         WHEN 'event'  THEN (SELECT e.correlation_id FROM cs.event e WHERE e.event_id = split_part(d.ref, ':', 2)::bigint LIMIT 1)
         WHEN 'run'    THEN (SELECT r.correlation_id FROM cs.run r WHERE r.run_id = split_part(d.ref, ':', 2)::bigint)
         WHEN 'outbox' THEN (SELECT o.correlation_id FROM cs.outbox o WHERE o.outbox_id = split_part(d.ref, ':', 2)::bigint)
       END AS correlation_id,
       CASE d.kind
         WHEN 'outbox' THEN (SELECT o.about FROM cs.outbox o WHERE o.outbox_id = split_part(d.ref, ':', 2)::bigint)
         ELSE d.ref
       END AS about
FROM cs.dead_letter d;

DROP VIEW cs.run_row;
ALTER TABLE cs.run
  ADD COLUMN retry   json NOT NULL DEFAULT '{"attempts": 3, "base": "2s", "cap": "5m", "on": ["not_applied", "ambiguous"]}',
  ADD COLUMN breaker text NOT NULL DEFAULT '',  -- name of the one that watches what this run works on; empty: none
  DROP COLUMN max_attempts;
CREATE INDEX run_behind_breaker ON cs.run (breaker) WHERE breaker <> '' AND state = 'ready';
CREATE VIEW cs.run_row AS
SELECT run_id, encode(run_key, 'hex') AS run_key, rule, rule_hash, event_id, correlation_id, action, parameters, effect,
       tier, target_key, state, simulated, plan, encode(plan_hash, 'hex') AS plan_hash, plan_no, approval_id,
       needs_approval, requester, requester_name, editors, chat, channel, thread, plan_message, mirrors, fence,
       lease_owner, lease_until, attempt, retry, next_at, breaker, starts, granted, first_started_at,
       (extract(epoch FROM key_valid_for) * 1000000)::bigint AS key_valid_us, outcome, created_at, updated_at
FROM cs.run;

-- One row per name, shared by all replicas. What may happen to it is decided in the core.
CREATE TABLE cs.breaker (
  name       text PRIMARY KEY CHECK (name <> ''),
  state      text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half_open')),
  failures   int NOT NULL DEFAULT 0,       -- in a row
  run_id     bigint,                       -- open: whose failure opened it; half open: the probe
  open_until timestamptz,
  told       json NOT NULL DEFAULT '[]',   -- the places that know that it is open
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((state = 'open') = (open_until IS NOT NULL)),
  CHECK (state = 'closed' OR run_id IS NOT NULL)
);
