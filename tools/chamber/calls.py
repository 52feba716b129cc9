"""Calls every public function as a login role that has one documented membership, in a friendly session and in hostile ones.

What a role may call comes from the catalog's ACLs, the functions and their rooms from the catalog and the folders, so that a new
function takes part. Arguments come from its parameters' names and types; a function that none of them satisfies is a difference, which
says that ARGUMENTS needs a line.
"""
import json
import re

from private_server import PROJECT

from . import hostile

ROLES = ["app", "reader", "auditor", "admin", "owner"]

SETUP = (PROJECT / "tools/verify/sample.sql", PROJECT / "tools/chamber/calls.sql")

# By parameter, or function.parameter; SQL that the installer evaluates before the calls. None leaves a default alone.
ARGUMENTS = {
    "p_queue": "'climate'", "p_kind": "'k'", "p_worker": "'w'",
    "p_id": "(SELECT id FROM climate.running)", "p_ids": "ARRAY[(SELECT id FROM climate.running)]",
    "p_token": "(SELECT token FROM climate.running)", "p_tokens": "ARRAY[(SELECT token FROM climate.running)]",
    "p_campaign_id": "'00000000-0000-4000-8000-0000000000c1'",
    "create_campaign.p_campaign_id": "'00000000-0000-4000-8000-0000000000c2'",
    "start_campaign.p_campaign_id": "'00000000-0000-4000-8000-0000000000c3'",
    "process_campaign_job.p_job_id": "(SELECT id FROM climate.campaign_job)", "process_campaign_job.p_token": "(SELECT token FROM climate.campaign_job)",
    "fail_campaign_job.p_job_id": "(SELECT id FROM climate.campaign_job)", "fail_campaign_job.p_token": "(SELECT token FROM climate.campaign_job)",
    "p_pattern": """'{"charset": "abc", "length": 2, "tlds": ["com"]}'""", "p_size": "1", "p_from": "0", "p_count": "2",
    "p_machine": "'sample'", "transition_state.p_machine": "'guarded'", "p_entity_id": "'climate'", "p_to": "'b'", "p_entity_ids": "'{climate}'", "transition_states.p_to": "'{b}'",
    "create_state_instance.p_entity_id": "'climate new'",
    "p_definition": """'{"initial": "a", "states": {"a": {}, "b": {"terminal": true}}, "transitions": [{"from": "a", "to": "b"}]}'""",
    "define_state_machine.p_machine": "'climate'",
    "p_entity": "'account'", "p_expected_version": "2", "p_new_data": """'{"balance": 12}'""",
    "atomic_update_entity_state.p_entity_id": "'00000000-0000-4000-8000-00000000000a'",
    "manage_entity.p_table": "'climate.unmanaged'", "unmanage_entity.p_table": "'climate.managed'",
    "audit_table.p_table": "'climate.unmanaged'", "unaudit_table.p_table": "'climate.audited'", "_remember_audit.p_table": "'climate.unmanaged'",
    "_forget_audit.p_table": "'climate.audited'",
    "set_retention.p_table": "'audit_log'", "p_retention": "interval '6 months'",
    "audit_receipt.p_id": "(SELECT id FROM domainflow.audit_leaf WHERE leaf_index = 0)",
    "audit_inclusion_proof.p_id": "(SELECT id FROM domainflow.audit_leaf WHERE leaf_index = 0)", "release_legal_hold.p_name": "'climate held'",
    "p_subject": "'user:sample'", "p_relation": "'viewer'", "p_action": "'viewer'", "p_resource_type": "'document'", "p_resource_id": "'1'",
    "p_subjects": "'{user:sample}'", "p_relations": "'{viewer}'", "require_access.p_action": "'owner'", "check_accesses.p_actions": "'{viewer}'", "p_resource_types": "'{document}'",
    "p_resource_ids": "'{1}'", "p_subject_kind": "'user'", "p_policy": "'climate policy'", "p_effect": "'deny'",
    "define_access_policy.p_actions": "'{viewer}'", "simulate_policy.p_actions": "'{viewer}'", "p_role_a": "'document:1#viewer'",
    "p_role_b": "'document:3#viewer'", "p_revision_a": "1", "p_revision_b": "1",
    "p_source": "E'model\\nschema 1.1\\ntype user'", "define_authorization_model.p_model": "'climate model'",
    "p_decision": "'allow'", "p_decisions": "'{allow}'", "p_policies": None,
    "p_fingerprint": "domainflow.query_fingerprint('SELECT 1')", "p_query": "'SELECT 2'", "p_queries": "'{SELECT 2}'",
    "drop_queue.p_queue": "'climate empty'",
    "p_wait_buckets": "array_fill(1::bigint, ARRAY[17])", "p_closed": "'{}'", "record_pool_metrics.p_leases": "17", "p_max_connections": "3",
    # Internal definers, which generated functions call for the application.
    "p_expected_versions": "ARRAY[2::bigint, 2]", "p_ids_null": "false", "p_counts": "ARRAY[2]", "p_data": """'{"balance": 12}'""",
    "_check_entity_batch.p_entity_ids": "'{a,b}'", "_check_entity_batch.p_new_data": """ARRAY['{"balance": 12}'::jsonb, '{"balance": 12}']""",
    "_entity_ids.p_entity_id": """'["a", "b"]'""", "_entity_ids.p_columns": "2", "_explain_entity_miss.p_found_version": "3",
    "p_error_messages": "'{NULL}'", "p_isolation_levels": "'{read committed}'", "p_correlation_ids": "'{NULL}'",
}
BY_TYPE = {"text": "'climate'", "uuid": "'00000000-0000-4000-8000-0000000000c1'", "boolean": "true", "jsonb": "'{}'",
           "timestamp with time zone": "now()", "interval": "interval '1 hour'", "integer": "1", "bigint": "1", "double precision": "1"}

