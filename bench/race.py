"""The race lab: PostgreSQL's own isolation tests, exploring, checkers, mutants and load."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

import client
import harness
from cluster import Cluster, pgbench, run as command

ISOLATIONTESTER = pathlib.Path("/usr/lib/postgresql/15/lib/pgxs/src/test/isolation/isolationtester")
# The environment in which pg_regress produced the expected files.
AS_PG_REGRESS = {
    "PGTZ": "PST8PDT", "PGDATESTYLE": "Postgres, MDY", "LC_MESSAGES": "C", "PGAPPNAME": "isolation",
    "PGOPTIONS": "-c intervalstyle=postgres_verbose -c lc_messages=C -c bytea_output=hex -c timezone_abbreviations=Default",
}
CHECKERS = ["versions", "linearizable", "serializable"]
# Specs that name the database of pg_regress.
NAMED = {"intra-grant-inplace-db"}
# Specs that cannot run on a server as it is installed, with the reason.
LEFT_OUT = {}


def specs(names=None):
    folder = pathlib.Path(command([harness.ROOT / "bench/source.sh", "15"]).strip())
    files = sorted((folder / "specs").glob("*.spec"))
    return folder, [file for file in files if file.stem not in LEFT_OUT and (names is None or file.stem in names)]


def lab(cluster, folder, files, jobs):
    """Runs the files with `domainflow race spec`. Returns a dictionary for each, and the seconds that the processes took."""
    began = time.monotonic()
    outcomes = []
    for chosen, options in (([file for file in files if file.stem not in NAMED], ["--jobs", str(jobs), "--database-url", cluster.url]),
                            ([file for file in files if file.stem in NAMED],
                             ["--in-place", "--database-url", cluster.database("isolation_regression")])):
        if not chosen:
            continue
        done = subprocess.run(
            [harness.PROGRAM, "race", "spec", *chosen, *options, "--expected", folder / "expected", "--json"],
            capture_output=True, text=True, env={**os.environ, **AS_PG_REGRESS})
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr)
        outcomes += [json.loads(line) for line in done.stdout.splitlines()]
    return outcomes, time.monotonic() - began


@harness.measure("race.specs", goal=1, unit="specs with equal output")
def race_specs(run):
    """Every spec of PostgreSQL 15's source must match byte for byte; alternative expected files count."""
    folder, files = specs()
    with Cluster(max_prepared_transactions=10, max_connections=200) as cluster:
        cluster.sql("CREATE DATABASE isolation_regression TEMPLATE template0")
        outcomes, _ = lab(cluster, folder, files, jobs=2)
        differ = [outcome["spec"] for outcome in outcomes if not outcome["equal"]]
        # The machine may have stalled for a second: run the specs that differ once more, one at a time.
        if differ:
            again, _ = lab(cluster, folder, [file for file in files if file.stem in differ], jobs=1)
            differ = [outcome["spec"] for outcome in again if not outcome["equal"]]
        for name in differ:
            run.note(f"{name} differs")
        for name, reason in LEFT_OUT.items():
            run.note(f"{name} is left out: {reason}")
        run.count(len(files) - len(differ), len(files), {"permutations": sum(o["permutations"] for o in outcomes), "differ": differ})


@harness.measure("race.specs.rate", goal=2, unit="permutations/s", pairs=3)
def race_specs_rate(run):
    """All specs, four in parallel, against isolationtester, which pg_isolation_regress runs one spec at a time."""
    folder, files = specs()
    with Cluster(max_prepared_transactions=10, max_connections=200) as cluster:
        cluster.sql("CREATE DATABASE isolation_regression TEMPLATE template0")
        count = 0

        def ours():
            nonlocal count
            outcomes, seconds = lab(cluster, folder, files, jobs=4)
            count = sum(outcome["permutations"] for outcome in outcomes)
            return count / seconds

        def theirs():
            began = time.monotonic()
            for file in files:
                with file.open() as spec:
                    subprocess.run([ISOLATIONTESTER, cluster.database("isolation_regression")], stdin=spec, capture_output=True,
                                   env={**os.environ, **AS_PG_REGRESS})
            return (count or sum(o["permutations"] for o in lab(cluster, folder, files, jobs=4)[0])) / (time.monotonic() - began)

        run.pairs(ours, theirs)


