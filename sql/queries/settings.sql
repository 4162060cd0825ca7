-- The installation itself: reachability, clock, schema version, values, upkeep.

-- name: ping
SELECT 1 AS one;

-- name: now
SELECT clock_timestamp() AS now;

-- Waits for a migration that another process is making.
-- name: lock_migrations
SELECT pg_advisory_xact_lock(hashtext('countersign migrate'));

-- name: schema_exists
SELECT to_regclass('cs.schema_version') IS NOT NULL AS present;

-- name: applied_versions
SELECT version, name FROM cs.schema_version ORDER BY version;

-- name: note_version
INSERT INTO cs.schema_version (version, name) VALUES ($1, $2);

-- The newest migration that a program has to know to work here.
-- name: schema_floor
SELECT coalesce(max(version), 0) AS version FROM cs.schema_version WHERE leaves_behind;

-- name: note_left_behind
UPDATE cs.schema_version SET leaves_behind = true WHERE version = $1;

-- Whoever was silent for as long as a lease lasts has lost what it held.
-- name: older_programs
SELECT string_agg(format('%s (%s)', name, version), ', ' ORDER BY name) AS names FROM cs.replica
WHERE knows < $1 AND replica <> $2 AND heartbeat_at > clock_timestamp() - interval '30 s';

-- name: note_program
UPDATE cs.replica SET version = $2, knows = $3 WHERE replica = $1;

-- name: end_replica
UPDATE cs.replica SET heartbeat_at = '-infinity' WHERE replica = $1;

-- What a transaction has written makes its COMMIT wait until all before it is on disk, and on the standby if there is a synchronous one. A
-- number of its own would not be enough.
-- name: settle
SELECT CASE WHEN current_setting('synchronous_standby_names') <> '' OR pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()
            THEN pg_logical_emit_message(true, 'countersign', '') END;

-- name: read_setting
SELECT value FROM cs.setting WHERE name = $1;

-- name: insert_setting
INSERT INTO cs.setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: write_setting
INSERT INTO cs.setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: ensure_partitions
SELECT cs.ensure_partitions((clock_timestamp() AT TIME ZONE 'UTC')::date, $1) AS made;

-- name: trim_delivery_keys
WITH old AS (SELECT key FROM cs.delivery_key WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM cs.delivery_key d USING old WHERE d.key = old.key;

-- name: chat_position
SELECT position FROM cs.chat_position WHERE chat = $1;

-- name: note_chat_position
INSERT INTO cs.chat_position (chat, position) VALUES ($1, $2)
ON CONFLICT (chat) DO UPDATE SET position = excluded.position, at = clock_timestamp();
