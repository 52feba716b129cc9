"""A server whose clock is not the machine's: libfaketime, set while it runs."""
import ctypes.util
import glob
import time

from . import rooms
from .servers import RawServer, Skipped, eventually, migrated


class Clock(RawServer):
    """Starts 60 s ahead. `set` moves the clock of the running server."""

    def __init__(self):
        found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if not found:
            raise Skipped("libfaketime is not installed: tools/setup.sh climate")
        super().__init__(environment={"LD_PRELOAD": found[0], "FAKETIME_NO_CACHE": "1"})

    def configure(self):
        super().configure()
        self.file = self.directory / "clock"
        self.environment["FAKETIME_TIMESTAMP_FILE"] = str(self.file)
        self.set("+60s")

    def set(self, offset):
        self.file.write_text(offset + "\n")
        self.file.chmod(0o644)

    def __enter__(self):
        super().__enter__()
        try:
            self.psql("postgres", "-c", "CREATE DATABASE climate")
            migrated(self, "climate", [])
            self.offset_is(60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def offset_is(self, seconds):
        found = float(self.psql("postgres", "-c", "SELECT extract(epoch FROM clock_timestamp())")) - time.time()
        if abs(found - seconds) > 5:
            raise Skipped(f"libfaketime does not move the server's clock: {found:.0f} s, not {seconds}")

    def sql(self, text):
        return self.psql("climate", "-c", text)


def due(server, queue, kind, seconds, busy):
    """How long until a job of this kind is claimed. `busy`: as many jobs come as are claimed, and 40 lie there, so the queue is never empty."""
    began = time.monotonic()
    if busy:
        server.sql(f"SELECT count(*) FROM domainflow.enqueue_jobs('{queue}', array_fill('other'::text, '{{40}}'), array_fill('{{}}'::jsonb, '{{40}}'))")

    def claimed():
        if busy:
            server.sql(f"SELECT count(*) FROM domainflow.enqueue_jobs('{queue}', array_fill('other'::text, '{{5}}'), array_fill('{{}}'::jsonb, '{{5}}'))")
        return kind in server.sql(f"SELECT kind FROM domainflow.claim_jobs('{queue}', 'w', 5, '10 minutes')").splitlines()
    eventually(f"job {kind} is claimed{' on a busy queue' if busy else ''}", claimed, seconds)
    if busy:
        server.sql(f"SELECT count(*) FROM domainflow.claim_jobs('{queue}', 'w', 40, '10 minutes')")
    return time.monotonic() - began


def liveness(server, name, busy):
    """What was enqueued, scheduled and abandoned is claimed, at its time."""
    queue = f"{name} {'busy' if busy else 'idle'}"
    server.sql(f"SELECT domainflow.create_queue('{queue}')")
    server.sql(f"SELECT domainflow.enqueue_job('{queue}', 'ready')")
    due(server, queue, "ready", 3, busy)
    server.sql(f"SELECT domainflow.enqueue_job('{queue}', 'scheduled', p_run_at => clock_timestamp() + interval '1 s')")
    due(server, queue, "scheduled", 5, busy)
    server.sql(f"SELECT domainflow.enqueue_job('{queue}', 'abandoned', p_priority => 9)")
    server.sql(f"SELECT count(*) FROM domainflow.claim_jobs('{queue}', 'dies', 1, '1 s')")
    due(server, queue, "abandoned", 8, busy)


def set_back(server):
    """A clock that was a minute ahead is put right; nothing waits for the minute to pass again."""
    server.set("+60s")
    for busy in (False, True):
        liveness(server, "ahead", busy)
    server.set("+0s")
    server.offset_is(0)
    differences = []
    for name in ("ahead", "behind"):
        for busy in (False, True):
            try:
                if name == "ahead":
                    queue = f"ahead {'busy' if busy else 'idle'}"
                    server.sql(f"SELECT domainflow.enqueue_job('{queue}', 'after')")
                    due(server, queue, "after", 3, busy)
                    server.sql(f"SELECT domainflow.enqueue_job('{queue}', 'after later', p_run_at => clock_timestamp() + interval '1 s')")
                    due(server, queue, "after later", 6, busy)
                else:
                    liveness(server, name, busy)
            except AssertionError as error:
                differences.append(f"after the clock went 60 s back: {error}")
    return {"job": differences}


def ten_years(server):
    """A clock that jumps ten years ahead makes every month look expired: the log stays."""
    server.sql("SELECT domainflow.log_authorization_decision('u', 't', 'i', 'a', 'allow') FROM generate_series(1, 10)")
    server.sql("SELECT domainflow.ensure_partitions(2)")
    server.sql("SELECT domainflow.set_retention('audit_log', interval '1 year')")
    server.sql("SELECT * FROM domainflow.drop_expired_partitions()")
    before = server.sql("SELECT count(*) FROM domainflow.audit_log")
    server.set("+3650d")
    server.offset_is(3650 * 86400)
    differences = {"audit": [], "job": []}
    said = server.sql("SELECT * FROM domainflow.drop_expired_partitions(12); SELECT * FROM domainflow.maintain()")
    after = server.sql("SELECT count(*) FROM domainflow.audit_log")
    if after != before:
        differences["audit"].append(f"of {before} decisions {after} are left after the clock jumped ten years: {said[-300:]}")
    for busy in (False, True):
        try:
            liveness(server, "in ten years", busy)
        except AssertionError as error:
            differences["job"].append(f"after ten years: {error}")
    server.set("+0s")
    server.offset_is(0)
    for busy in (False, True):
        try:
            liveness(server, "ten years back", busy)
        except AssertionError as error:
            differences["job"].append(f"back from ten years ahead: {error}")
    return differences
