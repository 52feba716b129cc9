-- A deployer of 0.3.5 made an overload that a definer function would take for its own.
-- from: 0.3.5
-- as: climate_owner
-- expect: DF302
CREATE FUNCTION domainflow._refuse_decision(text, text, text, text, text, text[], double precision) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ALTER ROLE climate_owner SUPERUSER;
END $$;
GRANT EXECUTE ON FUNCTION domainflow._refuse_decision(text, text, text, text, text, text[], double precision) TO PUBLIC;
