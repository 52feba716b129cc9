-- Gives a new partition what PostgreSQL does not copy from its parent: who may read it, and the triggers that refuse TRUNCATE.
--
-- Row triggers come with ATTACH, constraints and indexes with LIKE. Rights to write stay with the parent: a row that is written through
-- it gets its time and transaction from defaults, and only the columns that a role may set.
CREATE OR REPLACE FUNCTION domainflow._guard_partition(p_parent regclass, p_partition regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_grant record;
    v_trigger record;
BEGIN
    FOR v_grant IN
        SELECT a.grantee
          FROM pg_class AS c, aclexplode(c.relacl) AS a
         WHERE c.oid = p_parent
           AND a.grantee <> c.relowner
           AND a.grantee <> 0
           AND a.privilege_type = 'SELECT'
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', p_partition, pg_get_userbyid(v_grant.grantee));
    END LOOP;
    FOR v_trigger IN
        SELECT t.tgname
          FROM pg_trigger AS t
         WHERE t.tgrelid = p_parent
           AND t.tgfoid = 'domainflow._refuse_change()'::regprocedure
           AND (t.tgtype & 32) <> 0  -- TRUNCATE
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change()',
                       v_trigger.tgname, p_partition);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', p_partition, v_trigger.tgname);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._guard_partition(regclass, regclass)
IS 'Copies SELECT grants and TRUNCATE triggers from a partitioned table to its new partition.';
REVOKE ALL ON FUNCTION domainflow._guard_partition(regclass, regclass) FROM PUBLIC;
