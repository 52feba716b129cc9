"""Servers that need more than `domainflow dev` offers: a clock of their own, a standby, a subscriber, an encoding."""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

from private_server import PROJECT, PrivateServer, run

PROGRAM = pathlib.Path(os.environ.get("DOMAINFLOW", PROJECT / ".build/debug/domainflow")).resolve()
TEMPLATE = "climate_template"


class Skipped(Exception):
    """A climate that this machine cannot have; the table says why."""


def bindir(major=None):
    """The programs of a major version, or of the newest of Debian's."""
    try:
        return pathlib.Path(run([PROJECT / "tools/verify/server.sh", *([str(major)] if major else [])]).strip().splitlines()[-1])
    except RuntimeError as error:
        raise Skipped(str(error).strip().splitlines()[-1]) from error


def migrated(server, database, extra=("CREATE EXTENSION IF NOT EXISTS pgtap",)):
    """Installs in a database that is there."""
    run([PROGRAM, "migrate", "up", "--dir", PROJECT / "sql", "--database-url", server.database(database)])
    for text in extra:
        server.psql(database, "-c", text)


class Server(PrivateServer):
    """A server with a template database: what is installed once is copied for each climate."""

    def __init__(self, major=None, **settings):
        self.count = 0
        super().__init__(PROGRAM, bindir=bindir(major) if major else None, fsync="off", synchronous_commit="off", full_page_writes="off",
                         autovacuum_naptime="1h", **settings)

    def __enter__(self):
        super().__enter__()
        try:
            self.version = int(self.psql("postgres", "-c", "SHOW server_version_num")) // 10000
            self.has_pgtap = self.psql("postgres", "-c", "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'") == "1"
            self.psql("postgres", "-c", f"CREATE DATABASE {TEMPLATE}")
            self.install(TEMPLATE)
            self.install_pgtap(TEMPLATE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def install(self, database):
        migrated(self, database, [])

    def install_pgtap(self, database):
        install_pgtap(self, database)

    @property
    def client(self):
        return self.bindir / "psql" if self.bindir else "psql"

    def copy(self, name=None, template=TEMPLATE):
        """A database like the template."""
        self.count += 1
        name = name or f"climate_{self.count}"
        self.psql("postgres", "-c", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name):
        self.psql("postgres", "-c", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def install_pgtap(server, database):
    """pgTAP is SQL only: a server that has none gets the script of another one here, in schema public."""
    if server.psql("postgres", "-c", "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'") == "1":
        server.psql(database, "-c", "CREATE EXTENSION pgtap")
        return
    found = sorted(pathlib.Path("/usr/share/postgresql").glob("*/extension/pgtap--[0-9]*.sql"))
    full = [path for path in found if path.name.count("--") == 1 and "core" not in path.name and "schema" not in path.name]
    if not full:
        raise Skipped("pgTAP is not installed: tools/setup.sh test")
    share = pathlib.Path(run([server.bindir / "pg_config", "--sharedir"]).strip()) / "extension"
    for path in (full[-1], full[-1].parent / "pgtap.control"):
        shutil.copy(path, share)
    server.psql(database, "-c", "CREATE EXTENSION pgtap")


class RawServer:
    """A server made with initdb and pg_ctl. `environment` is the server's: a clock of libfaketime, for example."""

    def __init__(self, major=None, initdb=(), settings=None, environment=None, copy_of=None):
        self.bindir = bindir(major)
        self.initdb, self.settings, self.environment, self.copy_of = initdb, settings or {}, environment or {}, copy_of
        self.count = 0

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dfc", dir="/tmp"))
        self.data = self.directory / "data"
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
        try:
            if self.copy_of:
                self.as_user("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "-d", self.copy_of.database("postgres"))
            else:
                self.as_user("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", *self.initdb)
            self.configure()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def configure(self):
        lines = {"listen_addresses": "''", "unix_socket_directories": f"'{self.directory}'", "port": "5432", "fsync": "off", "full_page_writes": "off",
                 "shared_buffers": "64MB", "max_wal_senders": "8", "logging_collector": "off", **self.settings}
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in lines.items())

    def as_user(self, program, *arguments, check=True):
        command = [str(self.bindir / program), *map(str, arguments)]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd="/tmp", check=False,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/tmp"})
        if check and done.returncode:
            raise RuntimeError(f"{program}: exit {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def start(self):
        command = [str(self.bindir / "pg_ctl"), "-w", "-D", str(self.data), "-l", str(self.directory / "log"), "start"]
        if self.environment:
            command = ["env", *(f"{name}={value}" for name, value in self.environment.items()), *command]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp", check=False,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/tmp"})
        if done.returncode:
            log = self.directory / "log"
            raise RuntimeError(f"the server does not start: {log.read_text()[-600:] if log.exists() else 'no log'}")

    def stop(self, mode="fast"):
        self.as_user("pg_ctl", "-w", "-m", mode, "-D", self.data, "stop", check=False)

    def __exit__(self, *_):
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)

    def database(self, name="postgres", user="postgres"):
        return f"postgresql:///{name}?host={self.directory}&port=5432&user={user}"

    def psql(self, database, *arguments, stdin=None, user="postgres"):
        return run([self.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.database(database, user), *arguments],
                   stdin=stdin).strip()


def eventually(what, condition, seconds=30):
    """Waits until it is so; the time is the machine's, not the server's."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return answer
