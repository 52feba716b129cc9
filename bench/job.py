"""Claims of jobs: against a hand-written queue, under a pinned xmin horizon, and with a deep queue."""
import statistics
import subprocess
import time

import harness
from cluster import Cluster, PinnedHorizon, pgbench

SCRIPTS = harness.ROOT / "bench/scripts"
OURS, FLOOR = SCRIPTS / "job_claim.sql", SCRIPTS / "job_claim_floor.sql"
# Four priorities, spread over the whole queue.
PRIORITY = "(g % 4)::smallint"
FLOOR_TABLE = """
CREATE TABLE floor_jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, priority smallint NOT NULL, run_at timestamptz NOT NULL,
    kind text NOT NULL, payload jsonb NOT NULL, status text NOT NULL, locked_by text, locked_at timestamptz, attempts int NOT NULL);
CREATE INDEX floor_ready ON floor_jobs (priority DESC, id) WHERE status = 'ready';
"""


def enqueue(cluster, database, count, chunk=50_000):
    for first in range(0, count, chunk):
        cluster.sql(f"""
            SELECT count(*) FROM domainflow.enqueue_jobs('bench',
                (SELECT array_agg('noop'::text) FROM generate_series({first + 1}, {min(first + chunk, count)}) AS g),
                (SELECT array_agg('{{"n": 1}}'::jsonb) FROM generate_series({first + 1}, {min(first + chunk, count)}) AS g),
                (SELECT array_agg({PRIORITY}) FROM generate_series({first + 1}, {min(first + chunk, count)}) AS g))""", database)


def prepare(cluster, database, count, floor=False):
    """Creates a database whose queue (with `floor`, also the floor table) contains `count` ready jobs, vacuumed and analyzed."""
    cluster.sql(f"CREATE DATABASE {database}")
    cluster.migrate(database)
    cluster.sql("SELECT domainflow.create_queue('bench')", database)
    enqueue(cluster, database, count)
    if floor:
        cluster.sql(FLOOR_TABLE, database)
        cluster.sql(f"""INSERT INTO floor_jobs (priority, run_at, kind, payload, status, attempts)
            SELECT {PRIORITY}, now(), 'noop', '{{"n": 1}}', 'ready', 0 FROM generate_series(1, {count}) AS g""", database)
    cluster.sql("VACUUM (ANALYZE)\n;CHECKPOINT", database)


@harness.measure("job.claim", goal=0.9, unit="jobs/s")
def claim(run):
    with Cluster(shared_buffers="2GB") as cluster:
        prepare(cluster, "ready", 200_000, floor=True)

        def rate(script):
            cluster.copy_database("ready", "hammered")
            return pgbench(cluster.database("hammered"), script, run.seconds)

        run.pairs(lambda: rate(OURS), lambda: rate(FLOOR))


