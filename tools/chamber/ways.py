"""The ways in: how a database gets what the checkout has, from nothing or from a release, and by whom."""
import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

import frozen
from private_server import run

from .servers import PROGRAM, Server, bindir

MANAGED, SQUATTER = "climate_managed", "climate_squatter"


@functools.cache
def checkout():
    """The checkout's steps and scripts, the unreleased ones frozen: the folder, and the release that they are."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dff", dir="/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    release, _ = frozen.freeze(PROGRAM, folder)
    return folder, release


def last_step(release):
    lines = [line.split() for line in (checkout()[0] / "sql/migrations.lock").read_text().splitlines() if not line.startswith("#")]
    return max(step.split("_")[0] for step, _, released in lines if step != "fingerprint" and released == release)


def tried(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, errors="replace", env={**os.environ, "PGOPTIONS": ""})
    return done.returncode, done.stdout + done.stderr


def psql(server, database, user, *words):
    return tried([server.client, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-d", server.database(database, user), *words])


class Steps:
    """migrate up."""

    def install(self, server, database, user=None, release=None):
        target = ["--target", last_step(release)] if release else []
        return tried([PROGRAM, "migrate", "up", "--dir", checkout()[0] / "sql", "--database-url", server.database(database, user), *target])

    upgrade = install


class Plain:
    """The plain file with psql. A later release comes by migrate up, after a baseline."""

    def install(self, server, database, user=None, release=None):
        return psql(server, database, user, "-f", server.scripts(release) / f"domainflow-{release or checkout()[1]}.plain.sql")

    def upgrade(self, server, database, user=None):
        release = server.psql(database, "-c", "SELECT domainflow.version()")
        code, said = tried([PROGRAM, "migrate", "baseline", "--dir", checkout()[0] / "sql", "--target", last_step(release), "--database-url",
                            server.database(database, user)])
        return (code, said) if code else Steps().install(server, database, user)


class Extension:
    """CREATE EXTENSION, and ALTER EXTENSION UPDATE."""

    def install(self, server, database, user=None, release=None):
        server.scripts(release)
        return psql(server, database, user, "-c", f"CREATE EXTENSION domainflow VERSION '{release or checkout()[1]}'")

    def upgrade(self, server, database, user=None):
        return psql(server, database, user, "-c", f"ALTER EXTENSION domainflow UPDATE TO '{checkout()[1]}'")


# name: the way, and the role that takes it. None is a superuser, managed one with CREATEROLE; a database's owner may create a trusted extension.
WAYS = {"steps": (Steps(), None), "plain file": (Plain(), None), "extension": (Extension(), None),
        "managed steps": (Steps(), MANAGED), "managed plain file": (Plain(), MANAGED), "trusted extension": (Extension(), SQUATTER)}


class WayIn(Server):
    """A server of a major version whose template was installed by this way: the first installation in its cluster."""

    def __init__(self, major, way):
        self.way_name = way
        self.way, self.role = WAYS[way]
        super().__init__(major)

    def install(self, database):
        folder = checkout()[0]
        run(["make", "-s", "-C", folder / "extension", "install", f"PG_CONFIG={self.bindir / 'pg_config'}"])
        self.psql("postgres", "-c", f"CREATE ROLE {MANAGED} LOGIN CREATEROLE", "-c", f"CREATE ROLE {SQUATTER} LOGIN")
        if self.role:
            self.psql("postgres", "-c", f"GRANT CREATE ON DATABASE {database} TO {self.role}")
        code, said = self.way.install(self, database, self.role)
        if code:
            raise RuntimeError(said[-900:])

    def scripts(self, release):
        """A folder with the scripts of a release; its full script is where CREATE EXTENSION finds it."""
        if release in (None, checkout()[1]):
            return checkout()[0] / "extension"
        folder = self.directory / "scripts"
        if not (folder / f"domainflow--{release}.sql").exists():
            run([PROGRAM, "migrate", "freeze", "--scripts", release, "--into", folder, "--dir", checkout()[0] / "sql"])
            share = pathlib.Path(run([self.bindir / "pg_config", "--sharedir"]).strip()) / "extension"
            shutil.copy(folder / f"domainflow--{release}.sql", share)
        return folder
