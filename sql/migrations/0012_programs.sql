-- Additive. Programs of several versions on one database: what each replica knows, and which migrations leave older programs behind.
ALTER TABLE cs.replica ADD COLUMN knows int NOT NULL DEFAULT 0;  -- the newest migration in the program; 0: it does not say
ALTER TABLE cs.schema_version ADD COLUMN leaves_behind boolean NOT NULL DEFAULT false;
