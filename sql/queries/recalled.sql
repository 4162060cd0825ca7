-- What journals told and the database did not know (I18).

-- Which of these starts it knows neither as an attempt nor as recalled before. A run that was lost and has come back under
-- its key, because its event was delivered again, has not been recalled yet.
-- name: forgotten_starts
SELECT j.place
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS j (run_key, nonce, place) LEFT JOIN cs.run r ON r.run_key = decode(j.run_key, 'hex')
WHERE NOT EXISTS (SELECT FROM cs.attempt a WHERE a.run_id = r.run_id AND a.nonce = j.nonce AND a.phase = 'intent')
  AND NOT EXISTS (SELECT FROM cs.recalled c WHERE c.nonce = j.nonce AND (c.run_id IS NOT NULL OR r.run_id IS NULL))
ORDER BY j.place;

-- name: note_recalled
INSERT INTO cs.recalled (nonce, run_id, verdict, replica, body) VALUES ($1, $2, $3, $4, $5::jsonb)
ON CONFLICT (nonce) DO UPDATE SET run_id = excluded.run_id, verdict = excluded.verdict;