FUNCTIONS = """
    SELECT jsonb_agg(jsonb_build_object(
               'name', p.proname, 'identity', p.oid::regprocedure::text, 'defaults', p.pronargdefaults, 'procedure', p.prokind = 'p',
               'internal', p.proname ^@ '_', 'definer', p.prosecdef,
               'roles', (SELECT COALESCE(jsonb_agg(r), '[]') FROM unnest(ARRAY[{roles}]) AS r WHERE has_function_privilege('domainflow_' || r, p.oid, 'EXECUTE')),
               'arguments', (SELECT COALESCE(jsonb_agg(jsonb_build_object('name', p.proargnames[a.n], 'type', format_type(a.type, NULL)) ORDER BY a.n), '[]')
                               FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, n))) ORDER BY p.oid::regprocedure::text)
      FROM pg_proc AS p
     WHERE p.pronamespace = 'domainflow'::regnamespace AND p.prokind IN ('f', 'p')
       AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)""".format(roles=", ".join(f"'{role}'" for role in ROLES))


# What of ours a role may read, write or call.
REACHABLE = """
    SELECT c.oid::regclass::text FROM pg_class AS c
     WHERE c.relnamespace IN ('domainflow'::regnamespace, 'domainflow_generated'::regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
       AND (CASE c.relkind WHEN 'S' THEN has_sequence_privilege('{role}', c.oid, 'USAGE, SELECT, UPDATE')
                 ELSE has_table_privilege('{role}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
                      OR has_any_column_privilege('{role}', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END)
    UNION ALL
    SELECT p.oid::regprocedure::text FROM pg_proc AS p
     WHERE p.pronamespace IN ('domainflow'::regnamespace, 'domainflow_generated'::regnamespace) AND has_function_privilege('{role}', p.oid, 'EXECUTE')"""


def room_of(function):
    found = list((PROJECT / "sql/functions").glob(f"*/{function['name']}.sql"))
    return found[0].parent.name if found else "meta"


def public_functions(server, database):
    return [function for function in json.loads(server.psql(database, "-c", FUNCTIONS)) if not function["internal"]]


def attackable(server, database):
    """Those that a lesser role may call and that run as somebody else, internal ones too, beside all that are public."""
    return [function for function in json.loads(server.psql(database, "-c", FUNCTIONS))
            if not function["internal"] or function["definer"] and function["roles"]]


def prepare(server, database):
    """Rows in every room, a login role for each of ours and one without any."""
    for file in SETUP:
        server.psql(database, "-f", file)


def call_text(server, database, function, cache={}):
    """The call with literals, so that the caller needs to read nothing for its arguments."""
    words = []
    arguments = function["arguments"][:len(function["arguments"]) - function["defaults"]]
    for argument in arguments:
        keys = (f"{function['name']}.{argument['name']}", argument["name"])
        expression = next((ARGUMENTS[key] for key in keys if key in ARGUMENTS), None)
        if expression is None:
            kind = argument["type"]
            expression = f"ARRAY[{BY_TYPE[kind[:-2]]}]" if kind.endswith("[]") and kind[:-2] in BY_TYPE else BY_TYPE.get(kind, "NULL")
        key = (server.database(database), expression, argument["type"])
        if key not in cache:
            cache[key] = server.psql(database, "-c", f"SELECT quote_nullable(({expression})::{argument['type']})")
        words.append(f"{cache[key]}::pg_catalog.{argument['type']}" if not re.search(r"[ \"]|^(bigint|integer|boolean|interval)", argument["type"])
                     else f"{cache[key]}::{argument['type']}")
    verb = "CALL" if function["procedure"] else "SELECT * FROM"
    return f"{verb} domainflow.{function['name']}({', '.join(words)})"


