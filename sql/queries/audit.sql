-- name: add_audit
INSERT INTO cs.audit (actor, kind, ref, correlation_id, body) VALUES ($1, $2, $3, $4::uuid, $5::jsonb);

-- name: audit_of_correlation
SELECT actor, kind, ref, correlation_id, body, at FROM cs.audit WHERE correlation_id = $1::uuid ORDER BY at, audit_id;

-- name: seal_audit
SELECT cs.seal_audit() AS sealed;

-- name: verify_audit
SELECT seal_no, problem FROM cs.verify_audit();
