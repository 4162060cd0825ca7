-- One's own term goes on, also after a pause, unless somebody else had the sensor meanwhile; anybody else's has to have ended.
-- name: hold_sensor
INSERT INTO cs.sensor AS s (sensor, replica, term, lease_until) VALUES ($1, $2, 1, clock_timestamp() + $4::interval)
ON CONFLICT (sensor) DO UPDATE
SET replica = $2, lease_until = clock_timestamp() + $4::interval,
    term = CASE WHEN s.term = $3 AND s.replica = $2 THEN s.term ELSE s.term + 1 END
WHERE s.replica = $2 OR s.lease_until <= clock_timestamp()
RETURNING term;

-- name: release_sensor
UPDATE cs.sensor SET lease_until = clock_timestamp() WHERE sensor = $1 AND term = $2;

-- name: sensor_cursor
SELECT cursor FROM cs.sensor WHERE sensor = $1;

-- name: move_sensor_cursor
UPDATE cs.sensor SET cursor = $3 WHERE sensor = $1 AND term = $2;
