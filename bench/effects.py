"""Runners that die: steps outside a transaction take effect once, upwards and downwards, or say that they do not know."""
import pathlib
import random
import re
import subprocess
import tempfile
import time

import harness
from cluster import Cluster

OUTSIDE = "--! transaction: no\n"
FILES = {
    "0001_tables.sql": """CREATE TABLE effect (step text, part integer);
        CREATE TABLE big (id bigint);
        INSERT INTO big SELECT g FROM generate_series(1, 300000) AS g;
        CREATE PROCEDURE twice(p_step text) LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO effect VALUES (p_step, 1); COMMIT; PERFORM pg_sleep(0.1); INSERT INTO effect VALUES (p_step, 2); COMMIT;
        END $$;""",
    "0001_tables.down.sql": "SELECT 1;",
    "0002_pay.sql": OUTSIDE + "INSERT INTO effect SELECT 'pay', 1 FROM pg_sleep(0.1);",
    "0002_pay.down.sql": OUTSIDE + "INSERT INTO effect SELECT 'refund', 1 FROM pg_sleep(0.1);",
    "0003_index.sql": OUTSIDE + "CREATE INDEX CONCURRENTLY big_id ON big (id);",
    "0003_index.down.sql": OUTSIDE + "DROP INDEX CONCURRENTLY big_id;",
    "0004_call.sql": OUTSIDE + "CALL twice('call');",
    "0004_call.down.sql": OUTSIDE + "CALL twice('recall');",
}
# Of each step that may end as unknown: what its two directions leave in table effect, and how many rows.
EFFECTS = {2: {"up": ("pay", 1), "down": ("refund", 1)}, 4: {"up": ("call", 2), "down": ("recall", 2)}}


class Steps:
    """One database that goes up or down."""

    def __init__(self, cluster, folder, direction):
        self.cluster, self.direction = cluster, direction
        self.options = ["--dir", folder, "--database-url", cluster.database("effects")]
        self.told = 0

    def start(self):
        arguments = ["up"] if self.direction == "up" else ["down", "--target", "0", "--yes"]
        return subprocess.Popen([harness.PROGRAM, "migrate", *arguments, *self.options],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def sql(self, text):
        return self.cluster.sql(text, "effects")

    def finish(self):
        """Runs the command again until it ends well; where it says that it does not know, looks in the database and tells it."""
        for _ in range(6):
            process = self.start()
            said = process.communicate(timeout=120)[0]
            if process.returncode == 0:
                return
            unknown = re.search(r"it is not known whether (\d+)_", said)
            if not unknown:
                raise RuntimeError(said)
            self.tell(int(unknown.group(1)))
        raise RuntimeError("it does not end: " + said)

    def tell(self, number):
        self.told += 1
        name, rows = EFFECTS[number][self.direction]
        found = int(self.sql(f"SELECT count(*) FROM effect WHERE step = '{name}'"))
        if found < rows:
            self.sql(f"DELETE FROM effect WHERE step = '{name}'")
        is_applied = (found == rows) == (self.direction == "up")
        subprocess.run([harness.PROGRAM, "migrate", "repair", "--done" if is_applied else "--undone", str(number), *self.options],
                       check=True, capture_output=True)

    def wrong(self):
        """What is not as one run leaves it."""
        expected = {name: rows for step in EFFECTS.values() for name, rows in [step["up"]] + ([step["down"]] if self.direction == "down" else [])}
        found = dict(line.split("|") for line in self.sql("SELECT step, count(*) FROM effect GROUP BY step").split())
        problems = [f"{name}: {found.get(name, 0)} rows, not {rows}" for name, rows in expected.items() if int(found.get(name, 0)) != rows]
        indexes = self.sql("SELECT count(*) FILTER (WHERE indisvalid) || '/' || count(*) FROM pg_index WHERE indrelid = 'big'::regclass")
        wanted = ("1/1", "4") if self.direction == "up" else ("0/0", "0")
        rows = self.sql("SELECT count(*) FROM domainflow_migrate.history WHERE outcome = 'done'")
        if (indexes, rows) != wanted:
            problems.append(f"valid indexes {indexes}, done steps {rows}")
        return problems


@harness.measure("migrate.effects", goal=1, unit="kills after which each effect is there once", pairs=100)
def effects(run):
    """kill -9 of `migrate up` and `migrate down` at random moments; a kill counts if it hit a step outside a transaction."""
    seed = random.randrange(1 << 32)
    run.note(f"seed {seed}")
    moments = random.Random(seed)
    held = hit = told = 0
    # The runner dies, not the server.
    with Cluster(fsync="off") as cluster, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        for name, text in FILES.items():
            pathlib.Path(folder, name).write_text(text)
        durations = {}
        for direction, template in (("up", "template0"), ("down", "applied")):
            cluster.copy_database(template, "effects")
            began = time.monotonic()
            Steps(cluster, folder, direction).finish()
            durations[direction] = time.monotonic() - began
            if direction == "up":
                cluster.copy_database("effects", "applied")
        while hit < run.count_of_pairs:
            direction = moments.choice(["up", "down"])
            cluster.copy_database("template0" if direction == "up" else "applied", "effects")
            steps = Steps(cluster, folder, direction)
            process = steps.start()
            time.sleep(moments.uniform(0, durations[direction]))
            process.kill()
            process.communicate()
            under_way = steps.sql("""SELECT CASE WHEN to_regclass('domainflow_migrate.history') IS NOT NULL THEN (xpath('/row/c/text()', query_to_xml(
                $$SELECT count(*) AS c FROM domainflow_migrate.history WHERE outcome IN ('running', 'reverting')$$, false, true, '')))[1]::text END""")
            if under_way != "1":
                continue
            hit += 1
            steps.finish()
            problems = steps.wrong()
            held += not problems
            told += steps.told
            if problems:
                run.note(f"kill {hit}, {direction}: " + "; ".join(problems))
    run.note(f"{told} of {hit} outcomes were unknown, and told")
    run.count(held, hit)
