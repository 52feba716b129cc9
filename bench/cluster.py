"""A private PostgreSQL for one measure, through `domainflow dev`, with helpers for pgbench and psql."""
import os
import re
import signal
import subprocess
import sys
import time

from harness import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "tools"))
from private_server import PrivateServer, run  # noqa: E402


class Cluster(PrivateServer):
    """Not in /tmp, which may be in memory: commits must be durable."""

    def __init__(self, bindir=None, **settings):
        super().__init__(PROGRAM, ROOT / ".tools", bindir, **settings)

    def sql(self, text, database=None):
        """Runs statements, each in its own transaction, and returns their unaligned output."""
        return self.psql(database, stdin=text)

    def copy_database(self, template, name):
        """Creates a fresh copy, so that every run begins with the same pages, the same statistics and no dead rows."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self.sql("CHECKPOINT")

    def migrate(self, database=None):
        run([PROGRAM, "migrate", "up", "--database-url", self.database(database)])

    def postmaster(self):
        return int(next(self.directory.rglob("postmaster.pid")).read_text().split()[0])

    def kill_postmaster(self):
        """Sends SIGKILL to the postmaster alone; its children notice and exit."""
        os.kill(self.postmaster(), signal.SIGKILL)


class PinnedHorizon:
    """A REPEATABLE READ transaction that has an xid and stays open, so that VACUUM cannot remove rows in its database."""

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT pg_current_xact_id();\n")
        self.psql.stdin.flush()
        if not self.psql.stdout.readline().strip().isdigit():
            raise RuntimeError("the pinning transaction got no xid")
        return self

    def __exit__(self, *_):
        self.psql.stdin.close()
        self.psql.wait()


def pgbench(url, script, seconds=None, transactions=None, clients=8, threads=2, window=None, mode="prepared", log=None, **variables):
    """Transactions per second of one script, by default with prepared statements; the script refers to `variables` as :name.

    With `window`, also returns the rate of each window of that many seconds. With `log`, a file name prefix, pgbench logs every twentieth
    transaction.
    """
    command = ["pgbench", "-n", "-M", mode, "-c", str(clients), "-j", str(threads), "-f", str(script)]
    command += ["-l", "--sampling-rate", "0.05", "--log-prefix", str(log)] if log else []
    command += ["-t", str(transactions)] if transactions else ["-T", str(seconds)]
    command += ["-P", str(window)] if window else []
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    done = subprocess.run(command + [url], capture_output=True, text=True)
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
    if done.returncode or not rate or "aborted" in done.stderr:
        raise RuntimeError(f"pgbench {script}: {done.stderr[-2000:]}{done.stdout[-500:]}")
    if window:
        return float(rate[1]), [float(r) for r in re.findall(r"^progress: [0-9.]+ s, ([0-9.]+) tps", done.stderr, re.M)]
    return float(rate[1])


def seconds_of(command, **options):
    """Wall time of one command."""
    start = time.monotonic()
    run(command, **options)
    return time.monotonic() - start
