-- What has to be true of the data at every moment, asked of a database in production. Every statement reads only, takes
-- nothing, and answers with up to five examples and the number of all violations; no row: the invariant holds.
--
-- What is read, and how long that takes with a million finished runs and all in memory on two cores:
--   I2   every event against every decision, both by their primary keys; the queue is small              1 s
--   I4   the index of run keys; all decisions                                                            3 s
--   I5   all runs, approvals and attempts                                                                4 s
--   I8   all runs, approvals and votes                                                                   6 s
--   I10  all runs, approvals and votes; open questions by approval_pending and approval_unused           2 s
--   I14  what is under way or unknown by run_by_state, however much is finished                          at once
--   I17  the whole sealed record, which is hashed again                                   6 s for a million rows

-- An event has a row in the queue exactly while it is undecided; a dead letter that was retried is no excuse.
-- name: invariant_i2
WITH broken (event_id, what) AS (
  SELECT e.event_id, 'is neither queued nor decided nor a dead letter'
  FROM cs.event e
  WHERE NOT EXISTS (SELECT FROM cs.decision d WHERE d.received_at = e.received_at AND d.event_id = e.event_id)
    AND NOT EXISTS (SELECT FROM cs.event_queue q WHERE q.event_id = e.event_id)
    AND NOT EXISTS (SELECT FROM cs.dead_letter l WHERE l.kind = 'event' AND l.ref = 'event:' || e.event_id
                        AND l.resolved_as IS DISTINCT FROM 'retried')
  UNION ALL
  SELECT q.event_id, 'is queued, but decided already' FROM cs.event_queue q
  WHERE EXISTS (SELECT FROM cs.decision d WHERE d.received_at = q.received_at AND d.event_id = q.event_id)
  UNION ALL
  SELECT q.event_id, 'is queued, but the event itself is gone' FROM cs.event_queue q
  WHERE NOT EXISTS (SELECT FROM cs.event e WHERE e.received_at = q.received_at AND e.event_id = q.event_id))
SELECT format('E%s %s', event_id, what) AS example, count(*) OVER () AS violations
FROM broken ORDER BY event_id LIMIT 5;

