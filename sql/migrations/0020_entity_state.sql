-- Entities: functions in a schema of their own, keys of several columns, updates that set only the columns they name.
--! lock-timeout: 2s
--! allow: column-type-change managed_entity has one row for each managed table
--! allow: set-not-null managed_entity has one row for each managed table
--! allow: constraint-without-not-valid managed_entity has one row for each managed table
--! allow: drop-in-expand the functions that read these columns are replaced in this step
--! allow: drop-create-function internal, with other arguments; what calls them is replaced in this step

-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._add_entity_version(regclass, name, text);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._entity_key(regclass, text);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._entity_assignments(regclass, name, name, text);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name);
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._check_entity_batch(text, text[], bigint[], jsonb[]);

-- The functions of entities move to schema domainflow_generated. Found by name and comment, so no other function is taken for one; and
-- by an owner to whom nothing was handed over: with such a name a member of domainflow_owner could write one that others would call.
DO $drop$
DECLARE
    v_function pg_catalog.text;
BEGIN
    FOR v_function IN
        SELECT f.oid::pg_catalog.regprocedure::pg_catalog.text
          FROM pg_catalog.pg_proc AS f
          JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) f.pronamespace
         WHERE n.nspname OPERATOR(pg_catalog.=) 'domainflow'
           AND f.proname::pg_catalog.text OPERATOR(pg_catalog.~) '^atomic_update_.*_states?$'
           AND (f.proowner OPERATOR(pg_catalog.<>) 'domainflow_definer'::pg_catalog.regrole
                OR pg_catalog.obj_description(f.oid, 'pg_proc') OPERATOR(pg_catalog.~~) 'run-time: %'
                AND EXISTS (SELECT
                              FROM domainflow.managed_entity AS m
                             WHERE f.proname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[
                                       pg_catalog.format('atomic_update_%s_state', m.entity),
                                       pg_catalog.format('atomic_update_%s_states', m.entity)])))
    LOOP
        EXECUTE pg_catalog.format('DROP FUNCTION %s', v_function);
    END LOOP;
END
$drop$;

-- A table is known by schema and name: its number means another table after a restore or on a logical subscriber, and a regclass
-- of a table that is not there yet would stop the subscriber.
ALTER TABLE domainflow.managed_entity ADD COLUMN schema_name name;
ALTER TABLE domainflow.managed_entity ADD COLUMN table_name name;
ALTER TABLE domainflow.managed_entity ADD COLUMN key_columns name [];
ALTER TABLE domainflow.managed_entity ADD COLUMN key_types text [];
ALTER TABLE domainflow.managed_entity ADD COLUMN source_hash text;
DELETE FROM domainflow.managed_entity AS m
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) m.relation);
UPDATE domainflow.managed_entity AS m
   SET schema_name = n.nspname, table_name = c.relname, key_columns = ARRAY[m.key_column], key_types = ARRAY[m.key_type]
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.oid OPERATOR(pg_catalog.=) m.relation;
-- squawk-ignore ban-drop-constraint
ALTER TABLE domainflow.managed_entity DROP CONSTRAINT managed_entity_relation_key;
-- squawk-ignore changing-column-type
ALTER TABLE domainflow.managed_entity ALTER COLUMN relation TYPE pg_catalog.oid USING relation::pg_catalog.oid;
-- squawk-ignore ban-drop-column
ALTER TABLE domainflow.managed_entity DROP COLUMN key_column;
-- squawk-ignore ban-drop-column
ALTER TABLE domainflow.managed_entity DROP COLUMN key_type;
-- squawk-ignore adding-not-nullable-field
ALTER TABLE domainflow.managed_entity ALTER COLUMN schema_name SET NOT NULL;
-- squawk-ignore adding-not-nullable-field
ALTER TABLE domainflow.managed_entity ALTER COLUMN table_name SET NOT NULL;
-- squawk-ignore adding-not-nullable-field
ALTER TABLE domainflow.managed_entity ALTER COLUMN key_columns SET NOT NULL;
-- squawk-ignore adding-not-nullable-field
ALTER TABLE domainflow.managed_entity ALTER COLUMN key_types SET NOT NULL;
-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid
ALTER TABLE domainflow.managed_entity ADD CONSTRAINT managed_entity_table_key UNIQUE (schema_name, table_name);
COMMENT ON TABLE domainflow.managed_entity IS 'Tables that manage_entity() gave their own update functions; rebuild_generated() makes those from it.';
COMMENT ON COLUMN domainflow.managed_entity.relation IS 'Number of the table when its functions were made: finds a table that was renamed.';
COMMENT ON COLUMN domainflow.managed_entity.source_hash IS 'MD5 of the bodies of its functions as they were made, for the drift check.';
COMMENT ON COLUMN domainflow.managed_entity.key_types IS 'Types of the key columns, quoted, with their schemas.';
COMMENT ON INDEX domainflow.managed_entity_table_key IS 'Keeps a table from being managed under two names.';

