-- What makes the record of one audited table complete: a row for each guard, with what was found where it does not
-- hold.
CREATE OR REPLACE FUNCTION domainflow._audited_table_guards(p_function text)
RETURNS TABLE (guard text, found text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH audited AS (
        SELECT a.made_for, domainflow._find_audited_table(p_function) AS relid,
               to_regprocedure(format('domainflow_generated.%I()', p_function)) AS function
          FROM domainflow.audited_table AS a WHERE a.function_name = p_function
    )
    SELECT g.guard, g.found
      FROM audited AS a
     CROSS JOIN LATERAL (VALUES
            ('there', CASE WHEN a.relid IS NULL THEN 'the table is gone' END),
            ('rows recorded', CASE WHEN domainflow._is_recording(p_function) IS FALSE
                                   THEN 'a trigger is missing, has a condition, or does not fire always' END),
            ('TRUNCATE recorded',
             (SELECT string_agg(r.relid::regclass::text, ', ' ORDER BY r.relid::regclass::text)
                FROM (SELECT a.relid::oid AS relid UNION SELECT t.relid FROM pg_partition_tree(a.relid) AS t) AS r
               WHERE r.relid IS NOT NULL
                 AND NOT EXISTS (SELECT FROM pg_trigger AS t
                                  WHERE t.tgrelid = r.relid AND t.tgtype = 34 AND t.tgenabled = 'A' AND t.tgqual IS NULL
                                    AND t.tgfoid = 'domainflow._record_truncate()'::regprocedure))),
            ('function as made', CASE WHEN NOT COALESCE(domainflow._is_generated(a.function), false)
                                      THEN 'its trigger function is missing or was changed' END),
            ('columns as made', CASE WHEN domainflow._audit_shape(a.relid) <> a.made_for
                                     THEN 'the table was altered: recorded more slowly until maintain() runs' END),
            ('no heirs', (SELECT string_agg(i.inhrelid::regclass::text, ', ' ORDER BY i.inhrelid::regclass::text)
                            FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                           WHERE i.inhparent = a.relid AND NOT c.relispartition))
           ) AS g (guard, found)
$$;

COMMENT ON FUNCTION domainflow._audited_table_guards(text)
IS 'What makes the record of an audited table complete, and what is missing.';
REVOKE ALL ON FUNCTION domainflow._audited_table_guards(text) FROM PUBLIC;
