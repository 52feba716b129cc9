"""A private PostgreSQL through `domainflow dev`, for bench/ and tools/verify. Shell scripts use tools/with-cluster.sh."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parent.parent


def run(command, stdin=None, check=True, **options):
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, **options)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


class PrivateServer:
    """A server that is started on entry, and stopped and deleted on exit, with these `settings`; `bindir` selects another PostgreSQL."""

    def __init__(self, program, parent="/tmp", bindir=None, **settings):
        self.program, self.parent, self.bindir, self.settings = program, parent, bindir, settings

    def __enter__(self):
        os.makedirs(self.parent, exist_ok=True)
        # Short, because a socket path has at most 107 bytes; readable, because as root the server runs as another user.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dft", dir=self.parent))
        self.directory.chmod(0o755)
        try:
            self.start()
            self.url = self.dev("url").strip()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        options = ["--pg-bindir", self.bindir] if self.bindir else []
        for name, value in self.settings.items():
            options += ["--set", f"{name}={value}"]
        self.dev("start", *options)

    def __exit__(self, *_):
        self.dev("stop", check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def dev(self, *arguments, check=True):
        """Runs `domainflow dev` in the server's folder, because it works on the current directory."""
        return run([self.program, "dev", *arguments], check=check, cwd=self.directory)

    def database(self, name=None, user=None):
        """The connection string of a database on this server."""
        url = re.sub(r"(://[^/?]*/)[^?]*", rf"\g<1>{name}", self.url) if name else self.url
        return re.sub(r"user=[^&]*", f"user={user}", url) if user else url

    def psql(self, database, *arguments, stdin=None, user=None):
        """Runs psql and returns its unaligned output; stops at the first error."""
        psql = pathlib.Path(self.bindir, "psql") if self.bindir else "psql"
        return run([psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.database(database, user), *arguments], stdin=stdin).strip()
