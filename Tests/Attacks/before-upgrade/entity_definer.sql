-- A deployer of 0.3.5 could create in schema domainflow: a definer with the name of an entity's function, for the new owner to run.
-- from: 0.3.5
-- as: climate_owner
-- expect: DF302
CREATE FUNCTION domainflow.atomic_update_attack_state(p_sql text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    EXECUTE p_sql;
    RETURN current_user;
END $$;
GRANT EXECUTE ON FUNCTION domainflow.atomic_update_attack_state TO PUBLIC;
