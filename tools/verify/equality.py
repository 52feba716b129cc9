#!/usr/bin/env python3
"""Shows that every way in gives the same database, fresh, upgraded and restored, on every PostgreSQL version.

usage: extension/equality.py [--json] [major ...]          default: the newest of Debian's; `make matrix` gives 15 16 18

For each version a private server with the extension's files installed, and these databases in it:
    managed          the plain file, by a role that may create roles and databases but is no superuser; first, while there are no roles
    extension        CREATE EXTENSION domainflow
    migrate          domainflow migrate up
    development      migrate up of the steps as they were before the freeze: with includes, from the function files as they are now
    plain            psql -f of the plain file
    <way> from X     extension, migrate and plain, installed as release X and upgraded, for every earlier release
    <way> restored   extension, migrate and plain after sample rows were written in every room, dumped with pg_dump and restored with
                     pg_restore; the rows of every table are compared too
Steps that are not released yet are frozen for this in a copy, as the release that sql/functions/meta/version.sql names, so that a
release's upgrade is tested before the release is made.

All fingerprints must be one. For one that differs the objects that differ are printed. Exit 1 when there is a difference.
"""
import difflib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Where the released steps and scripts are: here, or in a copy with the unreleased steps frozen too.
PROJECT = HERE.parent.parent
EXTENSION, ROOT = PROJECT / "extension", PROJECT
PROGRAM = pathlib.Path(os.environ.get("DOMAINFLOW", PROJECT / ".build/debug/domainflow")).resolve()


def run(command, stdin=None, cwd=None):
    done = subprocess.run([str(part) for part in command], input=stdin, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def newest(paths):
    return sorted(paths, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)])


class Server:
    def __init__(self, major):
        self.major = major
        self.bin = pathlib.Path(run([HERE / "server.sh", *([major] if major else [])]).strip())

    def __enter__(self):
        run(["make", "-s", "-C", EXTENSION, "install", f"PG_CONFIG={self.bin / 'pg_config'}"])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dfe", dir="/tmp"))
        self.folder.chmod(0o755)
        run([PROGRAM, "dev", "start", "--pg-bindir", self.bin], cwd=self.folder)
        self.url = run([PROGRAM, "dev", "url"], cwd=self.folder).strip()
        return self

    def __exit__(self, *_):
        subprocess.run([PROGRAM, "dev", "stop"], cwd=self.folder, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self, name, user=None):
        url = re.sub(r"(://[^/?]*/)[^?]*", rf"\g<1>{name}", self.url)
        return re.sub(r"user=[^&]*", f"user={user}", url) if user else url

    def psql(self, database, *arguments, stdin=None, user=None):
        return run([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.database(database, user), *arguments],
                   stdin=stdin).strip()

    def create(self, name):
        self.psql("postgres", stdin=f'CREATE DATABASE "{name}"')


# The ways in: each installs one release (None: the current one) into a database, or upgrades it to the current one.

def by_extension(server, database, release=None):
    if server.psql(database, "-c", "SELECT 1 FROM pg_extension WHERE extname = 'domainflow'"):
        server.psql(database, "-c", "ALTER EXTENSION domainflow UPDATE")
    else:
        server.psql(database, "-c", "CREATE EXTENSION domainflow" + (f" VERSION '{release}'" if release else ""))


def by_migrate(server, database, release=None):
    target = ["--target", last_step(release)] if release else []
    run([PROGRAM, "migrate", "up", "--dir", ROOT / "sql", "--database-url", server.database(database), *target])


def by_plain_file(server, database, release=None):
    """A plain installation has no history: a baseline says what it has, and `migrate up` brings the rest."""
    if not release and server.psql(database, "-c", "SELECT to_regnamespace('domainflow')"):
        target = last_step(server.psql(database, "-c", "SELECT domainflow.version()"))
        run([PROGRAM, "migrate", "baseline", "--dir", ROOT / "sql", "--target", target, "--database-url", server.database(database)])
        run([PROGRAM, "migrate", "up", "--dir", ROOT / "sql", "--database-url", server.database(database)])
    else:
        server.psql(database, "-f", plain_file(release or current_release()))


def by_managed_role(server, database):
    server.psql("postgres", stdin=f"""CREATE ROLE managed LOGIN CREATEROLE CREATEDB;
        ALTER DATABASE "{database}" OWNER TO managed;""")
    server.psql(database, "-f", plain_file(current_release()), user="managed")


def by_development(server, database):
    """The frozen steps with their expanded includes folded back into include lines, beside the function files. What a later step drops
    has no file any more, so its body stays."""
    folder = server.folder / "development"
    shutil.copytree(ROOT / "sql", folder)

    def fold(found):
        file, body = found.groups()
        return f"--! include {file}" if (folder / file).exists() else body

    for step in (folder / "migrations").glob("*.sql"):
        step.write_text(re.sub(r"^--! begin include (\S+)\n(.*?)^--! end include \1$", fold, step.read_text(), flags=re.M | re.S))
    (folder / "migrations.lock").unlink(missing_ok=True)
    run([PROGRAM, "migrate", "up", "--dir", folder, "--database-url", server.database(database)])


WAYS = {"extension": by_extension, "migrate": by_migrate, "plain": by_plain_file}
FRESH_WAYS = {"managed": by_managed_role, **WAYS, "development": by_development}


