-- People stop everything that changes something, and lift it again. At most one halt is in force.
CREATE TABLE cs.halt (
  halt_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  by          text NOT NULL,  -- person
  name        text NOT NULL,
  why         text NOT NULL DEFAULT '',
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  lifted_by   text,
  lifted_name text,
  lifted_at   timestamptz,
  CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
);
CREATE UNIQUE INDEX halt_in_force ON cs.halt ((true)) WHERE lifted_at IS NULL;

-- A start asks under a lock that it shares with other starts and that a halt takes alone: once a halt is committed, no start
-- that asked before it is still on its way. PL/pgSQL, because the question has to see what was committed while the lock was waited for.
CREATE FUNCTION cs.halted() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('countersign halt'));
  RETURN EXISTS (SELECT FROM cs.halt WHERE lifted_at IS NULL);
END $$;