-- By the key itself, and by what the key is made of as the decisions noted it: a window lets one event pass.
-- name: invariant_i4
WITH broken (first, last, how) AS (
  SELECT min(r.run_id), max(r.run_id), 'have one run key'
  FROM cs.run r
  WHERE r.run_key IN (SELECT run_key FROM cs.run GROUP BY run_key HAVING count(*) > 1)
  GROUP BY r.run_key
  UNION ALL
  SELECT min(run_id), max(run_id), 'were made in one window of ' || rule
  FROM cs.decision
  WHERE verdict IN ('run_created', 'dry_run', 'flapping') AND detail ? 'window'
  GROUP BY rule, detail #>> '{window,key}', detail #>> '{window,number}' HAVING count(*) > 1)
SELECT format('R%s and R%s %s', first, last, how) AS example, count(*) OVER () AS violations
FROM broken ORDER BY first LIMIT 5;

-- The run's own counters, and what they count: approvals that were given, standing ones that were used, and intents. One that
-- provably did nothing is no start; who may do without approval (another plan of the run could) is not counted.
-- name: invariant_i5
WITH asked AS (
  SELECT run_id, count(*) AS plans, count(usable_until) AS granted, count(*) FILTER (WHERE state = 'consumed') AS used
  FROM cs.approval GROUP BY run_id),
lent AS (
  SELECT run_id, count(*) AS uses FROM cs.standing_use GROUP BY run_id),
acted AS (
  SELECT run_id, count(*) FILTER (WHERE phase = 'intent') - count(*) FILTER (WHERE outcome = 'not_applied') AS starts
  FROM cs.attempt GROUP BY run_id),
broken AS (
  SELECT r.run_id, CASE
      WHEN r.starts > r.granted THEN format('started %s times, granted %s times', r.starts, r.granted)
      WHEN r.granted > coalesce(asked.granted, 0) + coalesce(lent.uses, 0)
        THEN format('counts %s grants, people gave %s', r.granted, coalesce(asked.granted, 0) + coalesce(lent.uses, 0))
      WHEN asked.plans = r.plan_no AND acted.starts > asked.used
        THEN format('began %s times on %s used approvals', acted.starts, asked.used)
    END AS what
  FROM cs.run r LEFT JOIN asked USING (run_id) LEFT JOIN lent USING (run_id) LEFT JOIN acted USING (run_id)
  WHERE r.effect = 'once' AND r.needs_approval
  UNION ALL
  SELECT a.run_id, format('granted S%s, which counts %s uses and has %s', s.standing_id, s.used, count(u.run_id))
  FROM cs.standing_approval s JOIN cs.approval a USING (approval_id) LEFT JOIN cs.standing_use u USING (standing_id)
  WHERE s.state <> 'void' GROUP BY a.run_id, s.standing_id HAVING s.used <> count(u.run_id))
SELECT format('R%s %s', run_id, what) AS example, count(*) OVER () AS violations
FROM broken WHERE what IS NOT NULL ORDER BY run_id LIMIT 5;

-- The voters stand twice: in the approval, and as votes that counted and were not taken back. Whether they held the role
-- is judged at the vote and at the start; the database cannot know it. Nor can it know the consent to a start that it has
-- forgotten and a journal has recalled.
-- name: invariant_i8
WITH yes AS (
  SELECT v.approval_id, v.voter
  FROM cs.vote v JOIN cs.approval a USING (approval_id)
  WHERE a.state IN ('approved', 'consumed') AND v.counted AND coalesce(v.plan_hash, a.plan_hash) = a.plan_hash
  GROUP BY v.approval_id, v.voter
  HAVING sum(CASE v.choice WHEN 'approve' THEN 1 WHEN 'retract' THEN -1 ELSE 0 END) > 0),
voted AS (
  SELECT approval_id, array_agg(voter) AS voters FROM yes GROUP BY approval_id),
approved AS (
  SELECT a.*, voters,
         least((SELECT count(DISTINCT p) FROM unnest(a.approvers) p), coalesce(cardinality(voters), 0)) AS people
  FROM cs.approval a LEFT JOIN voted USING (approval_id)
  WHERE a.state IN ('approved', 'consumed')),
broken (run_id, what) AS (
  SELECT run_id, CASE
      WHEN broken_glass AND NOT EXISTS (SELECT FROM cs.review v WHERE v.approval_id = approved.approval_id)
        THEN format('plan %s was started by one person alone, and nobody is to look at it', plan_no)
      WHEN broken_glass THEN NULL
      WHEN people < quorum THEN format('plan %s was approved by %s of the %s people it needs', plan_no, people, quorum)
      WHEN four_eyes AND (approvers || voters) && (editors || requester)
        THEN format('plan %s was approved by who asked for it', plan_no)
    END
  FROM approved
  UNION ALL
  SELECT r.run_id, format('plan %s started without an approval of it', r.plan_no)
  FROM cs.run r LEFT JOIN cs.approval a
    ON a.approval_id = r.approval_id AND a.run_id = r.run_id AND a.plan_hash = r.plan_hash AND a.usable_until IS NOT NULL
  WHERE r.needs_approval AND a.approval_id IS NULL
    AND NOT EXISTS (SELECT FROM cs.standing_use u WHERE u.run_id = r.run_id AND u.plan_no = r.plan_no)
    AND NOT EXISTS (SELECT FROM cs.recalled c WHERE c.run_id = r.run_id)
    AND (r.state IN ('executing', 'unknown', 'succeeded', 'dead')
         OR r.state = 'failed' AND EXISTS (SELECT FROM cs.attempt i WHERE i.run_id = r.run_id AND i.fence = r.fence)))
SELECT format('R%s %s', run_id, what) AS example, count(*) OVER () AS violations
FROM broken WHERE what IS NOT NULL ORDER BY run_id LIMIT 5;

-- Which answers each state of a run can have; one deny ends a question and nothing else denies it; only the question about
-- the current plan is open.
-- name: invariant_i10
WITH agree (state, answers) AS (VALUES
  ('planned',           '{void,consumed}'::text[]),
  ('awaiting_approval', '{pending}'),
  ('ready',             '{approved,consumed}'),
  ('claimed',           '{approved,consumed}'),
  ('executing',         '{consumed}'),
  ('succeeded',         '{void,consumed}'),
  ('failed',            '{void,consumed}'),
  ('unknown',           '{void,consumed}'),
  ('denied',            '{denied}'),
  ('expired',           '{expired}'),
  ('cancelled',         '{cancelled,void,consumed}'),
  ('held',              '{void,consumed}'),
  ('dead',              '{consumed}'),
  ('dry_run',           '{}')),
denied AS (
  SELECT approval_id, count(*) AS votes FROM cs.vote WHERE choice = 'deny' AND counted GROUP BY approval_id),
broken (run_id, what) AS (
  SELECT r.run_id, format('is %s, its approval %s', r.state, a.state)
  FROM cs.run r JOIN agree USING (state) JOIN cs.approval a ON a.approval_id = r.approval_id
  WHERE a.run_id <> r.run_id OR NOT a.state = ANY (agree.answers)
  UNION ALL
  SELECT run_id, format('is %s, and nobody was asked', state)
  FROM cs.run
  WHERE approval_id IS NULL
    AND (state IN ('awaiting_approval', 'denied', 'expired') OR needs_approval AND standing_id IS NULL AND state IN ('ready', 'claimed'))
  UNION ALL
  SELECT a.run_id, format('has another plan, and the approval of plan %s is still %s', a.plan_no, a.state)
  FROM cs.approval a JOIN cs.run r USING (run_id)
  WHERE a.state IN ('pending', 'approved') AND r.approval_id IS DISTINCT FROM a.approval_id
  UNION ALL
  SELECT a.run_id, format('plan %s is %s with %s votes against it', a.plan_no, a.state, coalesce(denied.votes, 0))
  FROM cs.approval a LEFT JOIN denied USING (approval_id)
  WHERE coalesce(denied.votes, 0) <> (a.state = 'denied')::int)
SELECT format('R%s %s', run_id, what) AS example, count(*) OVER () AS violations
FROM broken ORDER BY run_id LIMIT 5;

-- By the plans themselves, and by the table that keeps others away from their targets.
-- name: invariant_i14
WITH busy AS (
  SELECT r.run_id, t.target
  FROM cs.run r CROSS JOIN LATERAL (
    SELECT json_array_elements_text(r.plan -> 'targets') AS target
    UNION
    SELECT unnest(string_to_array(r.target_key, ',')) WHERE r.plan IS NULL) t
  WHERE r.effect <> 'read' AND r.state IN ('executing', 'unknown') AND t.target IS NOT NULL),
broken (run_id, what) AS (
  SELECT min(run_id), format('R%s are at work on %s', string_agg(run_id::text, ', R' ORDER BY run_id), target)
  FROM busy GROUP BY target HAVING count(*) > 1
  UNION ALL
  SELECT run_id, format('R%s is at work on %s, which is not kept from others', run_id, target)
  FROM busy
  WHERE NOT EXISTS (SELECT FROM cs.busy_target b WHERE b.target = busy.target)
  UNION ALL
  SELECT b.run_id, format('R%s keeps others from %s and is not at work on it', b.run_id, b.target)
  FROM cs.busy_target b
  WHERE NOT EXISTS (SELECT FROM busy WHERE busy.run_id = b.run_id AND busy.target = b.target))
SELECT what AS example, count(*) OVER () AS violations FROM broken ORDER BY run_id LIMIT 5;

-- name: invariant_i17
SELECT format('seal %s: %s', seal_no, problem) AS example, count(*) OVER () AS violations
FROM cs.verify_audit() ORDER BY seal_no LIMIT 5;
