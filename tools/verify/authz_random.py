#!/usr/bin/env python3
"""Compares room authz with a reference evaluator on random models, facts and policies, in the database that PG* name.

usage: tools/with-cluster.sh bash -c '"$DOMAINFLOW" migrate up --dir sql && tools/verify/authz_random.py [--models N] [--seed N]'

For each model and set of facts: has_access of every subject for every relation of every object, list_resources of every subject, and
list_subjects of every object, half of the facts given with the call every second time. Prints the first that differ, shrunk to the fewest facts and
the simplest expressions, and exits with 1.
"""
import argparse
import json
import random
import subprocess
import sys

from authz_reference import solve

TYPES = ["user", "group", "doc"]
RELATIONS = {"group": ["m", "n"], "doc": ["p", "q", "r"]}
OBJECTS = ["1", "2"]
CONTEXT = {"n": 5, "tag": "a", "list": [1, 2]}
# Conditions of policies with what they are for the subject and the object of a call: true, false, or None where they have no value.
CONDITIONS = {
    "$.n < 7": lambda s, o: True, "$.n > 7": lambda s, o: False, "$.missing > 1": lambda s, o: None, "$.tag > 1": lambda s, o: None,
    '$resource_id == "1"': lambda s, o: o == "1", '$subject == "user:2"': lambda s, o: s == "user:2",
    '$.tag == "a" && $resource_id == "2"': lambda s, o: o == "2", "$.missing == 1 || $.n == 5": lambda s, o: True,
    "$.missing == 1 && $.n == 5": lambda s, o: None, "exists($.missing)": lambda s, o: None, "lax exists($.missing)": lambda s, o: False,
    "$.list[*] == 2": lambda s, o: True, None: lambda s, o: True,
}
HELPER = """
CREATE FUNCTION pg_temp.run(p_model text, p_facts jsonb, p_context jsonb) RETURNS jsonb LANGUAGE sql AS $$
    WITH n AS (SELECT n.object_type AS type, n.relation FROM domainflow.authz_model AS m JOIN domainflow.authz_node AS n USING (model_id, revision)
                WHERE m.model = p_model AND n.relation IS NOT NULL),
         o AS (SELECT unnest('{1,2}'::text[]) AS id),
         s AS (SELECT 'user' AS kind, id, 'user:' || id AS name FROM unnest('{1,2,*}'::text[]) AS u (id)
               UNION ALL SELECT n.type || '#' || n.relation, o.id, n.type || ':' || o.id || '#' || n.relation FROM n, o)
    SELECT jsonb_build_object(
        'check', (SELECT jsonb_agg(jsonb_build_array(n.type, o.id, n.relation, s.kind, s.id))
                    FROM n, o, s WHERE domainflow.has_access(s.name, n.relation, n.type, o.id, p_model, p_facts, NULL, p_context)),
        'objects', (SELECT jsonb_agg(jsonb_build_array(n.type, l.resource_id, n.relation, s.kind, s.id))
                      FROM n, s, domainflow.list_resources(s.name, n.relation, n.type, p_model => p_model, p_facts => p_facts,
                                                           p_context => p_context) AS l),
        'subjects', (SELECT jsonb_agg(jsonb_build_array(n.type, o.id, n.relation, k.kind, l.subject_id))
                       FROM n, o, (SELECT DISTINCT s.kind FROM s) AS k,
                            domainflow.list_subjects(n.type, o.id, n.relation, k.kind, p_model => p_model, p_facts => p_facts,
                                                     p_context => p_context) AS l))
$$;
"""


def text(e):
    if e[0] == "this":
        return "[" + ", ".join(e[1]) + "]"
    if e[0] == "computed":
        return e[1]
    if e[0] == "from":
        return f"{e[1]} from {e[2]}"
    terms = [text(x) if x[0] in ("this", "computed", "from") else f"({text(x)})" for x in e[1:]]
    return {"or": " or ", "and": " and ", "but": " but not "}[e[0]].join(terms)


def source(model):
    lines = ["model", "  schema 1.1"]
    for t in TYPES:
        lines.append(f"type {t}")
        if model.get(t):
            lines.append("  relations")
            lines += [f"    define {r}: {text(e)}" for r, e in model[t].items()]
    return "\n".join(lines)


