"""Schemas whose functions, operators and types have the names of PostgreSQL's own, for sessions that search them first.

Each stands in for PostgreSQL's object, does the same, and says so in a WARNING when a function of ours was what called it: whoever owned
that schema would have had its code run there. What the functions of ours use is read from their texts, so new ones are covered.
"""
import os
import re
import subprocess

from private_server import PROJECT

NAMES = "SET search_path = hostile, pg_catalog, public;\n"
TYPES = "SET search_path = hostile_types, pg_catalog, public;\n"
OPTION = "-c search_path=hostile,pg_catalog,public"

# Of the stack, the third function is the one that named what was captured.
CAPTURED = """
CREATE SCHEMA hostile;
CREATE SCHEMA hostile_types;
CREATE FUNCTION hostile.captured(p_what pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_stack text;
    v_calls text[];
BEGIN
    GET DIAGNOSTICS v_stack = PG_CONTEXT;
    v_calls := ARRAY(SELECT l.line FROM regexp_split_to_table(v_stack, E'\\n') WITH ORDINALITY AS l (line, n)
                      WHERE l.line ~ '^(PL/pgSQL|SQL) function ' ORDER BY l.n);
    -- Whoever called it: what runs as the owner of our functions has its rights.
    IF current_user = 'domainflow_definer'
       OR v_calls[CASE WHEN p_what ^@ 'type ' THEN 2 ELSE 3 END] ~ '^(PL/pgSQL function domainflow|SQL function "(_|%(sql)s)")' THEN
        RAISE WARNING 'CAPTURED %% as %% in %%', p_what, current_user, v_calls[CASE WHEN p_what ^@ 'type ' THEN 2 ELSE 3 END];
    END IF;
    RETURN true;
END
$$;
GRANT USAGE ON SCHEMA hostile, hostile_types TO PUBLIC;
"""

TYPES_OF_VALUES = ("text", "name", "int2", "int4", "int8", "float8", "numeric", "bool", "timestamptz", "timestamp", "date", "interval", "jsonb", "uuid",
                   "oid", "regclass", "xid8", "_text", "_int8", "bytea", "anyarray", "anyelement", "anycompatible", "anycompatiblearray", "anynonarray")

# Functions that would mean something else one call deeper, or that a wrapper cannot call.
LEFT_OUT = ("set_config", "pg_get_expr", "format", "count", "min", "max")

WRAPPERS = r"""
SELECT format($f$CREATE FUNCTION hostile.%%I(%%s) RETURNS %%s LANGUAGE plpgsql %%s %%s AS $w$
BEGIN
    PERFORM hostile.captured(%%L);
    RETURN pg_catalog.%%I(%%s);
END $w$;$f$, p.proname, a.types, format_type(p.prorettype, NULL),
              CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END, CASE WHEN p.proisstrict THEN 'STRICT' ELSE '' END,
              'function ' || p.proname, p.proname, a.numbers)
  FROM pg_proc AS p
 CROSS JOIN LATERAL (SELECT COALESCE(string_agg(format_type(t.type, NULL), ', ' ORDER BY t.n), '') AS types,
                            COALESCE(string_agg('$' || t.n, ', ' ORDER BY t.n), '') AS numbers,
                            COALESCE(bool_and(y.typtype <> 'p' OR y.typname ^@ 'any' AND y.typname <> 'any'), true) AS possible
                       FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, n) JOIN pg_type AS y ON y.oid = t.type) AS a
  JOIN pg_type AS r ON r.oid = p.prorettype
 WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0 AND NOT p.proretset AND a.possible
   AND (r.typtype <> 'p' OR r.typname ^@ 'any')
   AND p.proname = ANY ('{%(functions)s}') AND p.proname <> ALL ('{%(left_out)s}')
UNION ALL
SELECT format($f$CREATE FUNCTION hostile.op_%%s_%%s(%%s) RETURNS %%s LANGUAGE plpgsql %%s AS $w$
BEGIN
    PERFORM hostile.captured(%%L);
    RETURN %%s OPERATOR(pg_catalog.%%s) %%s;
END $w$;
CREATE OPERATOR hostile.%%s (%%s RIGHTARG = %%s, FUNCTION = hostile.op_%%s_%%s);$f$,
              o.oid, e.n, concat_ws(', ', l.name, r.name), format_type(CASE o.oprresult WHEN 'anycompatiblearray'::regtype THEN e.array_type ELSE o.oprresult END, NULL),
              CASE WHEN p.proisstrict THEN 'STRICT' ELSE '' END, 'operator ' || o.oprname,
              CASE WHEN l.name IS NULL THEN '' ELSE '$1' END, o.oprname, CASE WHEN l.name IS NULL THEN '$1' ELSE '$2' END,
              o.oprname, 'LEFTARG = ' || l.name || ',', r.name, o.oid, e.n)
  FROM pg_operator AS o
  JOIN pg_proc AS p ON p.oid = o.oprcode
  -- Operators of arrays stand for two kinds of elements: a PL/pgSQL function takes no array of records.
  JOIN (VALUES (0, NULL, NULL), (1, 'text'::regtype, 'text[]'::regtype), (2, 'bigint', 'bigint[]')) AS e (n, element, array_type)
    ON (e.n = 0) = NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid IN (o.oprleft, o.oprright) AND t.typname ^@ 'any')
 CROSS JOIN LATERAL (SELECT format_type(CASE WHEN o.oprleft = 0 THEN NULL WHEN a.typname ~ 'array$' THEN e.array_type
                                             WHEN a.typname ^@ 'any' THEN e.element ELSE o.oprleft END, NULL) AS name
                       FROM (SELECT (SELECT t.typname FROM pg_type AS t WHERE t.oid = o.oprleft) AS typname) AS a) AS l
 CROSS JOIN LATERAL (SELECT format_type(CASE WHEN a.typname ~ 'array$' THEN e.array_type WHEN a.typname ^@ 'any' THEN e.element
                                             ELSE o.oprright END, NULL) AS name
                       FROM pg_type AS a WHERE a.oid = o.oprright) AS r
 WHERE o.oprnamespace = 'pg_catalog'::regnamespace
   AND (o.oprleft = 0 OR o.oprleft IN (SELECT t.oid FROM pg_type AS t WHERE t.typname = ANY ('{%(types)s}')))
   AND o.oprright IN (SELECT t.oid FROM pg_type AS t WHERE t.typname = ANY ('{%(types)s}'))
   -- Rows are compared with the operators of a btree family only.
   AND o.oprresult <> 0 AND o.oprname NOT IN ('<', '>', '<=', '>=')
   AND (%(arithmetic)s OR e.n = 0 AND NOT (o.oprleft IN (20, 21, 23) AND o.oprright IN (20, 21, 23)))
UNION ALL
SELECT format('CREATE DOMAIN hostile_types.%%I AS pg_catalog.%%I CHECK (hostile.captured(%%L))', t.typname, t.typname, 'type ' || t.typname)
  FROM pg_type AS t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typname = ANY ('{%(types)s,job,regprocedure,regrole,regtype}') AND t.typtype = 'b'
   AND t.typname !~ '^_'
\gexec
"""


