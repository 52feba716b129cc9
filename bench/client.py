"""The Swift client: its speed against other clients of the same server in the same run, and checks of what must never happen."""
import functools
import json
import re
import subprocess

import harness
from cluster import Cluster, pgbench, run as command, seconds_of
from harness import ROOT

SCRIPTS = ROOT / "bench/scripts"
PYTHON = ROOT / ".tools/venv/bin/python"
ROWS = 100_000
ACCOUNTS = f"""
CREATE SCHEMA bench;
CREATE TABLE bench.account (id bigint PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO bench.account SELECT g, g * 7 FROM generate_series(1, {ROWS}) AS g;
VACUUM (ANALYZE) bench.account;
CHECKPOINT;
"""


@functools.cache
def program():
    command(["swift", "build", "-c", "release", "--quiet", "--product", "client-bench"], cwd=ROOT)
    return ROOT / ".build/release/client-bench"


def bench(name, url, *options):
    """The report of one of client-bench's loads."""
    return json.loads(command([program(), name, "--url", url, *options]).splitlines()[-1])


def load(url, statement, connections, seconds, *options):
    return bench("throughput", url, "--statement", statement, "--connections", connections, "--seconds", seconds,
                 "--threads", min(2, connections), "--rows", ROWS, *options)


def throughput(statement, protocol, connections, goal, tasks="executor"):
    """One statement in a closed loop, with the same number of connections and threads on both sides."""
    name = f"client.{statement}.{protocol}.{connections}" + ("" if tasks == "executor" else f".{tasks}")
    options = ["--tasks", tasks] + (["--unnamed"] if protocol == "unnamed" else [])
    mode = "prepared" if protocol == "named" else "extended"

    @harness.measure(name, goal=goal, unit="statements/s", seconds=3)
    def take(run):
        with Cluster(shared_buffers="512MB", max_connections=200) as cluster:
            cluster.sql(ACCOUNTS)
            program()
            run.pairs(lambda: load(cluster.url, statement, connections, run.seconds, *options)["rate"],
                      lambda: pgbench(cluster.url, SCRIPTS / f"{statement}.sql", run.seconds, clients=connections,
                                      threads=min(2, connections), mode=mode))


def latency(statement, connections):
    """The 99th percentile of named statements; both sides sample one statement in twenty."""
    @harness.measure(f"client.{statement}.p99.{connections}", goal=round(1 / 1.3, 3), unit="us", seconds=3)
    def take(run):
        with Cluster(shared_buffers="512MB", max_connections=200) as cluster:
            cluster.sql(ACCOUNTS)
            program()
            run.pairs(lambda: load(cluster.url, statement, connections, run.seconds, "--latency")["p99_us"],
                      lambda: pgbench_p99(cluster, SCRIPTS / f"{statement}.sql", run.seconds, connections), times=True)


def pgbench_p99(cluster, script, seconds, connections):
    pgbench(cluster.url, script, seconds, clients=connections, threads=min(2, connections), log=cluster.directory / "latency")
    times = []
    for path in cluster.directory.glob("latency.*"):
        # client, transaction, time in us, ...
        times += [int(line.split()[2]) for line in path.read_text().splitlines()]
        path.unlink()
    return sorted(times)[int(len(times) * 0.99)]


for _statement in ["select1", "lookup"]:
    for _protocol in ["named", "unnamed"]:
        for _connections, _goal in [(1, 0.85), (8, 0.9), (64, 0.9)]:
            throughput(_statement, _protocol, _connections, _goal)
    throughput(_statement, "named", 8, 0.65, tasks="ordinary")
    for _connections in [1, 8, 64]:
        latency(_statement, _connections)


@harness.measure("client.asyncpg", goal=1.5, unit="statements/s", seconds=3)
def asyncpg(run):
    with Cluster(shared_buffers="512MB") as cluster:
        program()
        run.pairs(lambda: load(cluster.url, "select1", 8, run.seconds)["rate"],
                  lambda: float(command([PYTHON, SCRIPTS / "asyncpg_loop.py", cluster.url, 8, run.seconds])))


@harness.measure("client.pipeline", goal=4, unit="statements/s", seconds=3)
def pipeline(run):
    """100 lookups in one pipeline against the same lookups one by one, on one connection."""
    with Cluster(shared_buffers="512MB") as cluster:
        cluster.sql(ACCOUNTS)
        program()
        run.pairs(lambda: bench("pipeline", cluster.url, "--seconds", run.seconds)["rate"],
                  lambda: bench("pipeline", cluster.url, "--seconds", run.seconds, "--single")["rate"])


@harness.measure("client.copy", goal=0.9, unit="rows/s", pairs=10)
def copy(run):
    """Two million rows in text format from a file; both sides are timed as whole processes."""
    rows = 2_000_000
    with Cluster(shared_buffers="1GB", max_wal_size="4GB") as cluster:
        cluster.sql("CREATE UNLOGGED TABLE copied (id bigint, name text, amount numeric, at timestamptz)")
        program()
        file = cluster.directory / "rows.txt"
        with file.open("w") as out:
            for i in range(rows):
                out.write(f"{i}\tname {i * 7919 % rows}\t{i % 9973}.{i % 100:02}\t2026-01-{1 + i % 28:02} 12:00:00+00\n")

        def rate(*arguments):
            cluster.sql("TRUNCATE copied")
            cluster.sql("CHECKPOINT")
            seconds = seconds_of(arguments)
            found = int(cluster.sql("SELECT count(*) FROM copied"))
            if found != rows:
                raise RuntimeError(f"{found} rows arrived, {rows} were sent")
            return rows / seconds

        run.pairs(lambda: rate(program(), "copy", "--url", cluster.url, "--table", "copied", "--file", file),
                  lambda: rate("psql", "-X", "-q", cluster.url, "-c", f"\\copy copied from '{file}'"))


