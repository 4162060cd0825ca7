-- Questions put to people, and every vote act, counted or not.

CREATE TABLE cs.approval (
  approval_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id       bigint NOT NULL REFERENCES cs.run,
  plan_no      int NOT NULL,
  plan_hash    bytea NOT NULL CHECK (octet_length(plan_hash) = 32),
  state        text NOT NULL CHECK (state IN (
    'pending', 'approved', 'denied', 'expired', 'cancelled', 'void', 'consumed')),
  quorum       int NOT NULL CHECK (quorum >= 1),
  four_eyes    boolean NOT NULL,
  roles        text[] NOT NULL,
  requester    text NOT NULL,
  approvers    text[] NOT NULL,
  message_ref  text,             -- set when the plan is really posted; no vote counts before (I9)
  expires_at   timestamptz NOT NULL,
  use_within   interval NOT NULL,
  usable_until timestamptz,
  decided_by   text,
  decided_at   timestamptz,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (run_id, plan_no)
);
CREATE UNIQUE INDEX approval_one_open ON cs.approval (run_id) WHERE state IN ('pending', 'approved');  -- I10
CREATE INDEX approval_pending ON cs.approval (expires_at) WHERE state = 'pending';
CREATE INDEX approval_unused ON cs.approval (usable_until) WHERE state = 'approved';
CREATE INDEX approval_by_message ON cs.approval (message_ref);
CREATE TRIGGER approval_states BEFORE UPDATE OF state ON cs.approval
  FOR EACH ROW EXECUTE FUNCTION cs.guard_transition('approval');

-- What the program reads.
CREATE VIEW cs.approval_row AS
SELECT approval_id, run_id, plan_no, encode(plan_hash, 'hex') AS plan_hash, state, quorum, four_eyes, roles, requester,
       approvers, message_ref, expires_at, (extract(epoch FROM use_within) * 1000000)::bigint AS use_within_us,
       usable_until, decided_by, decided_at
FROM cs.approval;

ALTER TABLE cs.run ADD FOREIGN KEY (approval_id) REFERENCES cs.approval;

CREATE TABLE cs.vote (
  vote_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  approval_id bigint NOT NULL REFERENCES cs.approval,
  voter       text NOT NULL,
  voter_name  text NOT NULL,
  choice      text NOT NULL CHECK (choice IN ('approve', 'deny', 'retract')),
  act_id      text NOT NULL UNIQUE,  -- an interaction acts once, however often it is delivered
  via         text NOT NULL,
  plan_hash   bytea,                 -- of the plan the voter saw; null when a command named none
  counted     boolean NOT NULL,
  why         text NOT NULL,
  reason      text NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX vote_by_approval ON cs.vote (approval_id);
