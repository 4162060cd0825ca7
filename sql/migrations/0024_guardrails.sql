-- What keeps rules within bounds: freezes, breakers of rules, rate limits as buckets of tokens. Not additive: a program that does not
-- know a freeze would start what it is about, and one that counts runs would not see the tokens that others take.
ALTER TABLE cs.decision DROP CONSTRAINT decision_verdict_check;
ALTER TABLE cs.decision ADD CONSTRAINT decision_verdict_check CHECK (verdict IN (
  'run_created', 'joined_run', 'dry_run', 'no_match', 'duplicate', 'flapping', 'rate_limited', 'replay',
  'rule_error', 'halted', 'command', 'breaker_open', 'frozen', 'other_environment'));

-- Freezes that people began; those of the configuration are not here.
CREATE TABLE cs.freeze (
  freeze_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  by          text NOT NULL,  -- person
  name        text NOT NULL,
  why         text NOT NULL DEFAULT '',
  scope       json NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  until       timestamptz,    -- NULL: until somebody lifts it
  lifted_by   text,
  lifted_name text,
  lifted_at   timestamptz,
  CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
);
CREATE INDEX freeze_not_lifted ON cs.freeze (freeze_id) WHERE lifted_at IS NULL;

-- One row for each rule that has one. What may happen to it is decided in the core.
CREATE TABLE cs.rule_breaker (
  rule       text PRIMARY KEY CHECK (rule <> ''),
  state      text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half_open')),
  failures   json NOT NULL DEFAULT '[]',  -- moments, microseconds since 1970
  fires      json NOT NULL DEFAULT '[]',
  run_id     bigint,                      -- open: who opened it; half open: the probe
  since      timestamptz,
  open_until timestamptz,
  why        text NOT NULL DEFAULT '',
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((state = 'open') = (open_until IS NOT NULL)),
  CHECK ((state = 'closed') = (since IS NULL)),
  CHECK (state = 'closed' OR run_id IS NOT NULL)
);

-- A bucket without a row is full, and so is one whose moment has passed.
CREATE TABLE cs.token_bucket (
  name    text PRIMARY KEY,  -- "rule:ops.disk", "action:ops.rotate|target:web-3"
  full_at timestamptz NOT NULL
) WITH (fillfactor = 70);

-- A token takes `step` to come back, an empty bucket `span`; both in microseconds. Rows are locked in the order of the names, so that two
-- who take once wait for each other and do not deadlock; the clock is read when all of them are locked. Whoever takes again in the same
-- transaction (several events are decided in one) could meet another who does so the other way round: that one waits a moment only and then
-- begins anew, which is what a deadlock would come to after a second.
CREATE FUNCTION cs.take_tokens(names text[], steps bigint[], spans bigint[])
RETURNS TABLE (which int, full_at timestamptz, at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  fulls timestamptz[] := array_fill(NULL::timestamptz, ARRAY[cardinality(names)]);
  again boolean := coalesce(current_setting('countersign.took_tokens', true), '') = 'yes';
  patience text := current_setting('lock_timeout');
  i int;
  one timestamptz;
  step interval;
  span interval;
BEGIN
  IF again THEN
    PERFORM set_config('lock_timeout', 50 + floor(random() * 150)::int || 'ms', true);  -- not both at once
  END IF;
  BEGIN
    FOR i IN SELECT n.i FROM unnest(names) WITH ORDINALITY AS n (name, i) ORDER BY n.name LOOP
      INSERT INTO cs.token_bucket AS b (name, full_at) VALUES (names[i], '-infinity')
      ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING b.full_at INTO one;
      fulls[i] := one;
    END LOOP;
  EXCEPTION WHEN lock_not_available THEN
    IF NOT again THEN
      RAISE;
    END IF;
    RAISE EXCEPTION 'somebody else has these limits' USING ERRCODE = 'deadlock_detected';
  END;
  PERFORM set_config('lock_timeout', patience, true), set_config('countersign.took_tokens', 'yes', true);
  at := clock_timestamp();
  FOR i IN 1 .. cardinality(names) LOOP
    step := make_interval(secs => steps[i] / 1000000.0);
    span := make_interval(secs => spans[i] / 1000000.0);
    IF greatest(fulls[i], at) + step > at + span THEN
      which := i - 1;
      full_at := fulls[i];
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;
  FOR i IN 1 .. cardinality(names) LOOP
    UPDATE cs.token_bucket b SET full_at = greatest(b.full_at, at) + make_interval(secs => steps[i] / 1000000.0) WHERE b.name = names[i];
  END LOOP;
END $$;
