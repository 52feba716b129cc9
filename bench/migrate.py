"""The migration runner: a run with nothing to do, many steps against sqitch, and two concurrent runners."""
import pathlib
import subprocess
import tempfile
import urllib.parse

import harness
from cluster import Cluster, run as command, seconds_of

STEPS = 1000


@harness.measure("migrate.noop", goal=1, unit="ms")
def noop(run):
    """ours is the time of the whole process, from start to exit; theirs is the limit of 100 ms."""
    with Cluster() as cluster:
        up = [harness.PROGRAM, "migrate", "up", "--database-url", cluster.url]
        command(up)
        run.bound(lambda: 1000 * seconds_of(up), 100)


@harness.measure("migrate.many", goal=1, unit="s")
def many(run):
    with Cluster() as cluster, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        ours, theirs = pathlib.Path(folder, "ours"), pathlib.Path(folder, "theirs")
        write_steps(ours)
        write_sqitch(theirs)

        def fresh():
            cluster.sql("DROP DATABASE IF EXISTS many WITH (FORCE)")
            cluster.sql("CREATE DATABASE many")
            return cluster.database("many")

        def timed(arguments, **options):
            url = fresh()
            seconds = seconds_of(arguments(url), **options)
            made = int(cluster.sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'many\\_%' AND relkind = 'r'", "many"))
            if made != STEPS:
                raise RuntimeError(f"{made} of {STEPS} steps were applied")
            return seconds

        run.pairs(lambda: timed(lambda url: [harness.PROGRAM, "migrate", "up", "--dir", ours, "--database-url", url]),
                  lambda: timed(lambda url: ["sqitch", "deploy", "--quiet", "--no-verify", sqitch_target(url)], cwd=theirs), times=True)


def step(i):
    return f"CREATE TABLE many_{i:04d} (id integer);\n"


def write_steps(folder):
    migrations = folder / "migrations"
    migrations.mkdir(parents=True)
    for i in range(1, STEPS + 1):
        (migrations / f"{i:04d}_many.sql").write_text(step(i))


def write_sqitch(folder):
    (folder / "deploy").mkdir(parents=True)
    (folder / "sqitch.conf").write_text("[core]\n\tengine = pg\n[user]\n\tname = bench\n\temail = bench@example.com\n")
    lines = ["%syntax-version=1.0.0", "%project=many", ""]
    for i in range(1, STEPS + 1):
        lines.append(f"many_{i:04d} 2026-01-01T00:00:00Z bench <bench@example.com> # step {i}")
        (folder / f"deploy/many_{i:04d}.sql").write_text(f"BEGIN;\n{step(i)}COMMIT;\n")
    (folder / "sqitch.plan").write_text("\n".join(lines) + "\n")


def sqitch_target(url):
    """sqitch requires its own form of URI."""
    parts = urllib.parse.urlsplit(url)
    options = dict(urllib.parse.parse_qsl(parts.query))
    return f"db:pg://{options['user']}@:{options['port']}{parts.path}?host={urllib.parse.quote(options['host'], safe='')}"


@harness.measure("migrate.concurrent", goal=1, unit="rounds in which each step ran exactly once", pairs=20)
def concurrent(run):
    """Two concurrent `migrate up`, with one CREATE INDEX CONCURRENTLY on a table that takes a while to index."""
    held = 0
    with Cluster() as cluster, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        migrations = pathlib.Path(folder, "migrations")
        migrations.mkdir()
        (migrations / "0001_table.sql").write_text(
            "CREATE TABLE ran (step integer);\nCREATE TABLE big (id bigint);\n"
            "INSERT INTO big SELECT g FROM generate_series(1, 200000) AS g;\nINSERT INTO ran VALUES (1);\n")
        (migrations / "0002_index.sql").write_text("--! transaction: no\nCREATE INDEX CONCURRENTLY big_id ON big (id);\n")
        for i in (3, 4, 5):
            (migrations / f"000{i}_row.sql").write_text(f"INSERT INTO ran VALUES ({i});\n")
        for i in range(run.count_of_pairs):
            cluster.sql("DROP DATABASE IF EXISTS twice WITH (FORCE)")
            cluster.sql("CREATE DATABASE twice")
            up = [harness.PROGRAM, "migrate", "up", "--dir", folder, "--database-url", cluster.database("twice")]
            both = [subprocess.Popen(up, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
            said = [process.communicate(timeout=120)[0] for process in both]
            found = cluster.sql("""SELECT (SELECT string_agg(step::text, ',' ORDER BY step) FROM ran) || ' ' ||
                (SELECT count(*) FILTER (WHERE indisvalid) || '/' || count(*) FROM pg_index WHERE indrelid = 'big'::regclass)""", "twice")
            good = found == "1,3,4,5 1/1" and all(process.returncode == 0 for process in both)
            held += good
            run.note(f"round {i + 1}: exit {both[0].returncode} and {both[1].returncode}, steps and valid indexes {found}")
            if not good:
                run.note("\n".join(said))
    run.count(held, run.count_of_pairs)
