-- Additive. People's second factors: the secret, sealed under a key that is not in here, and what is remembered about the codes.
CREATE TABLE cs.step_up (
  person       text PRIMARY KEY,
  name         text NOT NULL,
  sealed       text NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  confirmed_at timestamptz,
  last_step    bigint NOT NULL DEFAULT 0,   -- of the latest code that counted
  failures     int NOT NULL DEFAULT 0 CHECK (failures >= 0),
  locked_until timestamptz
);

-- A sealed message is needed until it was sent or given up. It is emptied in the same moment, by whatever program, in whatever way;
-- what remains are the words that stand outside of the seal.
CREATE FUNCTION cs.forget_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.message := (NEW.message::jsonb - 'sealed')::json;
  RETURN NEW;
END $$;
CREATE TRIGGER outbox_forgets BEFORE UPDATE OF state ON cs.outbox FOR EACH ROW
WHEN (NEW.op = 'tell' AND NEW.state NOT IN ('queued', 'sending') AND (NEW.message -> 'sealed') IS NOT NULL)
EXECUTE FUNCTION cs.forget_sealed();