@harness.measure("job.claim.pinned", goal=0.9, unit="jobs/s in the last fifth", seconds=30)
def pinned(run):
    """ours is the rate under the pin, theirs the rate without it, each in the last fifth of the run, when there are most dead rows."""
    whole = {"free": [], "pinned": []}
    window = max(1, run.seconds // 5)
    with Cluster(shared_buffers="2GB") as cluster:
        prepare(cluster, "ready", 400_000)

        def rate(label, url):
            total, windows = pgbench(url, OURS, run.seconds, window=window)
            whole[label].append(total)
            run.note(f"{label}: " + " ".join(f"{w:,.0f}" for w in windows))
            return windows[-1]

        def free():
            cluster.copy_database("ready", "hammered")
            return rate("free", cluster.database("hammered"))

        def under_pin():
            cluster.copy_database("ready", "hammered")
            with PinnedHorizon(cluster.database("hammered")):
                return rate("pinned", cluster.database("hammered"))

        run.pairs(under_pin, free, detail=lambda: {
            "whole_run_ratio": round(statistics.median(p / f for p, f in zip(whole["pinned"], whole["free"])), 3),
            "whole_run_pinned": round(statistics.median(whole["pinned"])), "whole_run_free": round(statistics.median(whole["free"]))})


@harness.measure("job.claim.depth", goal=0.9, unit="jobs/s")
def depth(run):
    """ours is the rate at 5,000,000 ready jobs, theirs at 10,000. Short runs of 4,000 claims, each followed by a refill, preserve the depths."""
    claims_per_client, clients = 500, 8
    with Cluster(shared_buffers="2GB") as cluster:
        prepare(cluster, "shallow", 10_000)
        prepare(cluster, "deep", 5_000_000)

        def rate(database):
            measured = pgbench(cluster.database(database), OURS, transactions=claims_per_client, clients=clients)
            enqueue(cluster, database, claims_per_client * clients)
            return measured

        rate("shallow")
        rate("deep")
        run.pairs(lambda: rate("deep"), lambda: rate("shallow"))


@harness.measure("job.enqueue", goal=0.6, unit="jobs/s")
def enqueue_one(run):
    with Cluster(shared_buffers="1GB") as cluster:
        prepare(cluster, "empty", 1, floor=True)

        def rate(script):
            cluster.copy_database("empty", "hammered")
            return pgbench(cluster.database("hammered"), script, run.seconds)

        run.pairs(lambda: rate(SCRIPTS / "job_enqueue.sql"), lambda: rate(SCRIPTS / "job_enqueue_floor.sql"))


@harness.measure("job.busy", goal=0.85, unit="jobs/s")
def busy(run):
    """ours is the rate on a queue that is never empty with 10 % scheduled and 10 % failing jobs, theirs without. Detail: how late they
    were claimed; the 99th percentile has to be below 1.5 s."""
    late = []
    with Cluster(shared_buffers="1GB") as cluster:
        cluster.sql("CREATE DATABASE busy")
        cluster.migrate("busy")
        # Below the 200 that are worked on lies a reserve of a lower priority, for when more wait for their time than that.
        cluster.sql("""SELECT domainflow.create_queue('busy', 1000, '100 milliseconds', '200 milliseconds');
            CREATE UNLOGGED TABLE late (seconds double precision NOT NULL);
            SELECT count(*) FROM domainflow.enqueue_jobs('busy', array_fill('noop'::text, ARRAY[20200]),
                array_fill('{}'::jsonb, ARRAY[20200]), array_fill(0::smallint, ARRAY[200]) || array_fill(-1::smallint, ARRAY[20000]))""",
                    "busy")

        def rate(script):
            cluster.copy_database("busy", "hammered")
            measured = pgbench(cluster.database("hammered"), SCRIPTS / script, run.seconds)
            p99 = cluster.sql("SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds) FROM late", "hammered").strip()
            if p99:
                late.append(float(p99))
                run.note(f"claimed after due, 99th percentile: {float(p99):.3f} s")
            return measured

        run.pairs(lambda: rate("job_busy.sql"), lambda: rate("job_steady.sql"),
                  detail=lambda: {"p99_claimed_after_due_s": round(statistics.median(late), 3), "p99_worst_s": round(max(late), 3)})
        run.holds = run.holds and statistics.median(late) <= 1.5


@harness.measure("job.burst", goal=0.3, unit="s", pairs=5)
def burst(run):
    """Time in which 200,000 jobs that become due at once are drained a hundred at a time by four workers, against as many that are ready."""
    count = 200_000

    def fill(cluster, run_at):
        cluster.sql("CREATE DATABASE burst")
        cluster.migrate("burst")
        cluster.sql(f"""SELECT domainflow.create_queue('burst');
            SELECT count(*) FROM domainflow.enqueue_jobs('burst', array_fill('noop'::text, ARRAY[{count}]),
                array_fill('{{}}'::jsonb, ARRAY[{count}]), NULL, array_fill({run_at}, ARRAY[{count}]))""", "burst")

    with Cluster(shared_buffers="1GB") as cluster:
        def drained(run_at):
            cluster.sql("DROP DATABASE IF EXISTS burst WITH (FORCE)")
            fill(cluster, run_at)
            cluster.sql("SELECT pg_sleep(1.5)")
            start = time.monotonic()
            workers = subprocess.Popen(["pgbench", "-n", "-M", "prepared", "-c", "4", "-j", "2", "-T", "120", "-f", SCRIPTS / "job_drain.sql",
                                        cluster.database("burst")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while cluster.sql("SELECT 1 FROM domainflow.job LIMIT 1", "burst").strip() and time.monotonic() < start + 100:
                time.sleep(0.05)
            taken = time.monotonic() - start
            workers.terminate()
            workers.wait()
            return taken

        run.pairs(lambda: drained("clock_timestamp() + interval '1 second'"), lambda: drained("NULL::timestamptz"), times=True)
