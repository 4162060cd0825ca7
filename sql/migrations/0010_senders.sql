-- One replica at a time speaks in each chat: what was sent is known by its holder, so that a message needs no lease of its
-- own. A term is one holder's uninterrupted time; whoever takes over looks first for what its predecessor may have posted.

CREATE TABLE cs.chat_sender (
  chat        text PRIMARY KEY,
  replica     text NOT NULL,
  term        bigint NOT NULL,
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);
