-- The same question, asked before every start: in PL/pgSQL its plan is kept, where a plain SQL function would be planned anew each time.
CREATE OR REPLACE FUNCTION cs.epoch_is_open() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM cs.epoch e WHERE e.timeline = cs.current_timeline());
END $$;

-- In the order in which runs are claimed, so that a claim costs the same however many wait.
DROP INDEX cs.run_due;
CREATE INDEX run_due ON cs.run ((requester = ''), next_at, run_id) WHERE state = 'ready';
DROP INDEX cs.run_planned;
CREATE INDEX run_planned ON cs.run ((requester = ''), next_at, run_id) WHERE state = 'planned';