@harness.measure("client.cancel", goal=1, unit="cancellations that hit their target")
def cancel(run):
    """100,000 statements cancelled at random moments over 16 connections, then 10,000 waits for a connection."""
    with Cluster(max_connections=200) as cluster:
        statements = bench("cancel", cluster.url, "--count", 100_000, "--connections", 16, "--seed", 1)
        run.note(f"statements: {statements}")
        waits = bench("lease-waits", cluster.url, "--count", 10_000, "--connections", 4, "--seed", 1)
        run.note(f"waits: {waits}")
        lost = statements["connections_seen"] - statements["pool_idle"]
        wrong = statements["stray"] + statements["other_errors"] + statements["stuck"] + abs(lost)
        wrong += waits["waiting"] + waits["leased"] + waits["stuck"] + waits["other_errors"]
        wrong += abs(waits["open"] - waits["idle"]) + abs(4 - waits["usable"])
        tried = statements["cancellations"] + waits["cancelled_waits"]
        if statements["cancellations"] < 100_000 or waits["cancelled_waits"] < 10_000:
            raise RuntimeError("fewer cancellations took place than requested")
        run.count(tried - wrong, tried, detail={"statements": statements, "waits": waits})


@harness.measure("client.faults", goal=1, unit="operations with a correctly reported outcome")
def faults(run):
    """1,000 random faults, half over a Unix socket and half over TCP: no operation is applied twice, and no acknowledged one is missing."""
    reports = []
    for transport, seed in [("unix", 1), ("tcp", 2)]:
        with Cluster(max_connections=200) as cluster:
            report = bench("faults", cluster.url, "--count", 500, "--seed", seed, "--transport", transport)
        run.note(f"{transport}: {report}")
        reports.append(report)

    def total(name):
        return sum(report[name] for report in reports)
    wrong = total("applied_twice") + total("acknowledged_missing") + total("rolled_back_present") + total("unresolved") + total("stuck")
    wrong += sum(not report["balanced"] for report in reports)
    injected = sum(sum(report["faults"].values()) for report in reports)
    if injected < 1000:
        raise RuntimeError(f"only {injected} faults were injected")
    run.count(total("operations") - wrong, total("operations"), detail=reports)


@harness.measure("client.pgbouncer", goal=1, unit="tests that passed through PgBouncer")
def pgbouncer(run):
    """The client's tests with PgBouncer in transaction mode between client and server; tests that need a session are skipped."""
    done = subprocess.run([ROOT / "tools/pgbouncer.sh"], capture_output=True, text=True, cwd=ROOT)
    out = done.stdout + done.stderr
    total = re.search(r"Test run with (\d+) tests?", out)
    if not total:
        raise RuntimeError(out[-3000:])
    failed = len(re.findall(r"^✘ Test .* failed after", out, re.M))
    skipped = sorted(set(re.findall(r"^➜ +Test (.*) skipped(?:: (.*))?$", out, re.M)))
    if done.returncode:
        run.note("\n".join(line for line in out.splitlines() if line.startswith("✘"))[-3000:])
    ran = int(total[1]) - len(skipped)
    run.note(f"{ran} tests ran, {failed} failed, skipped: {skipped}")
    run.count(ran - max(failed, done.returncode), ran, detail={"skipped": skipped})


@harness.measure("client.fairness", goal=1, unit="ms")
def fairness(run):
    """1,000 tasks on a pool of 20: the longest wait against five times the median plus 50 ms."""
    with Cluster(max_connections=100) as cluster:
        def take():
            report = bench("fairness", cluster.url)
            run.note(report)
            return report["max_ms"], 5 * report["median_ms"] + 50
        taken = [take() for _ in range(run.count_of_pairs)]
        run.report([(longest, allowed, allowed / longest) for longest, allowed in taken])


@harness.measure("client.memory", goal=1, unit="MB", pairs=1)
def memory(run):
    """Growth of the resident set during five million statements, after a warm-up."""
    with Cluster(shared_buffers="512MB") as cluster:
        cluster.sql(ACCOUNTS)

        def growth():
            report = bench("memory", cluster.url)
            run.note(report)
            return max(0.01, report["growth_mb"])
        run.bound(growth, 5)


@harness.measure("transaction.recording", goal=0.98, unit="transactions/s", seconds=5, pairs=12)
def recording(run):
    """Transactions of one lookup, with and without a recorded metric, in turns as long as the recorder's interval; a turn ends once
    its metrics are written."""
    with Cluster(shared_buffers="512MB") as cluster:
        cluster.migrate()
        cluster.sql(ACCOUNTS)
        recorded = []

        def take():
            report = bench("recording", cluster.url, "--turn-seconds", run.seconds, "--turns", 2)
            if report["dropped"] or report["written"] != report["transactions"]:
                raise RuntimeError(f"not every transaction was recorded: {report}")
            recorded.append(report["transactions"])
            return report["rate"], report["plain_rate"]

        run.both(take, detail=lambda: {"recorded": sum(recorded)})
        found = int(cluster.sql("SELECT total FROM domainflow.get_transaction_performance_stats('lookup')") or 0)
        run.note(f"{sum(recorded)} transactions were recorded; the statistics count {found}")
        if found != sum(recorded):
            raise RuntimeError("the statistics do not count as many transactions as took place")
