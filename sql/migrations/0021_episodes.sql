-- Episodes of alerts, those that flap, windows by the time of receipt, and a limit for new keys (T20, T21).

ALTER TABLE cs.alert_series
  ADD COLUMN began_by bigint NOT NULL DEFAULT 0,           -- the event that began the episode
  ADD COLUMN changes  timestamptz[] NOT NULL DEFAULT '{}', -- when it changed, by receipt, newest first; at most 32
  ADD COLUMN seen_at  timestamptz NOT NULL DEFAULT clock_timestamp();  -- to the hour: what nobody speaks of is trimmed

-- A series that changes too often: some rules' runs for it are held, and one message for each channel tells of it.
CREATE TABLE cs.flapping (
  source   text NOT NULL,
  series   text NOT NULL,
  since    timestamptz NOT NULL,        -- the first of the changes that were too many
  status   text NOT NULL,
  changes  bigint NOT NULL,             -- since then
  event_id bigint NOT NULL,             -- of the latest change
  within   interval NOT NULL,           -- so long it has to be quiet
  calm_at  timestamptz NOT NULL,        -- over, if it does not change before
  rules    text[] NOT NULL,
  held     bigint[] NOT NULL DEFAULT '{}',
  posts    json NOT NULL DEFAULT '[]',
  PRIMARY KEY (source, series)
);
CREATE INDEX flapping_due ON cs.flapping (calm_at);

-- What the program reads: numbers as texts where they are a list, a length of time in microseconds.
CREATE VIEW cs.flapping_row AS
SELECT source, series, since, status, changes, event_id, (extract(epoch FROM within) * 1000000)::bigint AS within_us, calm_at,
       held::text[] AS held, posts
FROM cs.flapping;

-- How many keys of a source were new in a minute, by receipt.
CREATE TABLE cs.key_rate (
  source text PRIMARY KEY,
  minute timestamptz NOT NULL,
  keys   bigint NOT NULL
) WITH (fillfactor = 50);

-- Which new key of its minute this is. Counts to one more than the limit, once; null after that.
CREATE FUNCTION cs.count_new_key(p_source text, p_at timestamptz, p_limit bigint) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO cs.key_rate AS r (source, minute, keys) VALUES (p_source, date_trunc('minute', p_at), 1)
  ON CONFLICT (source) DO UPDATE
  SET minute = greatest(r.minute, excluded.minute), keys = CASE WHEN r.minute < excluded.minute THEN 1 ELSE r.keys + 1 END
  WHERE r.minute < excluded.minute OR r.keys <= p_limit
  RETURNING keys
$$;

