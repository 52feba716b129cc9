"""The unreleased steps as the release that they will be, in a copy: for checks of scripts that are not written yet."""
import re
import shutil

from private_server import PROJECT, run


def released():
    """Names of the steps that sql/migrations.lock lists."""
    lines = [line.split() for line in (PROJECT / "sql/migrations.lock").read_text().splitlines() if not line.startswith("#")]
    return {step for step, _, _ in lines if step != "fingerprint"}


def freeze(program, folder):
    """Copies sql/ and extension/ into the folder and freezes there what the lock does not list, as the release that
    sql/functions/meta/version.sql names. Returns the release and the steps' names: none where all are released."""
    for part in ("sql", "extension"):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("results", "regression.*", "*.so", "*.o", "*.bc"))
    release = re.search(r"'(\d+\.\d+\.\d+)'", (folder / "sql/functions/meta/version.sql").read_text())[1]
    steps = {path.stem for path in (folder / "sql/migrations").glob("*.sql") if not path.name.endswith(".down.sql")} - released()
    if steps:
        run([program, "migrate", "freeze", "--release", release, "--dir", folder / "sql", "--extension-dir", folder / "extension"])
    return release, sorted(steps)