# One block per function, undone afterwards; the answer comes as a NOTICE of our own.
BLOCK = """DO $climate$
DECLARE
    v_answer pg_catalog.text;
BEGIN
    BEGIN
        EXECUTE $call${call}$call$;
        -- What waits for the commit runs as well.
        SET CONSTRAINTS ALL IMMEDIATE;
        RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = 'ok';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_answer = MESSAGE_TEXT;
        RAISE NOTICE 'CALL % % %', '{identity}', sqlstate, pg_catalog.left(v_answer, 150);
    END;
END
$climate$;
"""


def answers(server, database, user, functions, before=""):
    """What each call answers to this login: {identity: (SQLSTATE, message)}, P0099 for success; and what else the session said."""
    script = before + "".join(BLOCK.format(call=call_text(server, database, function), identity=function["identity"]) for function in functions)
    done = hostile.session(server, database, user, script)
    found = re.findall(r"NOTICE:  CALL (.*?\)) (\w{5}) (.*)", done)
    return {identity: (state, message) for identity, state, message in found}, done


def permitted(server, database, before=None, trap=None, functions=None, reached=None):
    """Differences of all calls of all roles, by room. `before` is SQL of the session; `trap` makes differences of what it said; `reached`
    gets the functions that answered: an internal one may have been made to refuse."""
    functions = functions or public_functions(server, database)
    differences, answered = [], set()
    for role in ROLES:
        mine = [function for function in functions if role in function["roles"]]
        found, said = answers(server, database, f"climate_{role}", mine, before(role) if before else "")
        for function in mine:
            state, message = found.get(function["identity"], ("none", "no answer: " + said[-200:]))
            if state == "P0099" or function["internal"] and state.startswith("DF"):
                answered.add(function["identity"])
            elif state == "42501" or state == "none" or not (state.startswith("DF") or state in ("P0099",)):
                differences.append((room_of(function), f"{role}: {function['identity']}: {state} {message}"))
        if trap:
            differences += [("hostile", f"{role}: {text}") for text in trap(said, role)]
    for function in functions:
        if function["identity"] not in answered:
            differences.append((room_of(function), f"no role reached {function['identity']}: tools/chamber/calls.py needs an argument for it"))
    if reached is not None:
        reached |= answered
    return differences


# Sessions whose names mean what an attacker wants: what the session begins with, by role.
SESSIONS = {
    "names": lambda server: hostile.NAMES,
    "types": lambda server: hostile.TYPES,
    "shadows": lambda server: hostile.shadows(server, server.prepared),
}

AUDITED = """
INSERT INTO climate.audited VALUES (1, 1);
UPDATE climate.audited SET n = 2;
DELETE FROM climate.audited;
TRUNCATE climate.audited;
INSERT INTO public.sample_audited VALUES ({id}, 'a', 'b');
"""


def attacked(server, kind):
    """Differences of all calls in such a session; once for each server, because calls are counted for all climates of it."""
    if kind not in server.attacked:
        server.psql("postgres", "-c", f'ALTER DATABASE "{server.prepared}" SET track_functions = \'all\'')
        server.attacked[kind] = permitted(server, server.prepared, lambda role: SESSIONS[kind](server), hostile.captured,
                                          attackable(server, server.prepared), server.reached)
        # Trigger functions of audited tables are definers too.
        said = hostile.session(server, server.prepared, "climate_owner",
                               SESSIONS[kind](server) + AUDITED.format(id=2 + list(SESSIONS).index(kind)))
        server.attacked[kind] += [("audit", f"owner: {text}") for text in hostile.captured(said)]
    return server.attacked[kind]


def denied(server, database):
    """A login with no membership: every function and table of ours says no."""
    functions = public_functions(server, database)
    found, _ = answers(server, database, "climate_nobody", functions)
    differences = [(room_of(function), f"nobody: {function['identity']}: {found.get(function['identity'])}")
                   for function in functions if found.get(function["identity"], ("", ""))[0] != "42501"]
    readable = server.psql(database, "-c", REACHABLE.format(role="climate_nobody"))
    return differences + [("meta", f"nobody has a right on {name}") for name in readable.splitlines()]