def texts():
    return [path.read_text() for path in sorted((PROJECT / "sql/functions").glob("*/*.sql"))]


def install(server, database, arithmetic=True):
    """Both schemas, in a database that has DomainFlow. Without arithmetic (of
    integers and arrays) whole tests can run in it: their loops call little else, and untyped literals would take the arrays' operators."""
    functions = sorted(set(re.findall(r"\b([a-z][a-z0-9_]*)\(", "\n".join(texts()))))
    sql = "|".join(sorted({found for text in texts() if re.search(r"LANGUAGE sql\b", text, re.I)
                           for found in re.findall(r"FUNCTION domainflow\.(\w+)", text)}))
    words = {"functions": ",".join(functions), "left_out": ",".join(LEFT_OUT), "types": ",".join(TYPES_OF_VALUES), "sql": sql,
             "arithmetic": arithmetic}
    # Of operators that differ by polymorphic types only, the first one stays.
    server.psql(database, stdin=(CAPTURED + "\\set ON_ERROR_STOP off\n" + WRAPPERS) % words)
    made = int(server.psql(database, "-c", "SELECT count(*) FROM pg_proc WHERE pronamespace = 'hostile'::regnamespace"))
    if made < 150:
        raise RuntimeError(f"only {made} functions and operators were made in schema hostile")


def control(server, database):
    """The traps are there: a function of ours without protection is caught in each way."""
    server.psql(database, stdin="""
        CREATE FUNCTION domainflow.climate_control(p_text pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$
        BEGIN
            RETURN lower(p_text) = '1' AND '{a}'::pg_catalog.text[] <> '{b}' AND (p_text::jsonb) IS NULL;
        END $$;
        GRANT EXECUTE ON FUNCTION domainflow.climate_control TO domainflow_app""")
    said = "".join(session(server, database, "climate_app", path + "SELECT domainflow.climate_control('1')") for path in (NAMES, TYPES))
    server.psql(database, "-c", "DROP FUNCTION domainflow.climate_control")
    missing = [what for what in ("function lower", "operator =", "operator <>", "type jsonb") if f"CAPTURED {what} as climate_app" not in said]
    if missing:
        raise RuntimeError(f"the traps of the hostile schemas do not work: not caught {missing}: {said[-500:]}")


def shadows(server, database):
    """Temporary tables and types with the names of our tables, of the catalogs and of types, for a session that searches them first."""
    tables = server.psql(database, "-c", """
        SELECT DISTINCT c.relname FROM pg_class AS c
         WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
           AND (c.relnamespace = 'domainflow'::regnamespace OR c.relnamespace = 'pg_catalog'::regnamespace AND c.relname ~ '^pg_(class|proc|namespace|type|attribute|roles|auth_members|constraint|index|database|settings)$')
         ORDER BY 1""").splitlines()
    types = ["text", "jsonb", "int4", "int8", "timestamptz", "uuid", "regclass", "name", "interval", "numeric"]
    return ("SET client_min_messages = error;\n" + "".join(f'CREATE TEMP TABLE "{table}" (trap pg_catalog.int4);\n' for table in tables)
            + "".join(f'CREATE DOMAIN pg_temp."{name}" AS pg_catalog."{name}" CHECK (VALUE IS NULL);\n' for name in types)
            + "SET client_min_messages = notice;\nSET search_path = pg_temp, pg_catalog, public;\n")


def session(server, database, user, script):
    """Everything that a login's session says, notices and warnings included."""
    done = subprocess.run([str(getattr(server, "client", "psql")), "-X", "-q", "-A", "-t", "-d", server.database(database, user=user)], input=script,
                          capture_output=True, text=True, errors="replace", env={**os.environ, "PGOPTIONS": ""}, timeout=300, check=False)
    return done.stdout + done.stderr


def captured(said, role=None):
    """What was captured, one line each."""
    return sorted(set(re.findall(r"WARNING:  (CAPTURED .*)", said)))
