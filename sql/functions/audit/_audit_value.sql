-- The expression that makes JSON of a value, so that `->>` gives a text that, cast to the column's type, is the value
-- again.
--
-- Numbers, booleans, times and texts become what one expects. A jsonb that is an object or an array stays one; its
-- scalars become text, or JSON null and SQL null were one. Everything else (arrays, ranges, json, bytea, intervals,
-- floats, users' types) is the text that PostgreSQL prints under fixed settings: JSON knows no NaN, lower bounds, or
-- duplicate keys.
CREATE OR REPLACE FUNCTION domainflow._audit_value(p_kind text, p_value text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE p_kind
               WHEN 'number' THEN format('pg_catalog.to_jsonb(%s)', p_value)
               -- In UTC, without a SET clause: that would cost each row more than all else. What to_char() cannot print is rare.
               WHEN 'instant' THEN format('CASE WHEN %1$s OPERATOR(pg_catalog.>) pg_catalog.to_timestamp(-62135000000) '
                                          'AND %1$s OPERATOR(pg_catalog.<) pg_catalog.to_timestamp(253402000000) '
                                          'THEN pg_catalog.to_jsonb(pg_catalog.to_char(pg_catalog.timezone(''UTC'', %1$s), '
                                          '''YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'')) ELSE pg_catalog.to_jsonb(%1$s) END', p_value)
               WHEN 'json' THEN format('CASE WHEN pg_catalog.jsonb_typeof(%1$s) OPERATOR(pg_catalog.=) ANY (ARRAY[''object'', ''array'']) THEN %1$s '
                                       'ELSE pg_catalog.to_jsonb(%1$s::pg_catalog.text) END', p_value)
               ELSE format('pg_catalog.to_jsonb(%s)', domainflow._audit_printed(p_kind, p_value)) END
$$;

COMMENT ON FUNCTION domainflow._audit_value(text, text) IS 'Expression that makes JSON of a value, without loss.';
REVOKE ALL ON FUNCTION domainflow._audit_value(text, text) FROM PUBLIC;
