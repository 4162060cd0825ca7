-- Additive. Personal tokens: by which a person votes and cancels over HTTP. Only the hash of one is kept (T46).
CREATE TABLE cs.token (
  token_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person       text NOT NULL,         -- key of whose it is
  person_name  text NOT NULL,
  hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  shown        text NOT NULL CHECK (length(shown) <= 8),  -- how it begins, so that people can tell theirs
  note         text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz NOT NULL,
  used_at      timestamptz,           -- to the minute
  revoked_at   timestamptz,
  CHECK (expires_at <= created_at + interval '365 days 1 minute')
);
