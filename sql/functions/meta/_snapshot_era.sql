-- Cluster and timeline, as in 7301234567890123456.00000001: transaction ids of one era say nothing about those of
-- another.
--
-- A dump that is restored elsewhere, a recovery to a point in time and a promotion each begin an era: transaction ids
-- may be given out again. DF405 on a standby: its snapshots may leave out what runs on the primary.
CREATE OR REPLACE FUNCTION domainflow._snapshot_era()
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = 'a cursor cannot be taken on a standby',
            DETAIL = 'Its snapshots may leave out transactions that are running on the primary.',
            HINT = 'Call it on the primary.';
    END IF;
    RETURN format('%s.%s', (SELECT c.system_identifier FROM pg_control_system() AS c),
                  left(pg_walfile_name(pg_current_wal_insert_lsn()), 8));
END
$$;

COMMENT ON FUNCTION domainflow._snapshot_era() IS 'Cluster and timeline, within which transaction ids can be compared.';
REVOKE ALL ON FUNCTION domainflow._snapshot_era() FROM PUBLIC;
