-- Additive. Rules that are live for their content, and what is kept so that one may become it.

-- Since when a rule of this name has been loaded: the trial as a dry run begins there. One row for each rule there ever was.
CREATE TABLE cs.rule_trial (
  rule  text PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Promoted once by the people whom the rule's runs would ask; ended by its successor or by a person.
CREATE TABLE cs.promotion (
  promotion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  approval_id  bigint NOT NULL UNIQUE REFERENCES cs.approval,  -- who promoted it, having seen which backtest
  rule         text NOT NULL,
  rule_hash    text NOT NULL,
  promoted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at     timestamptz,
  ended_by     text,
  ended_name   text,
  ended_why    text,
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX promotion_in_force ON cs.promotion (rule) WHERE ended_at IS NULL;

-- The days whose report on dry runs has been sent.
CREATE TABLE cs.dry_report (
  day     date PRIMARY KEY,
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
