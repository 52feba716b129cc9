-- Names the database whose transaction ids the log gets: system identifier of the cluster and OID of the database.
--
-- A dump that is restored elsewhere has another one: there, stored transaction ids and snapshots mean nothing. Physical
-- copies keep theirs.
CREATE OR REPLACE FUNCTION domainflow._audit_system()
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s/%s', c.system_identifier, d.oid)
      FROM pg_control_system() AS c, pg_database AS d
     WHERE d.datname = current_database()
$$;

COMMENT ON FUNCTION domainflow._audit_system() IS 'System identifier of the cluster and OID of the database.';
REVOKE ALL ON FUNCTION domainflow._audit_system() FROM PUBLIC;
