-- Whole days that are old enough to go.

-- Oldest first. The record goes from its beginning only, a day at a time.
-- name: days
SELECT p.parent, p.day::text AS day, pg_total_relation_size(p.child) AS bytes, p.day < k.first AS old,
       CASE WHEN p.day < k.first THEN cs.kept_because(p.parent, p.day) END AS kept_because
FROM cs.partition p
JOIN (VALUES ('event', $1::interval), ('decision', $2::interval), ('audit', $3::interval)) AS kept (parent, period) USING (parent)
CROSS JOIN LATERAL (SELECT ((clock_timestamp() - kept.period) AT TIME ZONE 'UTC')::date AS first) AS k
ORDER BY p.day, array_position('{event,decision,audit}', p.parent::text);

-- name: drop_partition
SELECT cs.drop_partition($1, $2::date);

-- name: drop_audit_day
SELECT cs.drop_audit_day($1::date);

-- Days before today whose rows fell into a default partition, because their own was missing: they age like the others.
-- name: ensure_old_partitions
SELECT cs.ensure_partitions(d.day, 1) FROM (
  SELECT (min(received_at) AT TIME ZONE 'UTC')::date AS day FROM cs.event_default
  UNION SELECT (min(received_at) AT TIME ZONE 'UTC')::date FROM cs.decision_default) AS d
WHERE d.day IS NOT NULL;