-- What an event does to its series. p_starts is when the sender says that the alert began: compared with its own times only.
-- A later beginning is a new episode also where the resolve was never heard. The first episode of a row has the number of
-- its event, so that a series that was trimmed and comes back does not meet the runs it had before.
CREATE FUNCTION cs.observe_series(p_source text, p_series text, p_status text, p_starts timestamptz, p_at timestamptz, p_event bigint,
                                  p_limit bigint, OUT turn text, OUT episode bigint, OUT began_by bigint,
                                  OUT changes timestamptz[], OUT flapping text[], OUT new_keys bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  s cs.alert_series;
BEGIN
  flapping := '{}';
  changes := '{}';
  SELECT * INTO s FROM cs.alert_series a WHERE a.source = p_source AND a.series = p_series FOR UPDATE;
  IF NOT FOUND THEN
    turn := 'unknown';
    IF p_status = 'resolved' THEN RETURN; END IF;
    turn := 'refused';
    new_keys := cs.count_new_key(p_source, p_at, p_limit);
    IF new_keys > p_limit OR new_keys IS NULL THEN RETURN; END IF;
    INSERT INTO cs.alert_series (source, series, status, episode, starts_at, began_by, changes)
    VALUES (p_source, p_series, 'firing', p_event, p_starts, p_event, ARRAY[p_at]) ON CONFLICT DO NOTHING;
    turn := 'began';
    IF FOUND THEN
      episode := p_event;
      began_by := p_event;
      changes := ARRAY[p_at];
      RETURN;
    END IF;
    SELECT * INTO s FROM cs.alert_series a WHERE a.source = p_source AND a.series = p_series FOR UPDATE;
  END IF;

  turn := CASE
    WHEN p_starts < s.starts_at THEN 'late'
    WHEN p_status = 'resolved' THEN CASE s.status WHEN 'firing' THEN 'ended' ELSE 'repeat' END
    WHEN s.status = 'resolved' OR p_starts > s.starts_at THEN 'began'
    ELSE 'repeat' END;
  IF turn = 'began' THEN
    s.episode := s.episode + 1;
    s.began_by := p_event;
    s.starts_at := p_starts;
  END IF;
  IF turn IN ('began', 'ended') THEN
    s.changes := (greatest(p_at, s.changes[1]) || s.changes)[1:32];
    UPDATE cs.alert_series a
    SET status = p_status, episode = s.episode, began_by = s.began_by, starts_at = s.starts_at, changes = s.changes,
        changed_at = clock_timestamp(), seen_at = clock_timestamp()
    WHERE a.source = p_source AND a.series = p_series;
    UPDATE cs.flapping f
    SET status = p_status, changes = f.changes + 1, event_id = p_event, calm_at = s.changes[1] + f.within
    WHERE f.source = p_source AND f.series = p_series
    RETURNING f.rules INTO flapping;
  ELSE
    UPDATE cs.alert_series a SET seen_at = clock_timestamp()
    WHERE a.source = p_source AND a.series = p_series AND a.seen_at < clock_timestamp() - interval '1 hour';
    SELECT f.rules INTO flapping FROM cs.flapping f WHERE f.source = p_source AND f.series = p_series;
  END IF;
  flapping := coalesce(flapping, '{}');
  episode := s.episode;
  began_by := s.began_by;
  changes := s.changes;
END $$;

-- One event meets a rule's window, at the time at which it was received: the same answer whenever it is decided, and however
-- often. A sliding window passes once after its cap, so a storm cannot silence it for ever. Which it is in its window:
-- the one that opened it is the first. The first number is that of the event, as in a series. No number: refused.
CREATE FUNCTION cs.meet_window(p_rule text, p_key bytea, p_mode text, p_length interval, p_cap interval, p_event bigint,
                               p_at timestamptz, p_source text, p_limit bigint,
                               OUT passed boolean, OUT number bigint, OUT opened_by bigint, OUT place bigint,
                               OUT open_until timestamptz, OUT new_keys bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  w     cs.dedup_window;
  opens timestamptz := CASE p_mode WHEN 'tumbling' THEN date_bin(p_length, p_at, 'epoch') ELSE p_at END;
BEGIN
  SELECT * INTO w FROM cs.dedup_window d WHERE d.rule = p_rule AND d.key = p_key FOR UPDATE;
  IF NOT FOUND THEN
    passed := false;
    new_keys := cs.count_new_key(p_source, p_at, p_limit);
    IF new_keys > p_limit OR new_keys IS NULL THEN RETURN; END IF;
    INSERT INTO cs.dedup_window (rule, key, number, opened_at, open_until, opened_by)
    VALUES (p_rule, p_key, p_event - 1, '-infinity', '-infinity', p_event) ON CONFLICT DO NOTHING;
    SELECT * INTO w FROM cs.dedup_window d WHERE d.rule = p_rule AND d.key = p_key FOR UPDATE;
  END IF;
  passed := p_at >= w.open_until OR (p_mode = 'sliding' AND p_at >= w.opened_at + p_cap);
  IF passed THEN
    w.number := w.number + 1;
    w.opened_by := p_event;
    w.opened_at := opens;
    w.open_until := opens + p_length;
    w.suppressed := 0;
  ELSE
    w.suppressed := w.suppressed + 1;
    IF p_mode = 'sliding' THEN w.open_until := greatest(w.open_until, opens + p_length); END IF;
  END IF;
  UPDATE cs.dedup_window d
  SET number = w.number, opened_by = w.opened_by, opened_at = w.opened_at, open_until = w.open_until, suppressed = w.suppressed
  WHERE d.rule = p_rule AND d.key = p_key;
  number := w.number;
  opened_by := w.opened_by;
  place := w.suppressed + 1;
  open_until := w.open_until;
END $$;