def grounded(model):
    """Whether facts can give each relation to somebody."""
    done = set()

    def can(t, e):
        if e[0] == "this":
            return any("#" not in k or tuple(k.split("#")) in done for k in e[1])
        if e[0] == "computed":
            return (t, e[1]) in done
        if e[0] == "from":
            return any((p, e[1]) in done for p in model[t][e[2]][1])
        return (any if e[0] == "or" else all)(can(t, x) for x in (e[1:2] if e[0] == "but" else e[1:]))

    while more := {(t, r) for t in model for r in model[t] if (t, r) not in done and can(t, model[t][r])}:
        done |= more
    return len(done) == sum(len(model[t]) for t in model)


def random_model(rng):
    kinds = ["user", "user:*"] + [f"{t}#{r}" for t in RELATIONS for r in RELATIONS[t]]

    def leaf(t):
        roll = rng.random()
        if roll < 0.5:
            return ("this", sorted(set(rng.choices(kinds, [5, 2] + [1] * (len(kinds) - 2), k=rng.choice([1, 1, 2, 3])))))
        if roll < 0.75:
            return ("computed", rng.choice(RELATIONS[t]))
        parents = model[t]["up"][1]
        return ("from", rng.choice([r for p in parents for r in RELATIONS[p]]), "up")

    def expression(t, depth):
        if depth == 0 or rng.random() < 0.45:
            return leaf(t)
        op = rng.choice(["or", "or", "and", "but"])
        return (op, *[expression(t, depth - 1) for _ in range(2 if op == "but" else rng.choice([2, 2, 3]))])

    model = {t: {"up": ("this", sorted(rng.sample(["group", "doc"], rng.choice([1, 2]))))} for t in RELATIONS}
    for t in RELATIONS:
        for r in RELATIONS[t]:
            while True:
                e = expression(t, 2)
                # One list of types a relation, as OpenFGA has it: facts name the relation, not the place in it.
                if json.dumps(e).count('"this"') <= 1:
                    break
            model[t][r] = e
    return model


def admitted(model):
    def kinds(e):
        return e[1] if e[0] == "this" else [k for x in e[1:] if isinstance(x, tuple) for k in kinds(x)]
    return [(t, r, k) for t in model for r in model[t] for k in kinds(model[t][r])]


def random_facts(rng, model):
    places = admitted(model)
    facts = set()
    for _ in range(rng.choice([0, 3, 6, 10, 16])):
        t, r, k = rng.choice(places)
        facts.add((t, rng.choice(OBJECTS), r, k.removesuffix(":*"), "*" if k.endswith(":*") else rng.choice(OBJECTS)))
    return sorted(facts)


def random_policies(rng, model):
    """(effect, type, relation, condition)"""
    places = [(t, r) for t in model for r in model[t]]
    return [(rng.choice(["allow", "deny"]), *rng.choice(places), rng.choice(list(CONDITIONS))) for _ in range(rng.choice([0, 0, 1, 2, 4]))]


def judged(yes, policies, place, subject):
    held = {}
    for effect, t, r, condition in policies:
        if (t, r) == (place[0], place[2]):
            held.setdefault(effect, []).append(CONDITIONS[condition](subject, place[1]))
    values = sum(held.values(), [])
    return (yes or True in held.get("allow", [])) and True not in held.get("deny", []) and None not in values


def expected(model, facts, policies):
    check, objects, subjects = set(), set(), set()
    is_open = {(t, r) for effect, t, r, _ in policies if effect == "allow"}
    # What policies may allow can be anything; lists take it from the facts.
    known = {(t, o) for t, o, *_ in facts}, {(k, s) for *_, k, s in facts}
    subject_list = [("user", s) for s in OBJECTS + ["*"]] + [(f"{t}#{r}", o) for t in model for r in model[t] for o in OBJECTS]
    for kind, subject in subject_list:
        name = kind.partition("#")[0] + ":" + subject + ("#" + kind.partition("#")[2] if "#" in kind else "")
        for place, (value, named) in solve(model, facts, OBJECTS, kind, subject).items():
            by_policy = (place[0], place[2]) in is_open
            row = (*place, kind, subject)
            if judged(value == 2, policies, place, name):
                check.add(row)
                if value == 2 or by_policy and place[:2] in known[0]:
                    objects.add(row)
            found = named or subject == "*" and value == 2
            if judged(found, policies, place, name) and (found or by_policy and (kind, subject) in known[1]):
                subjects.add(row)
    return {"check": check, "objects": objects, "subjects": subjects}


