#!/usr/bin/env python3
"""Checks that every way to install gives the same database, fresh, upgraded and restored, on every PostgreSQL version.

usage: tools/verify/equality.py [--json] [major ...]          default: the newest of Debian's; `make matrix` gives 15 16 18

sql/migrations.lock contains what each release's own catalog_fingerprint() printed when it was released. For each version the check
starts a private server with the extension's files installed, and creates these databases in it:
    managed              the plain file, by a role that may create roles and databases but is not a superuser; first, while no roles exist
    extension            CREATE EXTENSION domainflow
    migrate              domainflow migrate up
    plain                psql -f of the plain file
    development          migrate up of the newest release's steps as before the freeze: their includes read the current files
    <way> to X           extension, migrate and plain: one database per way starts at the oldest release and walks through all of them;
                         at each release its fingerprint must be that of the lock
    <way> restored       extension, migrate and plain with sample rows in every room, dumped with pg_dump and restored with pg_restore;
                         the check compares the rows of every table too
A walk passes through every release's catalog, so an upgrade from any release is the rest of a walk; that a fresh installation of a release
had the same catalog was checked here when it was released. The check generates the scripts of older releases from steps and lock.
It freezes unreleased steps in a copy, as the release that sql/functions/meta/version.sql names, so that an upgrade is tested before the
release is made; the lock does not contain that release's fingerprint yet, so all ways must agree with the first.

If a fingerprint differs, the check prints the objects that differ from the first database of that release, and exits with 1.
"""
import difflib
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from frozen import freeze  # noqa: E402
from private_server import PROJECT, PrivateServer, run  # noqa: E402

# Where the released steps and scripts are: in the project, or in a copy in which the unreleased steps are frozen too.
EXTENSION, ROOT = PROJECT / "extension", PROJECT
PROGRAM = pathlib.Path(os.environ.get("DOMAINFLOW", PROJECT / ".build/debug/domainflow")).resolve()


class Lock:
    """sql/migrations.lock: lines `<step> <checksum> <release>` and `fingerprint <release> <fingerprint>`."""

    def __init__(self):
        lines = [line.split() for line in (ROOT / "sql/migrations.lock").read_text().splitlines() if not line.startswith("#")]
        self.steps = [(step, release) for step, _, release in lines if step != "fingerprint"]
        self.fingerprints = {release: found for word, release, found in lines if word == "fingerprint"}
        self.releases = list(dict.fromkeys(release for _, release in self.steps))

    def last_step(self, release):
        through = self.releases[:self.releases.index(release) + 1]
        return max(step.split("_")[0] for step, released in self.steps if released in through)


class Server(PrivateServer):
    """A server with the extension installed. It does not wait for the disk, because no check here involves a crash."""

    def __init__(self, major):
        self.bin = pathlib.Path(run([HERE / "server.sh", *([major] if major else [])]).strip())
        run(["make", "-s", "-C", EXTENSION, "install", f"PG_CONFIG={self.bin / 'pg_config'}"])
        super().__init__(PROGRAM, bindir=self.bin, fsync="off")

    def create(self, name):
        self.psql("postgres", stdin=f'CREATE DATABASE "{name}"')

    def scripts(self, release):
        """Returns a folder with the scripts of a release, after installing its full script."""
        folder = self.directory / "scripts"
        if not (folder / f"domainflow--{release}.sql").exists():
            run([PROGRAM, "migrate", "freeze", "--scripts", release, "--into", folder, "--dir", ROOT / "sql"])
            share = pathlib.Path(run([self.bin / "pg_config", "--sharedir"]).strip()) / "extension"
            shutil.copy(folder / f"domainflow--{release}.sql", share)
        return folder


# The ways to install: each brings a database that is empty, or at the previous release, to a release.

def by_extension(server, database, lock, release):
    if server.psql(database, "-c", "SELECT 1 FROM pg_extension WHERE extname = 'domainflow'"):
        server.psql(database, "-c", f"ALTER EXTENSION domainflow UPDATE TO '{release}'")
    else:
        server.psql(database, "-c", f"CREATE EXTENSION domainflow VERSION '{release}'")


def by_migrate(server, database, lock, release):
    run([PROGRAM, "migrate", "up", "--dir", ROOT / "sql", "--database-url", server.database(database), "--target", lock.last_step(release)])


def by_plain_file(server, database, lock, release):
    """A plain installation has no history: a baseline records what is installed, and `migrate up` applies the rest."""
    if server.psql(database, "-c", "SELECT to_regnamespace('domainflow')"):
        if not server.psql(database, "-c", "SELECT to_regclass('domainflow_migrate.history')"):
            target = lock.last_step(server.psql(database, "-c", "SELECT domainflow.version()"))
            run([PROGRAM, "migrate", "baseline", "--dir", ROOT / "sql", "--target", target, "--database-url", server.database(database)])
        by_migrate(server, database, lock, release)
    else:
        server.psql(database, "-f", server.scripts(release) / f"domainflow-{release}.plain.sql")


def by_managed_role(server, database, lock, release):
    server.psql("postgres", stdin=f"""CREATE ROLE managed LOGIN CREATEROLE CREATEDB;
        ALTER DATABASE "{database}" OWNER TO managed;""")
    server.psql(database, "-f", EXTENSION / f"domainflow-{release}.plain.sql", user="managed")


