-- The record of what was decided and done. Writers never wait for each other: they insert plain rows; afterwards a
-- sealer chains closed ranges of transactions, each seal covering the one before it (I17).

CREATE TABLE cs.audit (
  audit_id       bigint GENERATED ALWAYS AS IDENTITY,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid            xid8 NOT NULL DEFAULT pg_current_xact_id(),
  actor          text NOT NULL,
  kind           text NOT NULL,
  ref            text NOT NULL,
  correlation_id uuid,
  body           jsonb NOT NULL DEFAULT '{}',
  db_user        text NOT NULL DEFAULT session_user,
  PRIMARY KEY (at, audit_id)
) PARTITION BY RANGE (at);
CREATE INDEX audit_by_xid ON cs.audit (xid, audit_id);
CREATE INDEX audit_by_correlation ON cs.audit (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX audit_by_ref ON cs.audit (ref);
CREATE TABLE cs.audit_default PARTITION OF cs.audit DEFAULT;

CREATE TABLE cs.audit_seal (
  seal_no   bigint PRIMARY KEY,
  from_xid  xid8 NOT NULL,   -- covers from_xid <= xid < to_xid
  to_xid    xid8 NOT NULL,
  row_count bigint NOT NULL,
  root      bytea NOT NULL,  -- over the rows
  previous  bytea NOT NULL,  -- the seal before
  seal      bytea NOT NULL UNIQUE,
  at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION cs.audit_root(low xid8, high xid8, OUT row_count bigint, OUT root bytea) LANGUAGE sql STABLE AS $$
  SELECT count(*), sha256(coalesce(string_agg(sha256(convert_to(jsonb_build_array(
           a.audit_id, extract(epoch FROM a.at), a.xid::text, a.actor, a.kind, a.ref, a.correlation_id, a.body, a.db_user)::text, 'UTF8')),
           ''::bytea ORDER BY a.xid, a.audit_id), ''))
  FROM cs.audit a WHERE a.xid >= low AND a.xid < high
$$;

CREATE FUNCTION cs.seal_of(s cs.audit_seal) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(s.previous || s.root || convert_to(concat_ws('/', s.seal_no, s.from_xid, s.to_xid, s.row_count), 'UTF8'))
$$;

-- Seals everything that can no longer change; false if there is nothing new.
CREATE FUNCTION cs.seal_audit() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  latest cs.audit_seal;
  s      cs.audit_seal;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('countersign seal'));
  SELECT * INTO latest FROM cs.audit_seal ORDER BY seal_no DESC LIMIT 1;
  s.seal_no := coalesce(latest.seal_no, 0) + 1;
  s.from_xid := coalesce(latest.to_xid, '0');
  s.to_xid := pg_snapshot_xmin(pg_current_snapshot());  -- every transaction before it is over: no row can still appear
  SELECT r.row_count, r.root INTO s.row_count, s.root FROM cs.audit_root(s.from_xid, s.to_xid) r;
  IF s.row_count = 0 THEN
    RETURN false;
  END IF;
  s.previous := coalesce(latest.seal, sha256(''));
  INSERT INTO cs.audit_seal (seal_no, from_xid, to_xid, row_count, root, previous, seal)
  VALUES (s.seal_no, s.from_xid, s.to_xid, s.row_count, s.root, s.previous, cs.seal_of(s));
  RETURN true;
END $$;

-- Every seal that does not fit its rows or its neighbours, and why.
CREATE FUNCTION cs.verify_audit() RETURNS TABLE (seal_no bigint, problem text) LANGUAGE sql STABLE AS $$
  SELECT v.seal_no, v.problem FROM (
    SELECT s.seal_no, CASE
        WHEN now.row_count <> s.row_count THEN 'rows were removed or added'
        WHEN now.root <> s.root THEN 'rows were changed'
        WHEN s.seal <> cs.seal_of(s) THEN 'the seal was changed'
        WHEN s.previous <> coalesce(lag(s.seal) OVER by_number, sha256(''))
          OR s.from_xid <> coalesce(lag(s.to_xid) OVER by_number, '0') THEN 'the chain is broken'
      END AS problem
    FROM cs.audit_seal s CROSS JOIN LATERAL cs.audit_root(s.from_xid, s.to_xid) now
    WINDOW by_number AS (ORDER BY s.seal_no)) v
  WHERE v.problem IS NOT NULL ORDER BY v.seal_no
$$;
