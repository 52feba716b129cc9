"""Takes measures in alternating pairs and reports them in one format.

A measure is a function registered under a name; it receives a Run and calls exactly one of these methods once:

    pairs(ours, theirs)          two callables that return a rate or a time; their order alternates from pair to pair, so that a drift
                                 of the machine affects both. ratio = median over the pairs of ours / theirs for rates and
                                 theirs / ours for times: above 1 always means that ours is better.
    bound(ours, limit)           a value against a fixed limit; ratio = limit / value.
    count(held, tried)           a check; ratio = the share of cases that held.

Each method prints a line and appends one JSON object to bench-results.jsonl.
"""
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench-results.jsonl"
PROGRAM = pathlib.Path(os.environ.get("DOMAINFLOW", ROOT / ".build/release/domainflow")).resolve()
MEASURES = {}


def measure(name, goal, unit, seconds=10, pairs=10):
    """Registers a measure. PAIRS and BENCH_SECONDS in the environment shorten it for a smoke test."""
    def register(function):
        MEASURES[name] = (function, goal, unit, seconds, pairs)
        return function
    return register


class Run:
    def __init__(self, name, goal, unit, seconds, pairs):
        self.name, self.goal, self.unit = name, goal, unit
        self.seconds = int(os.environ.get("BENCH_SECONDS") or seconds)
        self.count_of_pairs = int(os.environ.get("PAIRS") or pairs)
        self.holds = None

    def note(self, text):
        print(f"    {self.name}: {text}", file=sys.stderr, flush=True)

    def pairs(self, ours, theirs, times=False, detail=None):
        order = itertools.cycle([True, False])

        def take():
            if next(order):
                a = ours()
                return a, theirs()
            b = theirs()
            return ours(), b

        self.both(take, times, detail)

    def both(self, take, times=False, detail=None):
        """Pairs whose two values one call of `take` returns."""
        taken = []
        for i in range(self.count_of_pairs):
            a, b = take()
            ratio = b / a if times else a / b
            taken.append((a, b, ratio))
            self.note(f"pair {i + 1} of {self.count_of_pairs}: ours {a:,.1f}, theirs {b:,.1f} {self.unit}, ratio {ratio:.3f}")
        self.report(taken, detail() if detail else None)

    def bound(self, ours, limit):
        self.report([(value, limit, limit / value) for value in (ours() for _ in range(self.count_of_pairs))])

    def count(self, held, tried, detail=None):
        self.report([(held, tried, held / tried if tried else 0.0)], detail, count=tried)

    def report(self, taken, detail=None, count=None):
        ratios = [ratio for _, _, ratio in taken]
        low, middle, high = quartiles(ratios)
        self.holds = round(middle, 3) >= self.goal
        record = {
            "name": self.name,
            "ours": round(statistics.median(a for a, _, _ in taken), 3),
            "theirs": round(statistics.median(b for _, b, _ in taken), 3),
            "unit": self.unit, "ratio": round(middle, 3), "low": round(low, 3), "high": round(high, 3),
            "pairs": count or len(taken), "goal": self.goal, "holds": self.holds, "commit": commit(),
        }
        if detail:
            record["detail"] = detail
        with RESULTS.open("a") as file:
            file.write(json.dumps(record) + "\n")
        print(f"[{self.name}] ours {record['ours']:,} theirs {record['theirs']:,} {self.unit}, ratio {middle:.3f} "
              f"({low:.3f} to {high:.3f}, {record['pairs']} pairs), goal {self.goal}: {'holds' if self.holds else 'DOES NOT HOLD'}",
              flush=True)


def quartiles(values):
    if len(values) == 1:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def commit():
    def git(*arguments):
        return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short=12", "HEAD") + ("+changes" if changed else "")


def chosen(names):
    """The measures with these names. A prefix selects all measures below it: client.lookup selects client.lookup.named.8."""
    for name in names or sorted(MEASURES):
        below = [name] if name in MEASURES else [other for other in sorted(MEASURES) if other.startswith(name + ".")]
        if not below:
            sys.exit(f"No measure is named {name}. The measures are: {', '.join(sorted(MEASURES))}")
        yield from below


def main(only):
    failed = []
    for name in list(chosen(only)):
        function, *rest = MEASURES[name]
        run = Run(name, *rest)
        try:
            function(run)
        except Exception:
            traceback.print_exc()
        if run.holds is None:
            print(f"[{name}] failed before it had a result: DOES NOT HOLD", flush=True)
        if not run.holds:
            failed.append(name)
    if failed:
        sys.exit(f"These measures do not hold: {', '.join(failed)}")
