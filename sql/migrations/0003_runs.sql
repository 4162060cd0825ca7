-- Runs and the two halves of every attempt. What may happen to them is decided in the core; here stand the last guards.

CREATE TABLE cs.run (
  run_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_key          bytea NOT NULL UNIQUE CHECK (octet_length(run_key) = 32),  -- I4
  rule             text NOT NULL,
  rule_hash        text NOT NULL,
  event_id         bigint NOT NULL,
  correlation_id   uuid NOT NULL,
  action           text NOT NULL,
  parameters       json NOT NULL,   -- json keeps the text, and with it the hash, to the byte; jsonb would not
  effect           text NOT NULL CHECK (effect IN ('read', 'idempotent', 'once')),
  tier             text NOT NULL CHECK (tier IN ('read_only', 'mutating', 'high_impact')),
  target_key       text,
  state            text NOT NULL CHECK (state IN (
    'planned', 'awaiting_approval', 'ready', 'claimed', 'executing', 'succeeded', 'failed', 'unknown', 'denied',
    'expired', 'cancelled', 'held', 'dead', 'dry_run')),
  simulated        boolean NOT NULL,
  plan             json,
  plan_hash        bytea CHECK (octet_length(plan_hash) = 32),
  plan_no          int NOT NULL,
  approval_id      bigint,
  needs_approval   boolean NOT NULL,
  requester        text NOT NULL,
  requester_name   text NOT NULL,
  chat             text NOT NULL,
  channel          text NOT NULL,
  thread           text NOT NULL,
  plan_message     text NOT NULL,
  fence            bigint NOT NULL DEFAULT 0,
  lease_owner      text,
  lease_until      timestamptz,
  attempt          int NOT NULL,
  max_attempts     int NOT NULL,
  starts           int NOT NULL,
  granted          int NOT NULL,
  first_started_at timestamptz,
  key_valid_for    interval NOT NULL,
  outcome          jsonb,
  next_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((plan IS NULL) = (plan_hash IS NULL)),
  CHECK (state NOT IN ('claimed', 'executing') OR (lease_owner IS NOT NULL AND lease_until IS NOT NULL)),
  CONSTRAINT run_starts_granted CHECK (starts <= granted OR effect <> 'once' OR NOT needs_approval)  -- I5
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX run_due ON cs.run (next_at, run_id) WHERE state = 'ready';
CREATE INDEX run_planned ON cs.run (next_at, run_id) WHERE state = 'planned';
CREATE INDEX run_leased ON cs.run (lease_until) WHERE state IN ('claimed', 'executing');
CREATE UNIQUE INDEX run_one_per_target ON cs.run (target_key)  -- I14
  WHERE effect <> 'read' AND state IN ('executing', 'unknown');
CREATE INDEX run_by_event ON cs.run (event_id);
CREATE INDEX run_by_correlation ON cs.run (correlation_id);
CREATE INDEX run_by_thread ON cs.run (chat, channel, thread);
CREATE INDEX run_recent ON cs.run (action, created_at);
CREATE INDEX run_by_state ON cs.run (state, run_id);
CREATE TRIGGER run_states BEFORE UPDATE OF state ON cs.run
  FOR EACH ROW EXECUTE FUNCTION cs.guard_transition('run');

-- What the program reads: digests as hex, lengths of time in microseconds.
CREATE VIEW cs.run_row AS
SELECT run_id, encode(run_key, 'hex') AS run_key, rule, rule_hash, event_id, correlation_id, action, parameters, effect,
       tier, target_key, state, simulated, plan, encode(plan_hash, 'hex') AS plan_hash, plan_no, approval_id,
       needs_approval, requester, requester_name, chat, channel, thread, plan_message, fence, lease_owner, lease_until,
       attempt, max_attempts, starts, granted, first_started_at,
       (extract(epoch FROM key_valid_for) * 1000000)::bigint AS key_valid_us, outcome, created_at, updated_at
FROM cs.run;

-- Insert-only: the intent before the act and, in a second row, what came of it.
CREATE TABLE cs.attempt (
  attempt_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id     bigint NOT NULL REFERENCES cs.run,
  attempt    int NOT NULL,
  fence      bigint NOT NULL,
  phase      text NOT NULL CHECK (phase IN ('intent', 'outcome')),
  nonce      text NOT NULL,
  outcome    text CHECK (outcome IN ('ok', 'failed', 'not_applied', 'ambiguous')),
  detail     jsonb,
  replica    text NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (run_id, fence, attempt, phase),
  CHECK ((phase = 'outcome') = (outcome IS NOT NULL))
);
