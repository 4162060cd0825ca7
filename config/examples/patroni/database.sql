-- Once, on the primary, as the superuser: the role and the database that Countersign works with. It owns them and is nothing
-- more; its tables it makes itself.

CREATE ROLE countersign LOGIN PASSWORD 'change-me-countersign';
CREATE DATABASE countersign OWNER countersign;
REVOKE CONNECT ON DATABASE countersign FROM PUBLIC;
