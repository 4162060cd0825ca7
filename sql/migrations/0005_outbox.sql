-- What the bot has to say, and which event and run a thread is about.

CREATE TABLE cs.outbox (
  outbox_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id      text NOT NULL UNIQUE,
  op             text NOT NULL CHECK (op IN ('post', 'update', 'tell')),
  chat           text NOT NULL,
  channel        text NOT NULL,
  thread         text NOT NULL,
  message_id     text NOT NULL,
  person         text NOT NULL,
  message        json NOT NULL,
  target         text,            -- client_id of the post to change, or whose thread to answer in
  lane           text NOT NULL,
  about          text NOT NULL,
  correlation_id uuid,
  approval_id    bigint,
  run_id         bigint,
  state          text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'dropped', 'dead')),
  attempt        int NOT NULL DEFAULT 0,
  fence          bigint NOT NULL DEFAULT 0,
  next_at        timestamptz NOT NULL DEFAULT clock_timestamp(),  -- while sending: the end of the lease
  why            text,            -- of the last failure
  remote_id      text,            -- what the platform made of it
  remote_channel text,
  remote_thread  text,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at        timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX outbox_unsent ON cs.outbox (chat, lane, outbox_id) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_by_target ON cs.outbox (target) WHERE state = 'queued';

CREATE TABLE cs.thread_link (
  chat     text NOT NULL,
  channel  text NOT NULL,
  thread   text NOT NULL,
  event_id bigint NOT NULL,
  run_id   bigint,
  PRIMARY KEY (chat, channel, thread)
);
