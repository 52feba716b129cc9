-- The definition of each constraint, trigger, rule and row security policy of the schema.
CREATE OR REPLACE FUNCTION domainflow._describe_constraint()
RETURNS TABLE (classid oid, objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET standard_conforming_strings = on
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC'
AS $$
    SELECT 'pg_constraint'::regclass, k.oid, format('%s, validated %s', pg_get_constraintdef(k.oid), k.convalidated)
      FROM pg_constraint AS k
     WHERE k.connamespace = to_regnamespace('domainflow') AND k.contype <> 'n' AND k.conparentid = 0
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, format('%s, enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM pg_trigger AS t
      JOIN pg_class AS c ON c.oid = t.tgrelid
     WHERE c.relnamespace = to_regnamespace('domainflow') AND NOT t.tgisinternal
    UNION ALL
    SELECT 'pg_rewrite'::regclass, w.oid, format('%s, enabled %s', pg_get_ruledef(w.oid), w.ev_enabled)
      FROM pg_rewrite AS w
      JOIN pg_class AS c ON c.oid = w.ev_class
     WHERE c.relnamespace = to_regnamespace('domainflow') AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid,
           format('for %s permissive %s to %s using %s check %s', p.polcmd, p.polpermissive,
                  (SELECT string_agg(COALESCE(o.rolname, 'public'), ', ' ORDER BY o.rolname)
                     FROM unnest(p.polroles) AS r(oid) LEFT JOIN pg_roles AS o ON o.oid = r.oid),
                  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
      FROM pg_policy AS p
      JOIN pg_class AS c ON c.oid = p.polrelid
     WHERE c.relnamespace = to_regnamespace('domainflow')
$$;

COMMENT ON FUNCTION domainflow._describe_constraint() IS 'Definitions of constraints, triggers, rules and row security policies.';
REVOKE ALL ON FUNCTION domainflow._describe_constraint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_constraint()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
