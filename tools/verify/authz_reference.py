"""What a model and facts decide, as directly as it can be written: the least fixpoint in Kleene's three values over all places at once.

0 no, 1 perhaps (only a circle of facts leads there), 2 yes. An expression is a tuple: ("this", kinds), ("computed", relation),
("from", relation, tupleset), ("or"|"and", terms...), ("but", left, right). A model is {type: {relation: expression}}, a fact
(type, object, relation, kind, subject).
"""


def solve(model, facts, objects, kind, subject):
    """{(type, object, relation): (value, named)} for one subject; named: yes, and a fact on the way names the subject itself."""
    places = [(t, o, r) for t in model for r in model[t] for o in objects]
    value = {p: 1 for p in places}
    named = {p: False for p in places}
    held = set(facts)

    def subjects(t, o, r, k):
        return [s for (ft, fo, fr, fk, s) in held if (ft, fo, fr, fk) == (t, o, r, k)]

    def hops(e, t, o, r):
        if e[0] == "this":
            for k in {k for k in e[1] if "#" in k}:
                yield from ((k.split("#")[0], s, k.split("#")[1]) for s in subjects(t, o, r, k))
        else:
            for k in model[t][e[2]][1]:
                yield from ((k, s, e[1]) for s in subjects(t, o, e[2], k) if e[1] in model.get(k, {}) and s != "*")

    def direct(e, t, o, r, wildcards):
        found = subjects(t, o, r, kind)
        return (kind in e[1] and subject != "*" and subject in found
                or wildcards and kind + ":*" in e[1] and "*" in found
                or not wildcards and kind in e[1] and subject in found)

    def val(e, t, o, r):
        if e[0] == "this":
            return max([2 * direct(e, t, o, r, True)] + [value[h[0], h[1], h[2]] for h in hops(e, t, o, r)])
        if e[0] == "from":
            return max([0] + [value[h] for h in hops(e, t, o, r)])
        if e[0] == "computed":
            return value[t, o, e[1]]
        terms = [val(x, t, o, r) for x in e[1:]]
        return {"or": max(terms), "and": min(terms), "but": min(terms[0], 2 - terms[-1])}[e[0]]

    def name(e, t, o, r):
        if e[0] == "this":
            return direct(e, t, o, r, False) or any(named[h] for h in hops(e, t, o, r))
        if e[0] == "from":
            return any(named[h] for h in hops(e, t, o, r))
        if e[0] == "computed":
            return named[t, o, e[1]]
        if e[0] == "but":
            return name(e[1], t, o, r) and val(e[2], t, o, r) == 0
        return any(name(x, t, o, r) for x in e[1:]) and (e[0] == "or" or val(e, t, o, r) == 2)

    for table, decide in ((value, val), (named, name)):
        changed = True
        while changed:
            new = {(t, o, r): max(2 if table is value else True, 0) if kind == f"{t}#{r}" and subject == o else decide(model[t][r], t, o, r)
                   for t, o, r in places}
            if table is named:
                new = {p: new[p] or named[p] for p in places}
            changed = new != table
            table.update(new)
    return {p: (value[p], named[p]) for p in places}
