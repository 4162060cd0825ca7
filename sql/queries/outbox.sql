-- name: enqueue
INSERT INTO cs.outbox (client_id, op, chat, channel, thread, message_id, person, message, target, lane, about,
                       correlation_id, approval_id, run_id, priority, mirror)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json, $9, $10, $11, $12::uuid, $13, $14, $15, $16);

-- Updates that a newer one of the same post has overtaken, or whose post will never be sent.
-- name: drop_overtaken
UPDATE cs.outbox u
SET state = 'dropped', why = 'overtaken by a newer update, or its post is dead'
WHERE u.chat = $1 AND u.op = 'update' AND u.state = 'queued'
  AND (EXISTS (SELECT FROM cs.outbox newer
               WHERE newer.target = u.target AND newer.op = 'update' AND newer.state = 'queued'
                 AND newer.outbox_id > u.outbox_id)
    OR EXISTS (SELECT FROM cs.outbox post WHERE post.client_id = u.target AND post.state IN ('dead', 'dropped')));

-- The head of each lane, if it is due. Where the platform has named things since, its names replace ours.
-- name: claim_messages
WITH head AS (
  SELECT o.outbox_id FROM cs.outbox o
  WHERE o.chat = $1 AND o.state IN ('queued', 'sending') AND o.next_at <= clock_timestamp()
    AND NOT EXISTS (SELECT FROM cs.outbox b
                    WHERE b.chat = o.chat AND b.lane = o.lane AND b.state IN ('queued', 'sending')
                      AND b.outbox_id < o.outbox_id)
    AND NOT EXISTS (SELECT FROM cs.outbox t WHERE t.client_id = o.target AND t.state IN ('queued', 'sending'))
    AND NOT (o.op = 'post' AND o.channel = ANY ($4::text[])) AND NOT o.op = ANY ($5::text[])
  ORDER BY o.priority, o.outbox_id LIMIT $2 FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE cs.outbox o
  SET state = 'sending', fence = o.fence + 1, attempt = o.attempt + 1, next_at = clock_timestamp() + $3::interval
  FROM head WHERE o.outbox_id = head.outbox_id
  RETURNING o.*)
SELECT c.outbox_id, c.client_id, c.op, c.chat, coalesce(t.remote_channel, c.channel) AS channel,
       CASE WHEN c.thread = '' THEN coalesce(t.remote_thread, '') ELSE c.thread END AS thread,
       CASE WHEN c.message_id = '' THEN coalesce(t.remote_id, '') ELSE c.message_id END AS message_id,
       c.person, c.message, c.target, c.lane, c.about, c.correlation_id, c.approval_id, c.run_id, c.priority, c.mirror, c.attempt,
       c.fence
FROM claimed c LEFT JOIN cs.outbox t ON t.client_id = c.target
ORDER BY c.priority, c.outbox_id;

-- name: mark_sent
UPDATE cs.outbox
SET state = 'sent', remote_id = nullif($3, ''), remote_channel = nullif($4, ''), remote_thread = nullif($5, ''),
    sent_at = clock_timestamp(), why = NULL
WHERE outbox_id = $1 AND fence = $2 AND state = 'sending';

-- name: retry_later
UPDATE cs.outbox SET state = 'queued', next_at = clock_timestamp() + $3::interval, why = $4
WHERE outbox_id = $1 AND fence = $2 AND state = 'sending';

-- name: put_back
UPDATE cs.outbox
SET state = 'queued', attempt = greatest(attempt - 1, 0), next_at = clock_timestamp() + $3::interval
WHERE outbox_id = $1 AND fence = $2 AND state = 'sending';

-- name: mark_dead
UPDATE cs.outbox SET state = 'dead', why = $3 WHERE outbox_id = $1 AND fence = $2 AND state = 'sending';

-- name: unsent
SELECT count(*) AS n FROM cs.outbox WHERE chat = $1 AND state IN ('queued', 'sending');

-- name: thread_link
SELECT event_id, run_id FROM cs.thread_link WHERE chat = $1 AND channel = $2 AND thread = $3;

-- name: link_thread
INSERT INTO cs.thread_link AS t (chat, channel, thread, event_id, run_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (chat, channel, thread) DO UPDATE
SET event_id = excluded.event_id, run_id = greatest(t.run_id, excluded.run_id);
