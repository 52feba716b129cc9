"""Decisions: a compiled check against a bare SELECT by primary key, a logged one against a bare INSERT of the same row."""
import harness
from cluster import Cluster, pgbench

SCRIPTS = harness.ROOT / "bench/scripts"
MODEL = """model
  schema 1.1
type user
type role
  relations
    define assignee: [user]
type document
  relations
    define blocked: [user]
    define owner: [user]
    define editor: [role#assignee]
    define viewer: [user, role#assignee] or owner
    define reader: viewer but not blocked
"""
# Users are in one role each; each document has an owner and a role that edits it. One in a hundred policies is about reader.
LOAD = """
SELECT domainflow.define_authorization_model('default', '{model}');
INSERT INTO domainflow.relationship (edge, object_id, subject_id, granted_at, transaction_id, session_role, effective_role)
SELECT e.edge, f.object_id, f.subject_id, now(), pg_current_xact_id(), session_user, session_user
  FROM (SELECT 'role' AS type, 'assignee' AS relation, 'user' AS kind, ((g * 7919) % {roles})::text AS object_id, g::text AS subject_id
          FROM generate_series(1, {users}) AS g
         UNION ALL
        SELECT 'document', 'owner', 'user', g::text, (1 + (g * 104729::bigint) % {users})::text FROM generate_series(1, {documents}) AS g
         UNION ALL
        SELECT 'document', 'editor', 'role#assignee', g::text, ((g * 15485863::bigint) % {roles})::text
          FROM generate_series(1, {documents}) AS g) AS f
  JOIN domainflow.authz_edge AS e ON e.object_type = f.type AND e.relation = f.relation AND e.subject_kind = f.kind;
SELECT domainflow.define_access_policy('policy ' || g, 'deny', 'document', CASE g % 100 WHEN 0 THEN '{{reader}}'::text[] ELSE '{{blocked}}' END,
                                       '$.level < ' || g)
  FROM generate_series(1, {policies}) AS g;
CREATE SCHEMA bench;
CREATE TABLE bench.item (id text COLLATE "C" PRIMARY KEY, name text NOT NULL);
INSERT INTO bench.item SELECT g::text, 'item ' || g FROM generate_series(1, {users} + 2 * {documents}) AS g;
VACUUM (ANALYZE, FREEZE) domainflow.relationship;
VACUUM (ANALYZE, FREEZE) bench.item;
CHECKPOINT;
"""
LARGE = {"roles": 1000, "users": 100_000, "documents": 450_000, "policies": 1000}
SMALL = {"roles": 10, "users": 100, "documents": 450, "policies": 10}


def load(cluster, size):
    cluster.migrate()
    cluster.sql(LOAD.format(model=MODEL, **size))


def rate(cluster, run, script, size=LARGE, **options):
    return pgbench(cluster.url, SCRIPTS / f"authz_{script}.sql", run.seconds, users=size["users"], documents=size["documents"], **options)


def against_floor(run, script, clients=8):
    with Cluster(shared_buffers="2GB") as cluster:
        load(cluster, LARGE)
        run.pairs(lambda: rate(cluster, run, script, clients=clients), lambda: rate(cluster, run, "floor", clients=clients))


@harness.measure("authz.check.direct", goal=0.6, unit="decisions/s")
def direct(run):
    against_floor(run, "direct")


@harness.measure("authz.check.group", goal=0.4, unit="decisions/s")
def group(run):
    against_floor(run, "group")


@harness.measure("authz.check.policies", goal=0.2, unit="decisions/s", pairs=5)
def policies(run):
    """A but not with ten policies, each with a condition."""
    against_floor(run, "policies")


@harness.measure("authz.scale", goal=0.9, unit="decisions/s")
def scale(run):
    with Cluster(shared_buffers="2GB") as large, Cluster(shared_buffers="2GB") as small:
        load(large, LARGE)
        load(small, SMALL)
        run.pairs(lambda: rate(large, run, "group"), lambda: rate(small, run, "group", SMALL))


@harness.measure("authz.log", goal=0.75, unit="decisions/s")
def log(run):
    with Cluster(shared_buffers="2GB", synchronous_commit="off") as cluster:
        load(cluster, LARGE)
        run.pairs(lambda: rate(cluster, run, "log"), lambda: rate(cluster, run, "log_floor"))


@harness.measure("authz.log.fenced", goal=0.6, unit="decisions/s")
def log_fenced(run):
    """A decision that permits a write is looked at again at commit."""
    with Cluster(shared_buffers="2GB", synchronous_commit="off") as cluster:
        load(cluster, LARGE)
        run.pairs(lambda: rate(cluster, run, "fenced"), lambda: rate(cluster, run, "log_floor"))
