-- PL/pgSQL that runs the body of the name that p_variable holds: comparisons that halve the names, so many cost little
-- more than few.
CREATE OR REPLACE FUNCTION domainflow._authz_switch(p_variable text, p_names text [], p_bodies text [], p_else text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN p_names IS NULL THEN p_else
                WHEN cardinality(p_names) <= 4
                THEN (SELECT string_agg(format('%s %s OPERATOR(pg_catalog.=) %L THEN %s', CASE n.place WHEN 1 THEN 'IF' ELSE 'ELSIF' END,
                                               p_variable, n.name, n.body), ' ' ORDER BY n.place)
                        FROM unnest(p_names, p_bodies) WITH ORDINALITY AS n (name, body, place)) || ' ELSE ' || p_else || ' END IF;'
                ELSE format('IF %s COLLATE pg_catalog."C" OPERATOR(pg_catalog.<) %L THEN %s ELSE %s END IF;',
                            p_variable, p_names[cardinality(p_names) / 2 + 1],
                            domainflow._authz_switch(p_variable, p_names[:cardinality(p_names) / 2], p_bodies[:cardinality(p_names) / 2], p_else),
                            domainflow._authz_switch(p_variable, p_names[cardinality(p_names) / 2 + 1:],
                                                     p_bodies[cardinality(p_names) / 2 + 1:], p_else)) END
$$;

COMMENT ON FUNCTION domainflow._authz_switch IS 'PL/pgSQL that runs the body of the name that a variable holds.';
REVOKE ALL ON FUNCTION domainflow._authz_switch FROM PUBLIC;