@harness.measure("race.explore", goal=1, unit="schedules/s", pairs=5)
def race_explore(run):
    """Two sessions of four PL/pgSQL statements each, which wait for each other; theirs is the required rate of 1,000."""
    with gates() as (cluster, module):
        scenario = harness.ROOT / "bench/scripts/four_statements.spec"
        run.pairs(lambda: explore(cluster, module, scenario, "--at-least", 4000, "--seed", 1)["rate"], lambda: 1000)


@harness.measure("race.falsealarm", goal=1, unit="schedules of correct functions without an alarm")
def race_falsealarm(run):
    """Three of our own scenarios and one that locks correctly, 100,000 schedules in total."""
    total = good = 0
    with gates() as (cluster, module):
        names = ["entity/update_orders", "state/transition_orders", "job/claim_orders", harness.ROOT / "bench/scripts/four_statements.spec"]
        seed = 0
        while total < 100_000:
            seed += 1
            for name in names:
                report = explore(cluster, module, name, "--seconds", 60, "--seed", seed, "--at-least", 10_000, "--schedules", 10_000)
                total += report["schedules"]
                good += report["schedules"] if report["held"] else 0
                if not report["held"]:
                    run.note(f"{name}, seed {seed}: {report}")
    run.count(good, total)


@harness.measure("race.seeded", goal=1, unit="races found, shrunk and replayed")
def race_seeded(run):
    """The naive functions that ship as examples: each race is found in under 10 s, shrunk to at most 6 steps, reproduced in every
    repetition, and shown by isolationtester alone."""
    names = ["lost_update", "write_skew", "double_claim", "forked_token", "skipped_event"]
    good = 0
    with gates() as (cluster, module):
        for name in names:
            began = time.monotonic()
            report = explore(cluster, module, f"example/{name}", "--seconds", 10, "--output", cluster.directory)
            seconds = time.monotonic() - began
            cluster.sql("DROP DATABASE IF EXISTS replay WITH (FORCE)")
            cluster.sql("CREATE DATABASE replay TEMPLATE template0")
            with (cluster.directory / f"example-{name}.spec").open() as spec:
                shown = command([ISOLATIONTESTER, cluster.database("replay")], stdin=spec.read()).rsplit("step look: ", 1)[-1]
            found = not report["held"] and report["reproduced"] == report["repetitions"] and report["steps"] <= 6 and seconds < 10
            good += found and "(1 row)" in shown
            run.note(f"{name}: {report['fault']}, {report['schedules']} schedules, {seconds:.1f} s with shrinking, {report['steps']} steps, "
                     f"{report['reproduced']} of {report['repetitions']}")
    run.count(good, len(names))


@harness.measure("race.checkers", goal=1, unit="operations/s of the slowest checker", pairs=3)
def race_checkers(run):
    """Ten million operations of a correct history, against the required rate of 200,000; shorter histories show whether the time is linear."""
    program = client.program()

    def rates(operations):
        report = json.loads(command([program, "checkers", "--operations", operations]))
        if report["findings"] or report["operations"] != operations:
            raise RuntimeError(report)
        run.note(", ".join(f"{name} {value:,.0f}" for name, value in report.items()))
        return report

    longest = []

    def slowest():
        longest.append(rates(10_000_000))
        return min(longest[-1][name] for name in CHECKERS)

    shorter = {operations: rates(operations) for operations in (10_000, 100_000, 1_000_000)}
    run.pairs(slowest, lambda: 200_000, detail=lambda: {"shorter": shorter, "longest": longest})
    for name in CHECKERS:
        rate = statistics.median(report[name] for report in longest)
        run.note(f"{name}: {rate / shorter[100_000][name]:.2f} of its rate at 100,000 operations; linear is 0.5 or more")


