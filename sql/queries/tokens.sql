-- Personal tokens, by the hash that alone is kept of them.

-- name: create_token
INSERT INTO cs.token (person, person_name, hash, shown, note, expires_at)
VALUES ($1, $2, decode($3, 'hex'), $4, $5, clock_timestamp() + $6::interval)
RETURNING *;

-- Unknown, expired and revoked ones are not told apart.
-- name: live_token
SELECT *, coalesce(used_at <= clock_timestamp() - interval '1 minute', true) AS note_use
FROM cs.token
WHERE hash = decode($1, 'hex') AND revoked_at IS NULL AND expires_at > clock_timestamp();

-- name: note_token_use
UPDATE cs.token SET used_at = clock_timestamp() WHERE token_id = $1;

-- name: all_tokens
SELECT * FROM cs.token ORDER BY token_id DESC LIMIT $1;

-- name: revoke_token
UPDATE cs.token SET revoked_at = clock_timestamp() WHERE token_id = $1 AND revoked_at IS NULL RETURNING *;
