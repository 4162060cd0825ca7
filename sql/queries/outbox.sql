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

-- name: sender_of
SELECT replica, term, lease_until > clock_timestamp() AS held FROM cs.chat_sender WHERE chat = $1;

-- One's own term goes on, also after a pause, unless somebody else had the chat meanwhile; anybody else's has to have
-- ended. An earlier life of the same replica is over.
-- name: hold_sender
INSERT INTO cs.chat_sender AS s (chat, replica, term, lease_until) VALUES ($1, $2, 1, clock_timestamp() + $4::interval)
ON CONFLICT (chat) DO UPDATE
SET replica = $2, lease_until = clock_timestamp() + $4::interval,
    term = CASE WHEN s.term = $3 AND s.replica = $2 THEN s.term ELSE s.term + 1 END,
    since = CASE WHEN s.term = $3 AND s.replica = $2 THEN s.since ELSE clock_timestamp() END
WHERE s.replica = $2 OR s.lease_until <= clock_timestamp()
RETURNING term, since;

-- name: release_sender
UPDATE cs.chat_sender SET lease_until = clock_timestamp() WHERE chat = $1 AND term = $2;

-- The head of each lane, if it is due. Where the platform has named things since, its names replace ours.
-- name: due_messages
SELECT o.outbox_id, o.client_id, o.op, o.chat, coalesce(t.remote_channel, o.channel) AS channel,
       CASE WHEN o.thread = '' THEN coalesce(t.remote_thread, '') ELSE o.thread END AS thread,
       CASE WHEN o.message_id = '' THEN coalesce(t.remote_id, '') ELSE o.message_id END AS message_id,
       o.person, o.message, o.target, o.lane, o.about, o.correlation_id, o.approval_id, o.run_id, o.priority, o.mirror, o.attempt,
       o.created_at
FROM cs.outbox o LEFT JOIN cs.outbox t ON t.client_id = o.target
WHERE o.chat = $1 AND o.state IN ('queued', 'sending') AND o.next_at <= clock_timestamp()
  AND NOT EXISTS (SELECT FROM cs.outbox b
                  WHERE b.chat = o.chat AND b.lane = o.lane AND b.state IN ('queued', 'sending')
                    AND b.outbox_id < o.outbox_id)
  AND coalesce(t.state NOT IN ('queued', 'sending'), true)
  AND NOT (o.op = 'post' AND o.channel = ANY ($3::text[])) AND NOT o.op = ANY ($4::text[])
-- Questions and answers take turns, so that neither a flood of commands buries a question (T44) nor a storm of alerts an answer.
ORDER BY o.priority = 2, row_number() OVER (PARTITION BY o.priority ORDER BY o.outbox_id), o.priority LIMIT $2;

-- The outcome of a message counts only from whoever holds the chat.
-- name: mark_sent
UPDATE cs.outbox o
SET state = 'sent', remote_id = nullif($3, ''), remote_channel = nullif($4, ''), remote_thread = nullif($5, ''),
    sent_at = clock_timestamp(), why = NULL
WHERE o.outbox_id = $1 AND o.state IN ('queued', 'sending')
  AND EXISTS (SELECT FROM cs.chat_sender s WHERE s.chat = o.chat AND s.term = $2);

-- name: retry_later
UPDATE cs.outbox o
SET state = 'queued', attempt = o.attempt + 1, next_at = clock_timestamp() + $3::interval, why = $4
WHERE o.outbox_id = $1 AND o.state IN ('queued', 'sending')
  AND EXISTS (SELECT FROM cs.chat_sender s WHERE s.chat = o.chat AND s.term = $2);

-- name: postpone_message
UPDATE cs.outbox o SET state = 'queued', next_at = clock_timestamp() + $3::interval
WHERE o.outbox_id = $1 AND o.state IN ('queued', 'sending')
  AND EXISTS (SELECT FROM cs.chat_sender s WHERE s.chat = o.chat AND s.term = $2);

-- name: mark_dead
UPDATE cs.outbox o SET state = 'dead', why = $3, attempt = o.attempt + 1
WHERE o.outbox_id = $1 AND o.state IN ('queued', 'sending')
  AND EXISTS (SELECT FROM cs.chat_sender s WHERE s.chat = o.chat AND s.term = $2);

-- name: has_message
SELECT EXISTS (SELECT FROM cs.outbox WHERE client_id = $1) AS there;

-- name: unsent
SELECT count(*) AS n FROM cs.outbox WHERE chat = $1 AND state IN ('queued', 'sending');

-- name: thread_link
SELECT event_id, run_id FROM cs.thread_link WHERE chat = $1 AND channel = $2 AND thread = $3;

-- name: link_thread
INSERT INTO cs.thread_link AS t (chat, channel, thread, event_id, run_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (chat, channel, thread) DO UPDATE
SET event_id = excluded.event_id, run_id = greatest(t.run_id, excluded.run_id);
