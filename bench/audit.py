"""The seal of the audit log: what it costs writers, how far it lags, how fast it is verified, and what tampering it finds."""
import json
import random
import subprocess
import threading
import time

import harness
from cluster import Cluster, pgbench

SCRIPTS = harness.ROOT / "bench/scripts"
COLUMNS = ["user_id", "resource_type", "resource_id", "action", "decision", "policies", "context", "request_context", "execution_time_ms", "transaction_id",
           "correlation_id", "session_role", "effective_role", "backend_pid", "application_name", "decided_at"]


class Sealer:
    """Calls seal_audit() once a second, in one session, as `maintain` in a loop would."""

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.psql.stdin.write("SELECT domainflow.seal_audit() \\watch 1\n")
        self.psql.stdin.close()
        return self

    def __exit__(self, *_):
        if self.psql.poll() is not None:
            raise RuntimeError("the sealer ended early")
        self.psql.terminate()
        self.psql.wait()


def writers(cluster, seconds):
    return pgbench(cluster.url, SCRIPTS / "audit_log.sql", seconds, clients=64)


def sealed(cluster, seconds):
    with Sealer(cluster.url):
        return writers(cluster, seconds)


def prepare(cluster):
    cluster.migrate()
    cluster.sql("SELECT count(*) FROM domainflow.ensure_partitions(); SELECT domainflow.seal_audit();")


@harness.measure("audit.seal", goal=0.97, unit="decisions/s")
def seal(run):
    """Both sides write into the same log, and begin with all of it sealed and written to disk."""
    with Cluster(shared_buffers="2GB", max_connections=100) as cluster:
        prepare(cluster)

        def begin(take):
            cluster.sql("SELECT domainflow.seal_audit(10000000); CHECKPOINT")
            return take(cluster, run.seconds)

        run.pairs(lambda: begin(sealed), lambda: begin(writers))


