-- The drift check sees owners, rules, the triggers of every partition, roles, default privileges, seed rows and whatever does not belong.
--! config: domainflow.catalog_expected none

CREATE TABLE domainflow.catalog_expected (
    kind text NOT NULL,
    identity text NOT NULL,
    definition text NOT NULL,
    CONSTRAINT catalog_expected_pkey PRIMARY KEY (kind, identity)
);
COMMENT ON TABLE domainflow.catalog_expected IS 'The catalog as the newest release installed it; catalog_drift() compares with it.';
COMMENT ON INDEX domainflow.catalog_expected_pkey IS 'Serves catalog_drift().';
GRANT SELECT ON domainflow.catalog_expected TO domainflow_reader, domainflow_auditor, domainflow_admin, domainflow_owner;

--! include functions/meta/_grants.sql @0.4.0
--! include functions/meta/_is_generated.sql @0.4.0
--! include functions/meta/_partition_shape.sql @0.4.0
--! include functions/meta/_partition_drift.sql @0.4.0
--! include functions/meta/_catalog_surroundings.sql @0.4.0
--! include functions/meta/_catalog_members.sql @0.4.0
--! include functions/meta/_describe_relation.sql @0.4.0
--! include functions/meta/_describe_column.sql @0.4.0
--! include functions/meta/_describe_routine.sql @0.4.0
--! include functions/meta/_describe_type.sql @0.4.0
--! include functions/meta/_describe_constraint.sql @0.4.0
--! include functions/meta/catalog_objects.sql @0.4.0
--! include functions/meta/catalog_fingerprint.sql @0.4.0
--! include functions/meta/catalog_drift.sql @0.4.0
--! include functions/meta/_remember_catalog.sql @0.4.0
-- A replica's apply, or session_replication_role = replica, must not switch off what keeps a log append-only.
DO $always$
DECLARE
    v_trigger record;
BEGIN
    FOR v_trigger IN
        SELECT t.tgrelid::regclass AS relation, t.tgname
          FROM pg_trigger AS t
          JOIN pg_class AS c ON c.oid = t.tgrelid AND c.relnamespace = 'domainflow'::regnamespace
         WHERE t.tgfoid = 'domainflow._refuse_change()'::regprocedure AND NOT t.tgisinternal AND t.tgenabled <> 'A'
         -- A table before its partitions: it takes their copies along where the version does that.
         ORDER BY c.relispartition, t.tgrelid, t.tgname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', v_trigger.relation, v_trigger.tgname);
    END LOOP;
END
$always$;

--! include install/hand_over.sql @0.4.0
