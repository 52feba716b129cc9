"""Single-row updates of an audited table against the same table with a hand-written trigger, and with none."""
import harness
from cluster import Cluster, pgbench

SCRIPTS = harness.ROOT / "bench/scripts"
ROWS = 100_000
# The trigger that one writes first: whole rows as jsonb into one table with a key.
BY_HAND = """
CREATE TABLE bench.log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, table_name text, operation text, old jsonb, new jsonb,
                        changed_at timestamptz DEFAULT clock_timestamp(), changed_by text DEFAULT session_user);
CREATE FUNCTION bench.log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bench.log (table_name, operation, old, new) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON bench.by_hand FOR EACH ROW EXECUTE FUNCTION bench.log();
"""


def tables(cluster):
    cluster.sql("CREATE SCHEMA bench")
    for name in ("audited", "by_hand", "bare"):
        cluster.sql(f"""
            CREATE TABLE bench.{name} (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, balance numeric NOT NULL, visits integer NOT NULL,
                                       changed_at timestamptz NOT NULL, is_open boolean NOT NULL, note text, data jsonb) WITH (fillfactor = 70);
            INSERT INTO bench.{name} SELECT g, 'name ' || g, 'open', g * 1.1, 0, now(), true, repeat('x', 60), '{{"a": 1, "b": [1, 2]}}'
              FROM generate_series(1, {ROWS}) AS g;""")
    cluster.sql(BY_HAND)
    cluster.sql("SELECT domainflow.audit_table('bench.audited'); SELECT domainflow.ensure_partitions(1)")
    cluster.sql("VACUUM (ANALYZE)")
    cluster.sql("CHECKPOINT")


@harness.measure("audit.rows", goal=0.87, unit="updates/s")
def rows(run):
    """A change of two columns of nine. The goal is 1 / 1.15."""
    with Cluster(shared_buffers="2GB") as cluster:
        cluster.migrate()
        tables(cluster)
        run.pairs(lambda: pgbench(cluster.url, SCRIPTS / "audit_update.sql", run.seconds),
                  lambda: pgbench(cluster.url, SCRIPTS / "audit_update_by_hand.sql", run.seconds))


@harness.measure("audit.rows.none", goal=0.625, unit="updates/s")
def rows_none(run):
    """The goal is 1 / 1.6."""
    with Cluster(shared_buffers="2GB") as cluster:
        cluster.migrate()
        tables(cluster)
        run.pairs(lambda: pgbench(cluster.url, SCRIPTS / "audit_update.sql", run.seconds),
                  lambda: pgbench(cluster.url, SCRIPTS / "audit_update_bare.sql", run.seconds))