def by_development(server, database, lock, release):
    """The steps of the newest release as they were before it: without pins, so that they read the function files as they are now. Earlier
    steps keep theirs: a function file of today may need what a later step makes."""
    folder = server.directory / "development"
    shutil.copytree(ROOT / "sql", folder)
    newest = [step for step, released in lock.steps if released == release]

    def unpin(found):
        return f"--! {found[1] or ''}include {found[2]}" if (folder / found[2]).exists() else found[0]

    for step in newest:
        path = folder / "migrations" / f"{step}.sql"
        path.write_text(re.sub(r"^--! (prelude )?include (\S+) @\S+$", unpin, path.read_text(), flags=re.M))
    kept = [line for line in (folder / "migrations.lock").read_text().splitlines(keepends=True)
            if line.split()[0] not in newest and not line.startswith(f"fingerprint {release} ")]
    (folder / "migrations.lock").write_text("".join(kept))
    run([PROGRAM, "migrate", "up", "--dir", folder, "--database-url", server.database(database)])


WAYS = {"extension": by_extension, "migrate": by_migrate, "plain": by_plain_file}
FRESH_WAYS = {"managed": by_managed_role, **WAYS, "development": by_development}


def objects(server, database):
    return server.psql(database, "-F", " | ", "-c",
                       "SELECT kind, identity, definition FROM domainflow.catalog_objects() ORDER BY kind, identity").splitlines()


def rows(server, database):
    return server.psql(database, "-F", " | ", "-f", HERE / "rows.sql").splitlines()


def dump_and_restore(server, database, restored):
    archive = server.directory / f"{database}.dump"
    run([server.bin / "pg_dump", "-Fc", "-f", archive, server.database(database)])
    server.create(restored)
    run([server.bin / "pg_restore", "--exit-on-error", "-d", server.database(restored), archive])


class Comparison:
    """Compares each fingerprint with that of its release in the lock; `different` collects the labels that differ."""

    def __init__(self, lock):
        self.expected = dict(lock.fingerprints)
        self.first = {}
        self.compared = 0
        self.different = []

    def compare(self, label, server, database, release):
        found = server.psql(database, "-c", "SELECT domainflow.catalog_fingerprint()")
        self.compared += 1
        if release not in self.first:
            self.first[release] = (label, objects(server, database))
            self.expected.setdefault(release, found)
        same = found == self.expected[release]
        print(f"{'equal    ' if same else 'DIFFERENT'} {label:45} {found[:26]}", flush=True)
        if not same:
            print(f"    the lock has                                        {self.expected[release][:26]}")
            self.differs(label, *self.first[release], objects(server, database))

    def compare_rows(self, label, before, after):
        self.compared += 1
        print(f"{'equal    ' if before == after else 'DIFFERENT'} {label + ': rows':45} {len(before)} tables and sequences", flush=True)
        if before != after:
            self.differs(label + ": rows", "before", before, after)

    def differs(self, label, other, expected, found):
        self.different.append(label)
        for line in list(difflib.unified_diff(expected, found, other, label, lineterm="", n=0))[:60]:
            print("    " + line)


def check(server, lock, comparison):
    version = run([server.bin / "pg_config", "--version"]).split()[1]
    newest = lock.releases[-1]
    for way, install in FRESH_WAYS.items():
        server.create(way)
        install(server, way, lock, newest)
        comparison.compare(f"{version} {way}", server, way, newest)
    for release in lock.releases:
        server.scripts(release)
    for way, install in WAYS.items():
        server.create(f"{way}_walk")
        for release in lock.releases:
            install(server, f"{way}_walk", lock, release)
            comparison.compare(f"{version} {way} to {release}", server, f"{way}_walk", release)
    for way in WAYS:
        server.psql(way, "-f", HERE / "sample.sql")
        dump_and_restore(server, way, f"{way}_restored")
        comparison.compare(f"{version} {way} restored", server, f"{way}_restored", newest)
        comparison.compare_rows(f"{version} {way} restored", rows(server, way), rows(server, f"{way}_restored"))


def freeze_unreleased(folder):
    """Freezes the steps that the lock does not list, in a copy that then replaces the project's folders."""
    global EXTENSION, ROOT
    release, steps = freeze(PROGRAM, folder)
    if steps:
        ROOT, EXTENSION = folder, folder / "extension"
        print(f"frozen in a copy as {release}: {', '.join(steps)}", flush=True)


def main():
    with tempfile.TemporaryDirectory(prefix="dff") as folder:
        os.chmod(folder, 0o755)
        freeze_unreleased(pathlib.Path(folder))
        lock = Lock()
        comparison = Comparison(lock)
        for major in [argument for argument in sys.argv[1:] if argument != "--json"] or [None]:
            with Server(major) as server:
                check(server, lock, comparison)
    equal = comparison.compared - len(comparison.different)
    print(f"{equal} of {comparison.compared} comparisons equal")
    if "--json" in sys.argv:
        print(json.dumps({"databases": comparison.compared, "equal": equal, "differences": comparison.different}))
    sys.exit(1 if comparison.different else 0)


main()
