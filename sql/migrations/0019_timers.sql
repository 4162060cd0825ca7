-- Additive. Where events come from that nobody sends: timers, and sensors.

-- One row for each schedule that a rule has ever named. What a timer did is known by the keys of its events; this only says
-- from where on to look.
CREATE TABLE cs.timer (
  timer   text PRIMARY KEY CHECK (length(timer) = 64),
  since   timestamptz NOT NULL DEFAULT clock_timestamp(),  -- an interval counts from here
  handled timestamptz NOT NULL DEFAULT clock_timestamp()   -- all that was due up to here has been fired or has been missed
);

-- One replica at a time runs a sensor, as one speaks in a chat. A term is one holder's uninterrupted time. The cursor is where a
-- poll goes on; it moves after the events before it are stored, so a crash asks again for what is known.
CREATE TABLE cs.sensor (
  sensor      text PRIMARY KEY,
  replica     text NOT NULL,
  term        bigint NOT NULL,
  lease_until timestamptz NOT NULL,
  cursor      text NOT NULL DEFAULT ''
) WITH (fillfactor = 50);
