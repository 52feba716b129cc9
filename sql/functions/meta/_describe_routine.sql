-- The definition of each function, procedure and aggregate of the schema: all that CREATE FUNCTION says, body included.
CREATE OR REPLACE FUNCTION domainflow._describe_routine()
RETURNS TABLE (objid oid, definition text)
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
    SELECT f.oid,
           concat_ws(E'\n',
               format('kind %s (%s) returns %s', f.prokind, pg_get_function_arguments(f.oid), pg_get_function_result(f.oid)),
               format('language %s, volatility %s, parallel %s, strict %s, security definer %s, leakproof %s, cost %s, rows %s',
                      l.lanname, f.provolatile, f.proparallel, f.proisstrict, f.prosecdef, f.proleakproof, f.procost, f.prorows),
               (SELECT 'set ' || string_agg(o.opt, ', ' ORDER BY o.opt COLLATE "C") FROM unnest(f.proconfig) AS o(opt)),
               (SELECT format('aggregate %s %s %s %s %s', g.aggtransfn, g.aggfinalfn, g.aggcombinefn,
                              format_type(g.aggtranstype, NULL), g.agginitval)
                  FROM pg_aggregate AS g WHERE g.aggfnoid = f.oid),
               regexp_replace(regexp_replace(pg_get_function_sqlbody(f.oid), '\m[a-z_][a-z0-9_$]*\.', '', 'g'), '\s+', ' ', 'g'),
               f.prosrc)
      FROM pg_proc AS f
      JOIN pg_language AS l ON l.oid = f.prolang
     WHERE f.pronamespace = to_regnamespace('domainflow')
$$;

COMMENT ON FUNCTION domainflow._describe_routine() IS 'Definitions of functions, procedures and aggregates, bodies included.';
REVOKE ALL ON FUNCTION domainflow._describe_routine() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_routine()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
