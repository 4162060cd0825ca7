-- Daily partitions of what grows: made ahead of time, so that a day can later be dropped instead of deleted.

-- Makes the partitions of p_days days from p_from on that do not exist yet. Rows that fell into the default partition
-- meanwhile are moved; PostgreSQL would refuse the new partition otherwise.
CREATE FUNCTION cs.ensure_partitions(p_from date, p_days int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  part record;
  made int := 0;
BEGIN
  SET LOCAL lock_timeout = '500ms';  -- rather later than everybody waiting behind us
  FOR part IN
    SELECT t.name AS parent, t.key, format('%s_%s', t.name, to_char(d, 'YYYYMMDD')) AS child,
           d::date || ' 00:00+00' AS low, (d + interval '1 day')::date || ' 00:00+00' AS high
    FROM (VALUES ('event', 'received_at'), ('decision', 'received_at'), ('audit', 'at')) AS t (name, key),
         generate_series(p_from::timestamp, p_from::timestamp + (p_days - 1) * interval '1 day', '1 day') AS d
  LOOP
    CONTINUE WHEN to_regclass(format('cs.%I', part.child)) IS NOT NULL;
    EXECUTE format('CREATE TABLE cs.%I (LIKE cs.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part.child, part.parent);
    EXECUTE format('WITH moved AS (DELETE FROM cs.%I WHERE %I >= %L AND %I < %L RETURNING *)
                    INSERT INTO cs.%I SELECT * FROM moved',
                   part.parent || '_default', part.key, part.low, part.key, part.high, part.child);
    EXECUTE format('ALTER TABLE cs.%I ATTACH PARTITION cs.%I FOR VALUES FROM (%L) TO (%L)',
                   part.parent, part.child, part.low, part.high);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
