-- What replicas remember when the database has forgotten, and one row for each target that is being worked on.

-- A start that a replica's journal told of and the database did not know (I18). Noted once, whatever was made of it.
CREATE TABLE cs.recalled (
  nonce   text PRIMARY KEY,  -- of the attempt
  run_id  bigint REFERENCES cs.run,  -- null: the run itself was lost
  verdict text NOT NULL,
  replica text NOT NULL,
  body    jsonb NOT NULL,    -- the record
  at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX recalled_by_run ON cs.recalled (run_id);

-- When everything open was held for the last time because something may have been lost.
ALTER TABLE cs.epoch ADD COLUMN held_at timestamptz;
UPDATE cs.epoch SET held_at = opened_at WHERE held_runs > 0 OR voided > 0;

-- Whatever state a run was thrown back to: that it may have taken effect comes first.
INSERT INTO cs.state_transition
SELECT 'run', s, 'unknown' FROM unnest('{planned,awaiting_approval,ready,held}'::text[]) AS s;

-- What a run works on, one by one. Nothing for one that changes nothing.
CREATE FUNCTION cs.targets_in(plan json, target_key text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN plan IS NULL THEN string_to_array(target_key, ',')
              ELSE ARRAY(SELECT DISTINCT json_array_elements_text(plan -> 'targets') ORDER BY 1) END
$$;
ALTER TABLE cs.run ADD COLUMN targets text[] GENERATED ALWAYS AS (
  CASE WHEN effect = 'read' OR target_key IS NULL THEN NULL ELSE cs.targets_in(plan, target_key) END) STORED;

-- The targets of runs that are executing or unknown: one run each (I14). As long as what is under way, whatever the history.
CREATE TABLE cs.busy_target (
  target text PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES cs.run ON DELETE CASCADE
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX busy_target_by_run ON cs.busy_target (run_id);

CREATE FUNCTION cs.note_busy_targets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state IN ('executing', 'unknown') THEN
    INSERT INTO cs.busy_target SELECT t, NEW.run_id FROM unnest(NEW.targets) AS t ORDER BY t;  -- one order: no deadlock
  ELSE
    DELETE FROM cs.busy_target WHERE run_id = NEW.run_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER run_targets AFTER UPDATE OF state ON cs.run FOR EACH ROW
  WHEN ((NEW.targets IS NOT NULL OR OLD.targets IS NOT NULL)
        AND (OLD.state IN ('executing', 'unknown')) <> (NEW.state IN ('executing', 'unknown')))
  EXECUTE FUNCTION cs.note_busy_targets();

INSERT INTO cs.busy_target
SELECT t, run_id FROM cs.run, unnest(targets) AS t WHERE state IN ('executing', 'unknown') ORDER BY run_id
ON CONFLICT DO NOTHING;
DROP INDEX cs.run_one_per_target;
