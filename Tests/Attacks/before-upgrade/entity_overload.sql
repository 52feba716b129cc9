-- A deployer of 0.3.5 made an overload of a function that others call, with a name that entities' functions have.
-- from: 0.3.5
-- as: climate_owner
-- expect: installs
CREATE FUNCTION domainflow.atomic_update_entity_state(text, varchar, integer, jsonb, jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'ALTER ROLE climate_owner SUPERUSER';
    RETURN current_user;
END $$;
GRANT EXECUTE ON FUNCTION domainflow.atomic_update_entity_state(text, varchar, integer, jsonb, jsonb) TO PUBLIC;
COMMENT ON FUNCTION domainflow.atomic_update_entity_state(text, varchar, integer, jsonb, jsonb) IS 'run-time: attack';
CREATE TABLE pg_temp.t (id bigint PRIMARY KEY, n int);
UPDATE domainflow.managed_entity SET key_type = 'bigint) RETURNS int LANGUAGE sql AS ''SELECT 1''; ALTER ROLE climate_owner SUPERUSER; --';
