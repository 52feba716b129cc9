-- The owner has made the history of migrations, with a trigger on it that would run as the superuser who migrates.
-- expect steps, managed steps: refused
-- expect plain file, managed plain file, extension, trusted extension: installs
CREATE SCHEMA domainflow_migrate;
CREATE TABLE domainflow_migrate.history (project text NOT NULL, rank bigint NOT NULL, id bigint NOT NULL, description text NOT NULL, checksum text NOT NULL, release text,
    applied_by text NOT NULL DEFAULT session_user, applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), duration_ms float8, outcome text NOT NULL,
    parts text NOT NULL DEFAULT '', backend_pid int, backend_start timestamptz, PRIMARY KEY (project, id));
CREATE FUNCTION domainflow_migrate.rise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER ROLE climate_squatter SUPERUSER;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rise BEFORE INSERT ON domainflow_migrate.history FOR EACH ROW EXECUTE FUNCTION domainflow_migrate.rise();