@harness.measure("race.mutants", goal=1, unit="mutants killed and harmless changes clean")
def race_mutants(run):
    """Every change that the scenarios declare; a run of 10 minutes or more fails, whatever the verdicts."""
    with gates() as (cluster, module):
        began = time.monotonic()
        done = subprocess.run(
            [harness.PROGRAM, "race", "mutate", "--gate", module, "--json", "--history", cluster.directory / "race", "--database-url", cluster.url],
            capture_output=True, text=True)
        seconds = time.monotonic() - began
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode not in (0, 1, 2) or not verdicts:
        raise RuntimeError(done.stderr)
    good = sum(verdict["outcome"] in ("killed", "clean") for verdict in verdicts)
    for verdict in verdicts:
        if verdict["outcome"] not in ("killed", "clean"):
            run.note(f"{verdict['scenario']}, {verdict['change']}: {verdict['outcome']} {verdict['by']}")
    harmless = sum(verdict["harmless"] for verdict in verdicts)
    explored = sum(verdict.get("mode") == "explore" for verdict in verdicts)
    run.note(f"{len(verdicts) - harmless} mutants, {explored} of them found by exploring, and {harmless} harmless changes in {seconds:.0f} s")
    run.count(good if seconds < 600 else 0, len(verdicts), {"seconds": round(seconds), "harmless": harmless, "explored": explored})


@harness.measure("race.generated", goal=1, unit="generated mutants accounted for")
def race_generated(run):
    """Every mutant that a rule makes of our functions is killed by a test or a scenario, or explained as one that cannot be noticed."""
    with gates() as (cluster, module):
        began = time.monotonic()
        done = subprocess.run(
            [harness.PROGRAM, "race", "mutate", "--generated", "--gate", module, "--json", "--history", cluster.directory / "race",
             "--database-url", cluster.url], cwd=harness.ROOT, capture_output=True, text=True)
        seconds = time.monotonic() - began
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    counts = {outcome: sum(verdict["outcome"] == outcome for verdict in verdicts) for outcome in ["killed", "explained", "invalid", "survived"]}
    for verdict in verdicts:
        if verdict["outcome"] == "survived":
            run.note(f"{verdict['function']}:{verdict['line']} {verdict['change']} survived: {verdict['before']} -> {verdict['after']}")
    run.note(f"{len(verdicts)} generated mutants, {counts['killed']} killed, {counts['explained']} explained, {counts['invalid']} invalid, "
             f"{counts['survived']} survivors, in {seconds:.0f} s")
    run.count(len(verdicts) - counts["survived"], len(verdicts), {"seconds": round(seconds), **counts})


@harness.measure("race.hammer.lookup", goal=0.8, unit="operations/s", pairs=5)
def race_hammer_lookup(run):
    """One SELECT by primary key on eight connections, with full histories, against pgbench."""
    hammer(run, "hammer_lookup")


@harness.measure("race.hammer.update", goal=0.8, unit="operations/s", pairs=5)
def race_hammer_update(run):
    """One UPDATE by primary key that returns a row, on eight connections, with full histories, against pgbench."""
    hammer(run, "hammer_update")


def hammer(run, name):
    scripts = harness.ROOT / "bench/scripts"
    setup = re.search(r"^setup \{(.*?)^\}", (scripts / f"{name}.spec").read_text(), re.M | re.S)[1]
    # Commits that wait for the disk would hide the cost of the hammer.
    with Cluster(fsync="off", synchronous_commit="off", max_wal_size="8GB") as cluster:
        cluster.sql("CREATE DATABASE template_hammer TEMPLATE template0")
        cluster.sql(setup, database="template_hammer")

        def ours():
            done = command([harness.PROGRAM, "race", "run", scripts / f"{name}.spec", "--seconds", run.seconds, "--json",
                            "--history", cluster.directory / "history", "--database-url", cluster.url])
            shutil.rmtree(cluster.directory / "history")
            return json.loads(done.splitlines()[-1])["perSecond"]

        def theirs():
            cluster.copy_database("template_hammer", "hammer")
            return pgbench(cluster.database("hammer"), scripts / f"{name}.sql", seconds=run.seconds)

        run.pairs(ours, theirs)


@contextlib.contextmanager
def gates():
    """A server, with the gate module built where the server can read it."""
    with Cluster(fsync="off", max_connections=200) as cluster:
        folder = cluster.directory / "gate"
        folder.mkdir(mode=0o755)
        module = command([harness.ROOT / "extension/gate/build.sh", folder, "/usr/lib/postgresql/15/bin/pg_config"]).strip()
        yield cluster, module


def explore(cluster, module, scenario, *options):
    done = subprocess.run(
        [harness.PROGRAM, "race", "explore", scenario, "--gate", module, "--json", "--database-url", cluster.url, *map(str, options)],
        capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise RuntimeError(done.stderr)
    report = json.loads(done.stdout.splitlines()[-1])
    report["rate"] = report["schedules"] / report["seconds"]
    return report
