#!/usr/bin/env python3
"""Runs OpenFGA's own tests of schema 1.1 against room authz, in the database that PG* and DATABASE_URL name.

usage: tools/with-cluster.sh bash -c '"$DOMAINFLOW" migrate up --dir sql && tools/verify/openfga.py FILE.yaml'

Each test is a model of its own. Each assertion is one call of has_access, list_resources or list_subjects, compared with what the file
expects; an error counts when its SQLSTATE is one of those that ERRORS gives for OpenFGA's code. Prints what differs, then the counts;
exits with 1 when anything differs.
"""
import collections
import json
import subprocess
import sys

import yaml

ERRORS = {
    2000: {"DF201", "DF203", "DF301"},  # validation_error: a subject, type or relation that the model does not have
    2002: {"DF204"},                    # authorization_model_resolution_too_complex
    2021: {"DF301"},                    # type_not_found
    2022: {"DF203"},                    # relation_not_found
    2027: {"DF205"},                    # invalid_tuple, among those given with the call
}
DEPTH = {"resolution_too_complex_throws_error": "25"}
HELPER = """
CREATE FUNCTION pg_temp.answer(p_statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_answer text;
BEGIN
    EXECUTE p_statement INTO v_answer;
    RETURN COALESCE(v_answer, '[]');
EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLSTATE LIKE 'DF%' THEN SQLSTATE ELSE SQLSTATE || ' ' || SQLERRM END;
END $$;
"""


def literal(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def facts(assertion):
    given = assertion.get("contextualTuples")
    return literal(json.dumps([{"subject": f["user"], "relation": f["relation"], "resource": f["object"]} for f in given]) if given else None)


def calls(stage):
    """The assertions of a stage: a kind, a statement that answers with JSON, and what is expected."""
    for a in stage.get("checkAssertions") or []:
        t = a["tuple"]
        kind, _, key = t["object"].partition(":")
        yield "check", (f"SELECT to_jsonb(domainflow.has_access({literal(t['user'])}, {literal(t['relation'])}, {literal(kind)}, {literal(key)}, "
                        f"@model, {facts(a)}, @depth))"), a.get("errorCode") or bool(a.get("expectation"))
    for a in stage.get("listObjectsAssertions") or []:
        r = a["request"]
        wanted = a.get("errorCode") or sorted(o.partition(":")[2] for o in a.get("expectation") or [])
        yield "list objects", (f"SELECT jsonb_agg(l.resource_id ORDER BY l.resource_id) FROM domainflow.list_resources({literal(r['user'])}, "
                               f"{literal(r['relation'])}, {literal(r['type'])}, p_model => @model, p_facts => {facts(a)}) AS l"), wanted
    for a in stage.get("listUsersAssertions") or []:
        r = a["request"]
        kind, _, key = r["object"].partition(":")
        [wanted_kind] = r["filters"]
        kind_relation = wanted_kind.partition("#")[2]
        wanted = a.get("errorCode") or sorted(u.partition(":")[2].removesuffix("#" + kind_relation) for u in a.get("expectation") or [])
        yield "list users", (f"SELECT jsonb_agg(l.subject_id ORDER BY l.subject_id) FROM domainflow.list_subjects({literal(kind)}, {literal(key)}, "
                             f"{literal(r['relation'])}, {literal(wanted_kind)}, p_model => @model, p_facts => {facts(a)}, "
                             f"p_max_depth => @depth) AS l"), wanted


def main():
    tests = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))["tests"]
    script, expected = ["SET client_min_messages = warning;", HELPER], []
    for number, test in enumerate(tests):
        model = f"{number} {test['name']}"
        for stage in test["stages"]:
            script.append(f"SELECT 'define' FROM domainflow.define_authorization_model({literal(model)}, {literal(stage['model'])}, 'ignore');")
            expected.append((model, "define", "define", "", stage))
            for t in stage.get("tuples") or []:
                kind, _, key = t["object"].partition(":")
                statement = (f"SELECT to_jsonb(domainflow.write_relation({literal(t['user'])}, {literal(t['relation'])}, {literal(kind)}, "
                             f"{literal(key)}, p_model => {literal(model)}))")
                script.append(f"SELECT pg_temp.answer({literal(statement)});")
                expected.append((model, "write", "created", statement, stage))
            for kind, statement, wanted in calls(stage):
                statement = statement.replace("@model", literal(model)).replace("@depth", DEPTH.get(test["name"], "NULL"))
                script.append(f"SELECT pg_temp.answer({literal(statement)});")
                expected.append((model, kind, wanted, statement, stage))
    run = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input="\n".join(script), capture_output=True, text=True)
    answers = run.stdout.splitlines()
    right, errors = collections.Counter(), 0
    for (model, kind, wanted, statement, stage), answer in zip(expected, answers):
        if isinstance(wanted, int) and not isinstance(wanted, bool):
            held, errors = answer in ERRORS[wanted], errors + 1
        elif kind in ("define", "write"):
            held = answer.strip('"') == wanted
        else:
            got = None if answer[:1] not in "[tf" else json.loads(answer)
            held = (sorted(got) if isinstance(got, list) else got) == wanted
        right[kind] += held
        if not held:
            print(f"{model}: {kind}: expected {wanted}, got {answer}\n    {statement}\n{stage['model']}")
    total = collections.Counter(kind for _, kind, *_ in expected)
    if len(answers) < len(expected):
        print(f"stopped after {len(answers)} of {len(expected)} statements: {run.stderr.strip()}")
    asserted = [kind for kind in ("check", "list objects", "list users")]
    print(", ".join(f"{kind}: {right[kind]} of {total[kind]}" for kind in asserted)
          + f"; together {sum(right[k] for k in asserted)} of {sum(total[k] for k in asserted)}, {errors} of them errors")
    sys.exit(0 if right == total else 1)


main()
