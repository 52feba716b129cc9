"""Faults: every acknowledged operation must survive the crash."""
import json
import random
import subprocess
import time

import harness
from cluster import Cluster, run as command

SECONDS = 6


@harness.measure("fault.postmaster", goal=1, unit="runs in which nothing acknowledged was lost", pairs=20)
def postmaster(run):
    """SIGKILL to the postmaster in the middle of `race run`, then recovery; the clients reconnect, and the run is checked at its end.

    The scenarios of all rooms take turns. An operation that was under way is in doubt: it may be present or not, and counts as neither.
    """
    held = acknowledged = present = violations = 0
    chance = random.Random(1)
    scenarios = [scenario["name"] for scenario in json.loads(command([harness.PROGRAM, "race", "list", "--json"])) if scenario["operations"]]
    with Cluster() as cluster:
        for i in range(run.count_of_pairs):
            scenario = scenarios[i % len(scenarios)]
            race = subprocess.Popen(
                [harness.PROGRAM, "race", "run", scenario, "--seconds", str(SECONDS), "--survive-restarts", "--json",
                 "--seed", str(i + 1), "--database-url", cluster.url, "--history", cluster.directory / "race"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_until_hammered(cluster, race)
            time.sleep(chance.uniform(0.1, 0.7) * SECONDS)
            cluster.kill_postmaster()
            cluster.start()
            out, err = race.communicate(timeout=120)
            if not out.strip():
                run.note(f"round {i + 1}, {scenario}: exit {race.returncode}, no report\n{err[-2000:]}")
                violations += 1
                continue
            report = json.loads(out.splitlines()[-1])
            good = report["held"] and report["acknowledged"] == report["present"] and report["reconnects"] > 0
            held += good
            acknowledged += report["acknowledged"]
            present += report["present"]
            violations += report["violations"]
            run.note(f"round {i + 1}, {scenario}: acknowledged {report['acknowledged']}, present {report['present']}, in doubt "
                     f"{report['unknown']}, violations {report['violations']}, reconnects {report['reconnects']}"
                     + ("" if good else f"\n{json.dumps(report['failures'])[:2000]}"))
    run.note(f"acknowledged {acknowledged} / present {present} / violations {violations}")
    run.count(held, run.count_of_pairs, detail={"acknowledged": acknowledged, "present": present, "violations": violations})


def wait_until_hammered(cluster, race):
    """Waits until the clients are connected: a crash during the scenario's setup would show nothing."""
    while race.poll() is None:
        if int(cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) > 8:
            return
        time.sleep(0.05)
