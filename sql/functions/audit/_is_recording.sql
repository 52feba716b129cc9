-- Whether every row that changes in an audited table calls its trigger function, whatever session_replication_role
-- says; null when the table is gone.
CREATE OR REPLACE FUNCTION domainflow._is_recording(p_function text)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT bool_and(EXISTS (
               SELECT FROM pg_trigger AS t
                WHERE t.tgrelid = r.relid AND t.tgfoid = to_regprocedure(format('domainflow_generated.%I()', p_function))
                  -- After INSERT, DELETE and UPDATE, for each row, without a condition.
                  AND t.tgtype = 29 AND t.tgqual IS NULL AND t.tgattr::text = '' AND t.tgenabled = 'A'))
      FROM (SELECT domainflow._find_audited_table(p_function) AS relid
            UNION
            SELECT t.relid FROM pg_partition_tree(domainflow._find_audited_table(p_function)) AS t) AS r
     WHERE r.relid IS NOT NULL
$$;

COMMENT ON FUNCTION domainflow._is_recording(text)
IS 'Whether every change of an audited table calls its trigger function.';
REVOKE ALL ON FUNCTION domainflow._is_recording(text) FROM PUBLIC;