def current_release():
    return re.search(r"^default_version = '(.+)'", (EXTENSION / "domainflow.control").read_text(), re.M)[1]


def full_scripts():
    return newest(path for path in EXTENSION.glob("domainflow--*.sql") if path.name.count("--") == 1)


def earlier_releases():
    releases = [path.stem.split("--")[1] for path in full_scripts()]
    return [release for release in releases if release != current_release()]


def plain_file(release):
    return EXTENSION / f"domainflow-{release}.plain.sql"


def last_step(release):
    """The number of the newest step of a release or an earlier one, from the lock file's lines `<step> <checksum> <release>`."""
    def number(text):
        return [int(part) for part in text.split(".")]
    lines = [line.split() for line in (ROOT / "sql/migrations.lock").read_text().splitlines() if not line.startswith("#")]
    return max(step.split("_")[0] for step, _, released in lines if number(released) <= number(release))


def fingerprint(server, database):
    return server.psql(database, "-c", "SELECT domainflow.catalog_fingerprint()")


def objects(server, database):
    return server.psql(database, "-F", " | ", "-c",
                       "SELECT kind, identity, definition FROM domainflow.catalog_objects() ORDER BY kind, identity").splitlines()


def rows(server, database):
    return server.psql(database, "-F", " | ", "-f", HERE / "rows.sql").splitlines()


def dump_and_restore(server, database, restored):
    archive = server.folder / f"{database}.dump"
    run([server.bin / "pg_dump", "-Fc", "-f", archive, server.database(database)])
    server.create(restored)
    run([server.bin / "pg_restore", "--exit-on-error", "-d", server.database(restored), archive])


class Comparison:
    """Everything is compared with the first database; `different` collects what is not as it."""

    def __init__(self):
        self.first = None
        self.databases = 0
        self.different = []

    def compare(self, label, server, database):
        found = fingerprint(server, database)
        self.databases += 1
        if self.first is None:
            self.first = (label, found, objects(server, database))
        same = found == self.first[1]
        print(f"{'equal    ' if same else 'DIFFERENT'} {label:45} {found[:26]}", flush=True)
        if not same:
            self.differs(label, self.first[0], self.first[2], objects(server, database))

    def compare_rows(self, label, before, after):
        self.databases += 1
        print(f"{'equal    ' if before == after else 'DIFFERENT'} {label + ': rows':45} {len(before)} tables and sequences", flush=True)
        if before != after:
            self.differs(label + ": rows", "before", before, after)

    def differs(self, label, other, expected, found):
        self.different.append(label)
        for line in list(difflib.unified_diff(expected, found, other, label, lineterm="", n=0))[:60]:
            print("    " + line)


def check(server, comparison):
    version = run([server.bin / "pg_config", "--version"]).split()[1]
    for way, install in FRESH_WAYS.items():
        server.create(way)
        install(server, way)
        comparison.compare(f"{version} {way}", server, way)
    for release in earlier_releases():
        for way, install in WAYS.items():
            name = f"{way}_from_{release}"
            server.create(name)
            install(server, name, release)
            install(server, name)
            comparison.compare(f"{version} {way} from {release}", server, name)
    for way in WAYS:
        server.psql(way, "-f", HERE / "sample.sql")
        dump_and_restore(server, way, f"{way}_restored")
        comparison.compare(f"{version} {way} restored", server, f"{way}_restored")
        comparison.compare_rows(f"{version} {way} restored", rows(server, way), rows(server, f"{way}_restored"))


def freeze_unreleased(folder):
    """Freezes the steps that the lock file does not list in a copy, which then takes the place of the project's folders."""
    global EXTENSION, ROOT
    released = {line.split()[0] for line in (ROOT / "sql/migrations.lock").read_text().splitlines() if not line.startswith("#")}
    steps = {path.stem for path in (ROOT / "sql/migrations").glob("*.sql") if not path.name.endswith(".down.sql")}
    if steps <= released:
        return
    for part in ("sql", "extension"):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("results", "regression.*", "*.so", "*.o", "*.bc"))
    ROOT, EXTENSION = folder, folder / "extension"
    release = re.search(r"'(\d+\.\d+\.\d+)'", (ROOT / "sql/functions/meta/version.sql").read_text())[1]
    print(f"frozen in a copy as {release}: {', '.join(sorted(steps - released))}", flush=True)
    run([PROGRAM, "migrate", "freeze", "--release", release, "--dir", ROOT / "sql", "--extension-dir", EXTENSION])
    control = EXTENSION / "domainflow.control"
    control.write_text(re.sub(r"^default_version = .*", f"default_version = '{release}'", control.read_text(), flags=re.M))


def main():
    with tempfile.TemporaryDirectory(prefix="dff") as folder:
        os.chmod(folder, 0o755)
        freeze_unreleased(pathlib.Path(folder))
        compare_all()


def compare_all():
    majors = [argument for argument in sys.argv[1:] if argument != "--json"]
    comparison = Comparison()
    for major in majors or [None]:
        with Server(major) as server:
            check(server, comparison)
    print(f"{comparison.databases - len(comparison.different)} of {comparison.databases} comparisons equal")
    if "--json" in sys.argv:
        print(json.dumps({"databases": comparison.databases, "equal": comparison.databases - len(comparison.different),
                          "differences": comparison.different}))
    sys.exit(1 if comparison.different else 0)


main()
