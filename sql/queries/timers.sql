-- Where the timers stand; one that is new begins now.
-- name: timers
WITH fresh AS (
  INSERT INTO cs.timer (timer) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
  RETURNING timer, since, handled)
SELECT timer, since, handled FROM fresh
UNION ALL
SELECT timer, since, handled FROM cs.timer WHERE timer = ANY ($1::text[]);

-- name: handle_timer
UPDATE cs.timer SET handled = $2::timestamptz WHERE timer = $1 AND handled < $2::timestamptz;
