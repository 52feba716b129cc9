"""The equality check of all ways to install on all PostgreSQL versions."""
import json
import subprocess

import harness


@harness.measure("install.equal", goal=1, unit="databases that are equal")
def equal(run):
    done = subprocess.run([str(harness.ROOT / "tools/verify/equality.py"), "--json", "15", "16", "18"],
                          stdout=subprocess.PIPE, text=True)
    said = json.loads(done.stdout.splitlines()[-1])
    run.count(said["equal"], said["databases"], detail={"differences": said["differences"]})
