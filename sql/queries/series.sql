-- What decides about repeats: windows, episodes, flapping.

-- name: meet_window
SELECT passed, number, opened_by, place, open_until, new_keys
FROM cs.meet_window($1, sha256(convert_to($2, 'UTF8')), $3, $4::interval, $5::interval, $6, $7::timestamptz, $8, $9);

-- Points in time as microseconds, as texts.
-- name: observe_series
SELECT turn, episode, began_by, flapping, new_keys,
       ARRAY(SELECT (extract(epoch FROM c) * 1000000)::bigint::text FROM unnest(changes) AS c) AS changes
FROM cs.observe_series($1, $2, $3, $4::timestamptz, $5::timestamptz, $6, $7);

-- name: hold_in_series
INSERT INTO cs.flapping AS f (source, series, since, status, changes, event_id, within, calm_at, rules, held)
VALUES ($1, $2, $3, $4, $5, $6, $7::interval, $8::timestamptz + $7::interval, ARRAY[$9], ARRAY[$10::bigint])
ON CONFLICT (source, series) DO UPDATE
SET within = greatest(f.within, excluded.within), calm_at = greatest(f.calm_at, excluded.calm_at), held = f.held || excluded.held,
    rules = CASE WHEN $9 = ANY (f.rules) THEN f.rules ELSE f.rules || excluded.rules END;

-- name: lock_flapping
SELECT * FROM cs.flapping_row WHERE source = $1 AND series = $2 FOR UPDATE;

-- name: lock_flapping_of_run
SELECT * FROM cs.flapping_row WHERE $1 = ANY (held) FOR UPDATE;

-- name: lock_calm_series
SELECT * FROM cs.flapping_row WHERE calm_at <= clock_timestamp() ORDER BY calm_at LIMIT $1 FOR UPDATE SKIP LOCKED;

-- name: save_flapping
UPDATE cs.flapping SET held = $3::bigint[], posts = $4::json WHERE source = $1 AND series = $2;

-- name: end_flapping
DELETE FROM cs.flapping WHERE source = $1 AND series = $2;

-- Before these are gone a day has to pass: events that wait are decided by the windows of the time when they were received.
-- name: trim_windows
DELETE FROM cs.dedup_window WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM cs.dedup_window WHERE open_until < clock_timestamp() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED));

-- name: trim_series
DELETE FROM cs.alert_series WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM cs.alert_series s
  WHERE seen_at < clock_timestamp() - $1::interval
    AND NOT EXISTS (SELECT FROM cs.flapping f WHERE f.source = s.source AND f.series = s.series)
  LIMIT $2 FOR UPDATE SKIP LOCKED));

-- Whether what was open at some moment since has been held because a part of the record may be lost (I18).
-- name: held_after_loss_since
SELECT EXISTS (SELECT FROM cs.epoch WHERE held_at >= $1::timestamptz) AS held;
