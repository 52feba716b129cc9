"""Optimistic updates: the generated function against a hand-written UPDATE of the same table."""
import harness
from cluster import Cluster, pgbench

SCRIPTS = harness.ROOT / "bench/scripts"
ROWS = 100_000
DATA = '{"balance": 5}'
TABLE = f"""
CREATE SCHEMA bench;
CREATE TABLE bench.account (id bigint PRIMARY KEY, balance bigint NOT NULL, note text NOT NULL);
INSERT INTO bench.account SELECT g, 0, 'opened' FROM generate_series(1, {ROWS}) AS g;
SELECT domainflow.manage_entity('bench.account');
VACUUM (ANALYZE) bench.account;
CHECKPOINT;
"""


@harness.measure("entity.update", goal=0.93, unit="updates/s")
def update(run):
    with Cluster(shared_buffers="2GB") as cluster:
        cluster.migrate()
        cluster.sql(TABLE)
        run.pairs(lambda: pgbench(cluster.url, SCRIPTS / "entity_update.sql", run.seconds, data=DATA),
                  lambda: pgbench(cluster.url, SCRIPTS / "entity_update_by_hand.sql", run.seconds, balance=5))


@harness.measure("entity.update.document", goal=0.93, unit="updates/s")
def update_document(run):
    """theirs reads the column from a jsonb parameter, as ours does, but does not check that the document has no other fields."""
    with Cluster(shared_buffers="2GB") as cluster:
        cluster.migrate()
        cluster.sql(TABLE)
        run.pairs(lambda: pgbench(cluster.url, SCRIPTS / "entity_update.sql", run.seconds, data=DATA),
                  lambda: pgbench(cluster.url, SCRIPTS / "entity_update_document_by_hand.sql", run.seconds, data=DATA))


@harness.measure("entity.update.batch", goal=5, unit="rows/s")
def update_batch(run):
    with Cluster(shared_buffers="2GB") as cluster:
        cluster.migrate()
        cluster.sql(TABLE)
        run.pairs(lambda: 100 * pgbench(cluster.url, SCRIPTS / "entity_update_batch.sql", run.seconds),
                  lambda: pgbench(cluster.url, SCRIPTS / "entity_update.sql", run.seconds, data=DATA))