@harness.measure("audit.seal.lag", goal=1, unit="s", pairs=1)
def lag(run):
    """p99 of the time from a decision to the head that covers it, at 64 writers beside one that holds its transaction open all the time."""
    with Cluster(shared_buffers="2GB", max_connections=100) as cluster:
        prepare(cluster)

        def take():
            idle = subprocess.Popen(["psql", "-X", "-q", cluster.url], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            idle.stdin.write("BEGIN; SELECT domainflow.log_authorization_decision('idle', 'document', '7', 'read', 'allow');\n")
            idle.stdin.flush()
            time.sleep(1)
            sealed(cluster, run.seconds)
            idle.stdin.close()
            idle.wait()
            return float(cluster.sql("""
                SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM h.sealed_at - l.decided_at))
                  FROM (SELECT h.*, lag(h.size) OVER (ORDER BY h.number) AS before FROM domainflow.audit_head AS h) AS h
                  JOIN domainflow.audit_leaf AS l ON l.leaf_index >= h.before AND l.leaf_index < h.size"""))

        run.bound(take, 2)


@harness.measure("audit.verify", goal=1, unit="rows/s", pairs=5)
def verify(run):
    """A million decisions, of which each is read and hashed again, with the workers that a server has by default."""
    rows = 1_000_000
    with Cluster(shared_buffers="2GB") as cluster:
        prepare(cluster)
        cluster.sql((SCRIPTS / "audit_rows.sql").read_text().replace(":rows", str(rows)))
        cluster.sql("SELECT domainflow.seal_audit(10000000); VACUUM (ANALYZE) domainflow.audit_log; VACUUM (ANALYZE) domainflow.audit_leaf")
        taken = []
        for _ in range(run.count_of_pairs):
            start = time.monotonic()
            verdict = cluster.sql("SELECT outcome, checked FROM domainflow.verify_audit((SELECT to_jsonb(h) FROM domainflow.audit_head() AS h))").strip()
            rate = rows / (time.monotonic() - start)
            if verdict != f"verified|{rows}":
                raise RuntimeError(verdict)
            run.note(f"{rate:,.0f} rows/s")
            taken.append((rate, 200_000, rate / 200_000))
        run.report(taken)


class Tampering:
    """One random tampering, as SQL, and what a verdict has to say about it."""

    def __init__(self, chance, ids, unsealed, trusted, rebuild):
        # A rebuilt tree is judged by the head of before, which knows nothing about later leaves.
        at = chance.randrange(trusted if rebuild else len(ids))
        name, self.rebuild, self.at, self.receipts = ids[at], rebuild, at, [name for name in chance.sample(ids, 5)]
        self.kind = chance.choice(["change", "remove", "insert", "move", "cut off"] + ([] if rebuild else ["leaf", "change unsealed", "remove unsealed"]))
        block = at // 1024
        if self.kind == "change":
            column = chance.choice(COLUMNS)
            self.sql, self.expected = f"SELECT tamper.change('{name}', '{column}')", {"outcome": "changed", "id": name, "leaf_index": at}
        elif self.kind == "remove":
            self.sql, self.expected = f"SELECT tamper.remove('{name}')", {"outcome": "removed", "id": name, "leaf_index": at}
        elif self.kind == "insert":
            self.sql, self.expected = f"SELECT tamper.insert('{name}')", {"outcome": "inserted", "id": "answer"}
        elif self.kind == "move":
            other = chance.choice([i for i in range(trusted if rebuild else len(ids)) if i != at])
            self.sql, block = f"SELECT tamper.swap({at}, {other})", min(at, other) // 1024
            self.expected = {"outcome": "moved", "leaf_index": min(at, other), "id": ids[max(at, other)]}
        elif self.kind == "cut off":
            self.sql, self.expected = f"SELECT tamper.cut({at})", {"outcome": "cut off", "leaf_index": at}
        elif self.kind == "leaf":
            self.sql, self.expected = f"SELECT tamper.leaf({at})", {"outcome": "changed", "id": name}
        else:
            name = chance.choice(unsealed)
            self.receipts.append(name)
            what = f"change('{name}', '{chance.choice(COLUMNS)}')" if self.kind.startswith("change") else f"remove('{name}')"
            self.sql, self.expected = f"SELECT tamper.{what}", {"outcome": "changed" if self.kind.startswith("change") else "removed", "id": name}
        if rebuild and self.kind != "cut off":
            self.expected = {"outcome": "rebuilt", "block": block}
            # Half of the rows have a receipt.
            if self.kind in ("change", "remove") and chance.random() < 0.5:
                self.receipts.append(name)
                self.expected["id"] = name

    def judge(self, cluster, head, receipts):
        given = json.dumps([{"id": name, "receipt": receipts[name]} for name in self.receipts])
        lines = cluster.sql(f"""BEGIN;
            SELECT tamper.disarm();
            {self.sql} \\gset answer_
            \\if :{{?answer_insert}} \\else \\set answer_insert '' \\endif
            {f"SELECT tamper.rebuild(NULLIF(:'answer_insert', '')::uuid, {self.at});" if self.rebuild else ""}
            SELECT :'answer_insert';
            SELECT to_jsonb(v) FROM domainflow.verify_audit('{head}', '{given}') AS v;
            ROLLBACK;""").strip().split("\n")
        found = json.loads(lines[-1])
        expected = {key: lines[-2] if value == "answer" else value for key, value in self.expected.items()}
        return None if all(found[key] == value for key, value in expected.items()) else f"{self.kind} {self.sql}: {expected}, not {found}"


@harness.measure("audit.tamper", goal=1, unit="tamperings", pairs=1)
def tamper(run, tamperings=1000, seed=17):
    """Random tamperings by a superuser with the triggers off, every other one followed by a rebuild of the whole tree; two sessions share them.

    Judged against a head of before the last 900 decisions, and receipts; each in a transaction that is rolled back.
    """
    with Cluster() as cluster:
        prepare(cluster)
        fill = (SCRIPTS / "audit_rows.sql").read_text()
        cluster.sql(fill.replace(":rows", "2600") + "SELECT domainflow.seal_audit();")
        head = cluster.sql("SELECT to_jsonb(h) FROM domainflow.audit_head() AS h").strip()
        cluster.sql(fill.replace(":rows", "900") + "SELECT domainflow.seal_audit();" + fill.replace(":rows", "50") + (SCRIPTS / "audit_tamper.sql").read_text())
        cluster.sql("ANALYZE")
        receipts = dict(line.split("|") for line in cluster.sql("SELECT id, domainflow.audit_receipt(id) FROM domainflow.audit_log").split())
        ids = cluster.sql("SELECT id FROM domainflow.audit_leaf ORDER BY leaf_index").split()
        unsealed = sorted(set(receipts) - set(ids))
        chance = random.Random(seed)
        wanted = [Tampering(chance, ids, unsealed, json.loads(head)["size"], rebuild=i % 2 == 1) for i in range(tamperings)]
        missed = []

        def work(part):
            for tampering in part:
                problem = tampering.judge(cluster, head, receipts)
                if problem:
                    missed.append(problem)
                    run.note(problem)

        # One after the other would wait most of its time for psql to start; they exclude each other by their locks.
        threads = [threading.Thread(target=work, args=(wanted[i::2],)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run.count(tamperings - len(missed), tamperings, {"seed": seed, "missed": missed[:5]})
