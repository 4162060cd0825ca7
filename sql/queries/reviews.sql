-- Reviews: what break-glass leaves to be looked at by another person.

-- name: open_review
INSERT INTO cs.review (run_id, approval_id, by, name, why) VALUES ($1, $2, $3, $4, $5) RETURNING review_id;

-- name: open_reviews
SELECT * FROM cs.review WHERE closed_at IS NULL ORDER BY review_id LIMIT $1;

-- name: reviews_of_run
SELECT * FROM cs.review WHERE run_id = $1 ORDER BY review_id;

-- name: lock_review
SELECT * FROM cs.review WHERE review_id = $1 FOR UPDATE;

-- name: close_review
UPDATE cs.review SET closed_by = $2, closed_name = $3, remark = $4, closed_at = clock_timestamp()
WHERE review_id = $1 AND closed_at IS NULL;
