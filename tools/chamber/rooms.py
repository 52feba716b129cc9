"""Runs the pgTAP files of a room and says what differs first."""
import os
import re
import subprocess

from private_server import PROJECT

TESTS = PROJECT / "Tests/SQL"
ATTACKS = PROJECT / "Tests/Attacks"


def rooms():
    """Rooms and their test files, as the folders have them: a new file or room takes part by being there."""
    return {folder.name: sorted(folder.glob("**/*.sql")) for folder in sorted(TESTS.iterdir()) if folder.is_dir()}


def attacks():
    return sorted(ATTACKS.glob("*.sql"))


def difference(output, errors, code):
    """The first difference in what a pgTAP file printed, or nothing."""
    lines = output.splitlines()
    plan = next((int(found[1]) for line in lines if (found := re.match(r"1\.\.(\d+)", line))), None)
    for number, line in enumerate(lines):
        if line.startswith("not ok") and "# TODO" not in line:
            said = [text.lstrip("# ") for text in lines[number + 1:number + 8] if text.startswith("#") and not text.startswith("# Failed")]
            return " ".join([line, *said])[:600]
    if code:
        failed = next((line for line in errors.splitlines() if "ERROR:" in line or "FATAL" in line), errors.strip()[-300:])
        return re.sub(r"^psql:\S*/Tests/", "Tests/", failed)[:600] or f"psql: exit {code}"
    done = sum(line.startswith("ok") for line in lines)
    if plan is None or done != plan:
        return f"{done} tests ran, planned were {plan}"
    return None


def run_file(psql, url, path, options="", environment=None, before=()):
    """Runs one file in a session with these options; `before` are commands of the same session."""
    command = [str(psql), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    for text in before:
        command += ["-c", text]
    done = subprocess.run([*command, "-f", str(path)], capture_output=True, text=True, errors="replace", cwd=PROJECT, timeout=600,
                          env={**os.environ, "PGOPTIONS": f"-c client_min_messages=warning {options}", **(environment or {})})
    return difference(done.stdout, done.stderr, done.returncode), done.stderr