-- Who, when and in which transaction come from defaults: the application cannot say them.
REVOKE INSERT, UPDATE, DELETE ON domainflow.managed_entity FROM domainflow_owner;
REVOKE INSERT ON domainflow.entity_event FROM domainflow_app;
GRANT INSERT (entity, entity_id, version, data, context) ON domainflow.entity_event TO domainflow_app;
DO $guard$
DECLARE
    v_table pg_catalog.regclass;
    v_trigger record;
BEGIN
    FOR v_table IN
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
         WHERE i.inhparent OPERATOR(pg_catalog.=) 'domainflow.entity_event'::pg_catalog.regclass
    LOOP
        EXECUTE pg_catalog.format('REVOKE INSERT ON %s FROM domainflow_app', v_table);
    END LOOP;
    -- ALWAYS: session_replication_role = replica does not switch them off. Partitions made from here on inherit it.
    FOR v_trigger IN
        SELECT t.tgrelid::pg_catalog.regclass AS relation, t.tgname
          FROM pg_catalog.pg_trigger AS t
         WHERE t.tgfoid OPERATOR(pg_catalog.=) 'domainflow._refuse_change()'::pg_catalog.regprocedure
           AND t.tgrelid OPERATOR(pg_catalog.=) ANY (
               SELECT p.relid FROM pg_catalog.pg_partition_tree('domainflow.entity_event') AS p
               UNION ALL SELECT 'domainflow.state_event'::pg_catalog.regclass)
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', v_trigger.relation, v_trigger.tgname);
    END LOOP;
END
$guard$;

--! include functions/entity/_type_name.sql @0.4.0
--! include functions/entity/_entity_table.sql @0.4.0
--! include functions/entity/_entity_of.sql @0.4.0
--! include functions/entity/_refuse_foreign_table.sql @0.4.0
--! include functions/entity/_entity_name.sql @0.4.0
--! include functions/entity/_entity_key.sql @0.4.0
--! include functions/entity/_entity_key_parts.sql @0.4.0
--! include functions/entity/_entity_assignments.sql @0.4.0
--! include functions/entity/_entity_target.sql @0.4.0
--! include functions/entity/_entity_sets_itself.sql @0.4.0
--! include functions/entity/_add_entity_version.sql @0.4.0
--! include functions/entity/_check_entity_version.sql @0.4.0
--! include functions/entity/_check_entity_data.sql @0.4.0
--! include functions/entity/_check_entity_batch.sql @0.4.0
--! include functions/entity/_refuse_entity_size.sql @0.4.0
--! include functions/entity/_refuse_entity_batch_size.sql @0.4.0
--! include functions/entity/_refuse_unknown_entity.sql @0.4.0
--! include functions/entity/_explain_entity_miss.sql @0.4.0
--! include functions/entity/_entity_ids.sql @0.4.0
--! include functions/entity/_entity_single_source.sql @0.4.0
--! include functions/entity/_entity_batch_source.sql @0.4.0
--! include functions/entity/_entity_functions.sql @0.4.0
--! include functions/entity/_drop_entity_functions.sql @0.4.0
--! include functions/entity/_generate_entity.sql @0.4.0
--! include functions/entity/_remember_entity.sql @0.4.0
--! include functions/entity/_forget_entity.sql @0.4.0
--! include functions/entity/manage_entity.sql @0.4.0
--! include functions/entity/unmanage_entity.sql @0.4.0
--! include functions/entity/atomic_update_entity_state.sql @0.4.0
--! include functions/meta/rebuild_generated.sql @0.4.0

REVOKE ALL ON FUNCTION domainflow._entity_name(regclass, text), domainflow._entity_target(regclass),
domainflow._drop_entity_functions(text) FROM domainflow_owner;
REVOKE ALL ON FUNCTION domainflow._check_entity_data(text, jsonb, text), domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint)
FROM domainflow_owner;

DO $rebuild$
DECLARE
    v_made record;
    v_function pg_catalog.text;
BEGIN
    FOR v_made IN SELECT r.kind, r.name, r.outcome FROM domainflow.rebuild_generated() AS r LOOP
        IF v_made.outcome OPERATOR(pg_catalog.<>) 'made' THEN
            RAISE WARNING 'domainflow: % %: %', v_made.kind, v_made.name, v_made.outcome;
        END IF;
    END LOOP;
    -- What is generated belongs to the deployment that asked for it, not to the extension.
    IF domainflow._in_extension_script() THEN
        FOR v_function IN
            SELECT f.oid::pg_catalog.regprocedure::pg_catalog.text
              FROM pg_catalog.pg_proc AS f
              JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) f.pronamespace
             WHERE n.nspname OPERATOR(pg_catalog.=) 'domainflow_generated'
        LOOP
            EXECUTE pg_catalog.format('ALTER EXTENSION domainflow DROP FUNCTION %s', v_function);
        END LOOP;
    END IF;
END
$rebuild$;

--! include install/hand_over.sql @0.4.0
