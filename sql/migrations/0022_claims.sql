-- Additive. Only these indexes can find what may be claimed, so that a claim always follows their order: a plan that was made while
-- little waited must not read and sort a whole backlog for every single claim. `IS TRUE` keeps (state, run_id) out of it.
DROP INDEX cs.run_due;
CREATE INDEX run_due ON cs.run ((requester = ''), next_at, run_id) WHERE (state = 'ready') IS TRUE;
DROP INDEX cs.run_planned;
CREATE INDEX run_planned ON cs.run ((requester = ''), next_at, run_id) WHERE (state = 'planned') IS TRUE;

-- The same, as PL/pgSQL, which keeps its plan: it is asked before every start.
CREATE OR REPLACE FUNCTION cs.current_timeline() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int;
END $$;