def statement(number, model, facts, policies, given):
    def subject(kind, s):
        t, _, r = kind.partition("#")
        return f"{t}:{s}" + (f"#{r}" if r else "")
    stored = facts[:len(facts) // 2] if given else facts
    rows = ", ".join(f"('{subject(k, s)}', '{r}', '{t}', '{o}')" for t, o, r, k, s in stored)
    context = json.dumps([{"subject": subject(k, s), "relation": r, "resource": f"{t}:{o}"} for t, o, r, k, s in facts[len(stored):]])
    return (f"BEGIN; SELECT 'd' FROM domainflow.define_authorization_model('m{number}', '{source(model)}');"
            + (f" SELECT count(domainflow.write_relation(f.s, f.r, f.t, f.o, p_model => 'm{number}')) FROM (VALUES {rows}) AS f (s, r, t, o);" if rows else " SELECT 0;")
            + "".join(f" SELECT 'p' FROM domainflow.define_access_policy('{i}', '{effect}', '{t}', '{{{r}}}', "
                      f"{'NULL' if c is None else repr(c) if chr(39) not in c else c}, p_model => 'm{number}');"
                      for i, (effect, t, r, c) in enumerate(policies))
            + f" SELECT pg_temp.run('m{number}', {f''' '{context}' ''' if given else 'NULL'}, '{json.dumps(CONTEXT)}'); ROLLBACK;")


class Database:
    def __init__(self):
        self.psql = subprocess.Popen(["psql", "-XqAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.psql.stdin.write("SET client_min_messages = warning; SET jit = off;" + HELPER)

    def ask(self, sql):
        self.psql.stdin.write(sql + "\n\\echo END\n")
        self.psql.stdin.flush()
        lines = []
        while (line := self.psql.stdout.readline().rstrip("\n")) != "END":
            if line == "" and self.psql.poll() is not None:
                sys.exit("psql ended: " + "\n".join(lines))
            lines.append(line)
        return lines


def differs(database, number, model, facts, policies, given):
    """What the database answers otherwise than the reference."""
    lines = database.ask(statement(number, model, facts, policies, given))
    if len(lines) != 3 + len(policies) or not lines[-1].startswith("{"):
        return "\n".join(lines) or "no answer"
    got = {k: {tuple(x) for x in v or []} for k, v in json.loads(lines[-1]).items()}
    wanted = expected(model, facts, policies)
    return "; ".join(f"{k}: missing {sorted(wanted[k] - got[k])[:3]}, too many {sorted(got[k] - wanted[k])[:3]}"
                     for k in wanted if wanted[k] != got[k])


def simpler(e):
    if e[0] in ("or", "and", "but"):
        yield from e[1:]
        for i, x in enumerate(e[1:], 1):
            yield from ((*e[:i], y, *e[i + 1:]) for y in simpler(x))


def shrink(database, model, facts, policies, given):
    """Leaves out facts and parts of expressions as long as the answers still differ."""
    progress = True
    while progress:
        progress = False
        smaller = [(model, facts, policies[:i] + policies[i + 1:]) for i in range(len(policies))]
        smaller += [(model, facts[:i] + facts[i + 1:], policies) for i in range(len(facts))]
        smaller += [({**model, t: {**model[t], r: e}}, facts, policies) for t in model for r in model[t] for e in simpler(model[t][r])]
        for candidate, rest, fewer in smaller:
            rest = [f for f in rest if (f[0], f[2], f[3] + (":*" if f[4] == "*" else "")) in set(admitted(candidate))]
            if grounded(candidate) and differs(database, 0, candidate, rest, fewer, given):
                model, facts, policies, progress = candidate, rest, fewer, True
                break
    return model, facts, policies


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    database, decisions, places = Database(), 0, sum(len(r) + 1 for r in RELATIONS.values())
    for number in range(options.models):
        rng = random.Random(f"{options.seed}/{number}")
        while not grounded(model := random_model(rng)):
            pass
        facts = random_facts(rng, model)
        policies = random_policies(rng, model)
        given = number % 2 == 1 and len(facts) > 1
        difference = differs(database, number, model, facts, policies, given)
        if difference:
            model, facts, policies = shrink(database, model, facts, policies, given)
            print(f"seed {options.seed}, model {number}: {differs(database, number, model, facts, policies, given)}\n{source(model)}\n"
                  f"facts: {facts}, given: {given}, policies: {policies}")
            sys.exit(1)
        decisions += places * len(OBJECTS) * (len(OBJECTS) * (places + 1) + 1)
        if number % 100 == 99:
            print(f"{number + 1} models", file=sys.stderr)
    print(f"{options.models} models agree with the reference: {decisions} decisions, and the lists of resources and subjects")


main()
