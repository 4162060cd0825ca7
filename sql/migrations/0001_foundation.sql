-- What everything else stands on: the schema, its version, the state machines as data, replicas and timelines.
-- The split of database privileges into roles is still to come.

CREATE SCHEMA cs;

CREATE TABLE cs.schema_version (
  version    int PRIMARY KEY,
  name       text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Values of the installation: generated secrets, the halt switch.
CREATE TABLE cs.setting (
  name  text PRIMARY KEY,
  value text NOT NULL
);

-- What could not be done and waits for a person.
CREATE TABLE cs.dead_letter (
  dead_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL,
  ref         text NOT NULL,
  reason      text NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at timestamptz,
  resolved_by text,
  UNIQUE (kind, ref)
);

CREATE TABLE cs.replica (
  replica      text PRIMARY KEY,
  name         text NOT NULL,
  version      text NOT NULL,
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row per PostgreSQL timeline that was opened for claiming. After a failover there is none until open_epoch (I18).
CREATE TABLE cs.epoch (
  timeline   int PRIMARY KEY,
  durability text NOT NULL CHECK (durability IN ('sync', 'async', 'single')),
  opened_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  opened_by  text NOT NULL,
  held_runs  int NOT NULL DEFAULT 0,
  voided     int NOT NULL DEFAULT 0
);

-- The first eight hex digits of a WAL file's name are its timeline.
CREATE FUNCTION cs.current_timeline() RETURNS int LANGUAGE sql STABLE AS
$$ SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int $$;

CREATE FUNCTION cs.epoch_is_open() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM cs.epoch WHERE timeline = cs.current_timeline()) $$;

-- Which changes of state exist (I15). The same lists stand in the core; a test compares them.
CREATE TABLE cs.state_transition (
  machine    text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  PRIMARY KEY (machine, from_state, to_state)
);

INSERT INTO cs.state_transition
SELECT 'run', t.from_state, unnest(t.to_states)
FROM (VALUES
  ('planned',           '{awaiting_approval,ready,failed,cancelled,held,dry_run}'::text[]),
  ('awaiting_approval', '{ready,denied,expired,cancelled,held,planned}'),
  ('ready',             '{claimed,expired,cancelled,held,planned}'),
  ('claimed',           '{executing,ready,expired,cancelled,held,planned,unknown}'),
  ('executing',         '{executing,succeeded,failed,ready,unknown,held,dead}'),
  ('unknown',           '{succeeded,failed,planned}'),
  ('held',              '{cancelled,planned}'),
  ('dead',              '{planned}'),
  ('failed',            '{planned}')
) AS t (from_state, to_states);

INSERT INTO cs.state_transition
SELECT 'approval', t.from_state, unnest(t.to_states)
FROM (VALUES
  ('pending',  '{approved,denied,expired,cancelled,void}'::text[]),
  ('approved', '{consumed,expired,cancelled,void}')
) AS t (from_state, to_states);

-- Trigger with the machine's name as its argument: the last guard behind the core's own table.
CREATE FUNCTION cs.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT EXISTS (
       SELECT FROM cs.state_transition t
       WHERE t.machine = TG_ARGV[0] AND t.from_state = OLD.state AND t.to_state = NEW.state) THEN
    RAISE EXCEPTION 'a % does not go from % to %', TG_ARGV[0], OLD.state, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
