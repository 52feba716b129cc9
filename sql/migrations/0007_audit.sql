-- Authorization decisions in an append-only log, and the monthly partitions of every table that grows with time.

CREATE TABLE domainflow.audit_log (
    id uuid NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    user_id text NOT NULL,
    resource_type text NOT NULL,
    resource_id text,
    action text NOT NULL,
    decision text NOT NULL,
    policies text [] NOT NULL,
    context jsonb NOT NULL,
    request_context jsonb NOT NULL,
    execution_time_ms double precision,
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    session_role text NOT NULL DEFAULT session_user,
    effective_role text NOT NULL,
    backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
    application_name text NOT NULL,
    CONSTRAINT audit_log_decision_check
    CHECK (decision OPERATOR(pg_catalog.=) 'allow' OR decision OPERATOR(pg_catalog.=) 'deny'),
    CONSTRAINT audit_log_execution_time_ms_check CHECK (execution_time_ms OPERATOR(pg_catalog.>=) 0)
) PARTITION BY RANGE (decided_at);
COMMENT ON TABLE domainflow.audit_log
IS 'Every authorization decision, in the transaction that it permitted or refused. Append-only; a month per partition.';
COMMENT ON COLUMN domainflow.audit_log.decided_at IS 'clock_timestamp() of the decision, not the start of its transaction.';
COMMENT ON COLUMN domainflow.audit_log.resource_id IS 'Null when the action is about the type as a whole, such as creating one.';
COMMENT ON COLUMN domainflow.audit_log.policies IS 'Names of the policies that matched, in the order they were consulted.';
COMMENT ON COLUMN domainflow.audit_log.context IS 'What the policies were given: attributes of user and resource.';
COMMENT ON COLUMN domainflow.audit_log.request_context IS 'Where the request came from: address, path, agent, job.';
COMMENT ON COLUMN domainflow.audit_log.execution_time_ms IS 'Time the decision took, in milliseconds.';
COMMENT ON COLUMN domainflow.audit_log.transaction_id IS 'Joins the decision with all that was written under it.';
COMMENT ON COLUMN domainflow.audit_log.session_role IS 'Role that logged in.';
COMMENT ON COLUMN domainflow.audit_log.effective_role IS 'Role taken with SET ROLE, otherwise the one that logged in.';

CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON domainflow.audit_log
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON domainflow.audit_log
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
-- ALWAYS: session_replication_role = replica does not switch them off. Partitions made from here on inherit the row trigger so.
ALTER TABLE domainflow.audit_log ENABLE ALWAYS TRIGGER audit_log_no_change;
ALTER TABLE domainflow.audit_log ENABLE ALWAYS TRIGGER audit_log_no_truncate;

-- The key and the indexes belong to the partitions; ensure_partitions copies those of the default one. On the parent, which is
-- an extension's member, they would make every partition attached by a restore come with indexes that the dump creates again.
CREATE TABLE domainflow.audit_log_default PARTITION OF domainflow.audit_log (
    CONSTRAINT audit_log_default_pkey PRIMARY KEY (id, decided_at)
) DEFAULT;
COMMENT ON TABLE domainflow.audit_log_default
IS 'Takes decisions of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.audit_log_default_pkey IS 'Serves the lookup of the decision whose id an answer quoted.';

CREATE INDEX audit_log_default_decided_at_idx ON domainflow.audit_log_default USING brin (decided_at);
COMMENT ON INDEX domainflow.audit_log_default_decided_at_idx
IS 'Serves get_authorization_decisions: the last hours, over all users.';
CREATE INDEX audit_log_default_user_id_idx ON domainflow.audit_log_default (user_id, decided_at);
COMMENT ON INDEX domainflow.audit_log_default_user_id_idx IS 'Serves get_authorization_decisions by user.';
CREATE INDEX audit_log_default_resource_idx ON domainflow.audit_log_default (resource_type, resource_id, decided_at);
COMMENT ON INDEX domainflow.audit_log_default_resource_idx IS 'Serves get_authorization_decisions by resource.';
CREATE INDEX audit_log_default_transaction_id_idx ON domainflow.audit_log_default (transaction_id);
COMMENT ON INDEX domainflow.audit_log_default_transaction_id_idx IS 'Serves campaign_trail: the decisions behind a write.';
CREATE INDEX audit_log_default_correlation_id_idx ON domainflow.audit_log_default (correlation_id)
WHERE correlation_id IS NOT NULL;
COMMENT ON INDEX domainflow.audit_log_default_correlation_id_idx IS 'Serves get_authorization_decisions by correlation id.';
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON domainflow.audit_log_default
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.audit_log_default ENABLE ALWAYS TRIGGER audit_log_no_truncate;

-- The application writes through log_authorization_decision only and cannot read what it wrote.
GRANT SELECT ON domainflow.audit_log TO domainflow_auditor;

CREATE TABLE domainflow.partition_policy (
    table_name text NOT NULL,
    retention interval NOT NULL,
    CONSTRAINT partition_policy_pkey PRIMARY KEY (table_name),
    CONSTRAINT partition_policy_retention_check CHECK (retention OPERATOR(pg_catalog.>) interval '0')
);
COMMENT ON TABLE domainflow.partition_policy
IS 'How long the rows of a monthly partitioned table are kept. No row: for ever. Applied by drop_expired_partitions.';
COMMENT ON COLUMN domainflow.partition_policy.table_name IS 'A table of schema domainflow, without the schema.';
COMMENT ON COLUMN domainflow.partition_policy.retention IS 'A month is dropped when its last moment is older than this.';
COMMENT ON INDEX domainflow.partition_policy_pkey IS 'Serves drop_expired_partitions: the policy of a table.';
GRANT SELECT, INSERT, UPDATE, DELETE ON domainflow.partition_policy TO domainflow_admin;

--! begin include functions/audit/_decision_is_valid.sql
-- True when the fields make a complete decision; false or null otherwise. _refuse_decision says what is wrong.
CREATE OR REPLACE FUNCTION domainflow._decision_is_valid(
    p_user_id text,
    p_resource_type text,
    p_action text,
    p_decision text,
    p_policies text [],
    p_context jsonb,
    p_request_context jsonb,
    p_execution_time_ms double precision
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT p_user_id OPERATOR(pg_catalog.<>) ''
       AND p_resource_type OPERATOR(pg_catalog.<>) ''
       AND p_action OPERATOR(pg_catalog.<>) ''
       AND (p_decision OPERATOR(pg_catalog.=) 'allow' OR p_decision OPERATOR(pg_catalog.=) 'deny')
       AND (p_policies IS NULL OR pg_catalog.array_position(p_policies, NULL) IS NULL)
       AND (p_context IS NULL OR pg_catalog.jsonb_typeof(p_context) OPERATOR(pg_catalog.=) 'object')
       AND (p_request_context IS NULL OR pg_catalog.jsonb_typeof(p_request_context) OPERATOR(pg_catalog.=) 'object')
       AND (p_execution_time_ms IS NULL
            OR (p_execution_time_ms OPERATOR(pg_catalog.>=) 0
                AND p_execution_time_ms OPERATOR(pg_catalog.<) 'Infinity'::double precision))
$$;

COMMENT ON FUNCTION domainflow._decision_is_valid IS 'Whether the fields make a complete authorization decision.';
REVOKE ALL ON FUNCTION domainflow._decision_is_valid FROM PUBLIC;
--! end include functions/audit/_decision_is_valid.sql
--! begin include functions/audit/_refuse_decision.sql
-- Raises the reason why _decision_is_valid said no: DF202 for what is missing, DF201 and DF204 for what is wrong.
--
-- p_position is the element of a batch, counted from 1; null for a single decision.
CREATE OR REPLACE FUNCTION domainflow._refuse_decision(
    p_position bigint,
    p_user_id text,
    p_resource_type text,
    p_action text,
    p_decision text,
    p_policies text [],
    p_execution_time_ms double precision
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_missing text := concat_ws(', ',
        CASE WHEN COALESCE(p_user_id, '') = '' THEN 'user_id' END,
        CASE WHEN COALESCE(p_resource_type, '') = '' THEN 'resource_type' END,
        CASE WHEN COALESCE(p_action, '') = '' THEN 'action' END,
        CASE WHEN p_decision IS NULL THEN 'decision' END);
    v_where text := COALESCE(format(' (element %s)', p_position), '');
BEGIN
    IF v_missing <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('an authorization decision needs %s%s', v_missing, v_where),
            DETAIL = format('user_id: %s, resource_type: %s, action: %s, decision: %s',
                            COALESCE(p_user_id, 'null'), COALESCE(p_resource_type, 'null'),
                            COALESCE(p_action, 'null'), COALESCE(p_decision, 'null')),
            HINT = 'Give each of them a value; in a batch all arrays are of one length.';
    ELSIF p_decision NOT IN ('allow', 'deny') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('decision is allow or deny%s', v_where),
            DETAIL = format('decision: %s', p_decision),
            HINT = 'Write allow or deny, in lower case.';
    ELSIF p_execution_time_ms < 0 OR p_execution_time_ms >= 'Infinity' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('execution_time_ms is a finite number of milliseconds, zero or more%s', v_where),
            DETAIL = format('execution_time_ms: %s', p_execution_time_ms),
            HINT = 'Take it from a monotonic clock, or leave it null.';
    ELSIF array_position(p_policies, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('policies holds a null%s', v_where),
            DETAIL = format('policies: %s', p_policies),
            HINT = 'Leave policies without a name out.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('context and request_context are JSON objects%s', v_where),
        DETAIL = format('user_id: %s, action: %s', p_user_id, p_action),
        HINT = 'Wrap arrays and scalars: {"items": [...]}.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_decision IS 'Raises the reason why an authorization decision cannot be logged.';
REVOKE ALL ON FUNCTION domainflow._refuse_decision FROM PUBLIC;
--! end include functions/audit/_refuse_decision.sql
--! begin include functions/audit/_policy_names.sql
-- The elements of a JSON array as text, in order; null for null. Anything but an array of strings gives an array with a null
-- in it, which _decision_is_valid turns down.
CREATE OR REPLACE FUNCTION domainflow._policy_names(p_policies jsonb)
RETURNS text []
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_policies IS NULL THEN
        RETURN NULL;
    ELSIF jsonb_typeof(p_policies) <> 'array' THEN
        RETURN ARRAY[NULL::text];
    END IF;
    RETURN ARRAY(
        SELECT CASE WHEN jsonb_typeof(e.name) = 'string' THEN e.name #>> '{}' END
          FROM jsonb_array_elements(p_policies) WITH ORDINALITY AS e (name, position)
         ORDER BY e.position);
END
$$;

COMMENT ON FUNCTION domainflow._policy_names(jsonb) IS 'Policy names of one decision of a batch: JSON array to text array.';
REVOKE ALL ON FUNCTION domainflow._policy_names(jsonb) FROM PUBLIC;
--! end include functions/audit/_policy_names.sql
--! begin include functions/audit/log_authorization_decision.sql
-- Writes one authorization decision into audit_log and returns its id.
--
-- It is part of the caller's transaction and commits with the write that it permitted. A denial is reported by returning,
-- never by raising, so that its row survives: the caller commits and answers 403. Incomplete fields raise DF201, DF202 or DF204.
-- SECURITY DEFINER, because the application may neither read nor forge rows of the log: who, when and which transaction are
-- taken from the server.
CREATE OR REPLACE FUNCTION domainflow.log_authorization_decision(
    p_user_id text,
    p_resource_type text,
    p_resource_id text,
    p_action text,
    p_decision text,
    p_policies text [] DEFAULT '{}',
    p_context jsonb DEFAULT '{}',
    p_request_context jsonb DEFAULT '{}',
    p_execution_time_ms double precision DEFAULT NULL
)
RETURNS uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid := gen_random_uuid();
BEGIN
    IF domainflow._decision_is_valid(p_user_id, p_resource_type, p_action, p_decision, p_policies, p_context,
                                     p_request_context, p_execution_time_ms) IS NOT TRUE THEN
        PERFORM domainflow._refuse_decision(NULL, p_user_id, p_resource_type, p_action, p_decision, p_policies,
                                            p_execution_time_ms);
    END IF;
    INSERT INTO domainflow.audit_log (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
        execution_time_ms, correlation_id, effective_role, application_name
    ) VALUES (
        v_id, clock_timestamp(), p_user_id, p_resource_type, p_resource_id, p_action, p_decision,
        COALESCE(p_policies, '{}'), COALESCE(p_context, '{}'), COALESCE(p_request_context, '{}'), p_execution_time_ms,
        NULLIF(current_setting('domainflow.correlation_id', true), ''),
        -- current_user is the definer here; the role setting is what the caller took.
        COALESCE(NULLIF(current_setting('role'), 'none'), session_user),
        current_setting('application_name')
    );
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION domainflow.log_authorization_decision
IS 'Appends one authorization decision (allow or deny) to the audit log, in the caller''s transaction; returns its id.';
REVOKE ALL ON FUNCTION domainflow.log_authorization_decision FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.log_authorization_decision TO domainflow_app;
--! end include functions/audit/log_authorization_decision.sql
--! begin include functions/audit/log_authorization_decisions.sql
-- Batch form of log_authorization_decision: one element per decision, ids returned in input order.
--
-- All or nothing: an incomplete element raises with its position and nothing is written. Policies are a JSON array of names
-- per decision, because arrays of arrays cannot be ragged. Arrays that are null stand for the defaults.
CREATE OR REPLACE FUNCTION domainflow.log_authorization_decisions(
    p_user_ids text [],
    p_resource_types text [],
    p_resource_ids text [],
    p_actions text [],
    p_decisions text [],
    p_policies jsonb [] DEFAULT NULL,
    p_contexts jsonb [] DEFAULT NULL,
    p_request_contexts jsonb [] DEFAULT NULL,
    p_execution_times_ms double precision [] DEFAULT NULL
)
RETURNS SETOF uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_ids uuid[];
    v_bad record;
BEGIN
    SELECT b.*
      INTO v_bad
      FROM unnest(p_user_ids, p_resource_types, p_actions, p_decisions, p_policies, p_contexts, p_request_contexts,
                  p_execution_times_ms)
           WITH ORDINALITY AS b (user_id, resource_type, action, decision, policies, context, request_context, ms, position)
     WHERE domainflow._decision_is_valid(
               b.user_id, b.resource_type, b.action, b.decision, domainflow._policy_names(b.policies),
               b.context, b.request_context, b.ms) IS NOT TRUE
     ORDER BY b.position
     LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_decision(v_bad.position, v_bad.user_id, v_bad.resource_type, v_bad.action,
                                            v_bad.decision, domainflow._policy_names(v_bad.policies), v_bad.ms);
    END IF;

    SELECT array_agg(gen_random_uuid())
      INTO v_ids
      FROM generate_subscripts(p_user_ids, 1);
    INSERT INTO domainflow.audit_log (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
        execution_time_ms, correlation_id, effective_role, application_name
    )
    SELECT b.id, clock_timestamp(), b.user_id, b.resource_type, b.resource_id, b.action, b.decision,
           COALESCE(domainflow._policy_names(b.policies), '{}'), COALESCE(b.context, '{}'),
           COALESCE(b.request_context, '{}'), b.ms,
           NULLIF(current_setting('domainflow.correlation_id', true), ''),
           COALESCE(NULLIF(current_setting('role'), 'none'), session_user),
           current_setting('application_name')
      FROM unnest(v_ids, p_user_ids, p_resource_types, p_resource_ids, p_actions, p_decisions, p_policies, p_contexts,
                  p_request_contexts, p_execution_times_ms)
           AS b (id, user_id, resource_type, resource_id, action, decision, policies, context, request_context, ms);
    RETURN QUERY SELECT i.id FROM unnest(v_ids) WITH ORDINALITY AS i (id, position) ORDER BY i.position;
END
$$;

COMMENT ON FUNCTION domainflow.log_authorization_decisions
IS 'Appends many authorization decisions at once; returns their ids in input order.';
REVOKE ALL ON FUNCTION domainflow.log_authorization_decisions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.log_authorization_decisions TO domainflow_app;
--! end include functions/audit/log_authorization_decisions.sql
--! begin include functions/audit/get_authorization_decisions.sql
-- Decisions of the last p_hours_back hours for auditors, newest first, at most p_limit of them.
--
-- Filters that are null match everything. A correlation id or a resource usually leads to the whole story: join on
-- transaction_id from there.
CREATE OR REPLACE FUNCTION domainflow.get_authorization_decisions(
    p_user_id text DEFAULT NULL,
    p_resource_type text DEFAULT NULL,
    p_resource_id text DEFAULT NULL,
    p_action text DEFAULT NULL,
    p_decision text DEFAULT NULL,
    p_correlation_id text DEFAULT NULL,
    p_hours_back double precision DEFAULT 24,
    p_limit integer DEFAULT 100
)
RETURNS SETOF domainflow.audit_log
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_since timestamp with time zone;
BEGIN
    IF p_decision NOT IN ('allow', 'deny') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'decision is allow or deny',
            DETAIL = format('decision: %s', p_decision),
            HINT = 'Leave it null to see both.';
    ELSIF p_hours_back IS NULL OR NOT (p_hours_back > 0 AND p_hours_back <= 8760000) OR COALESCE(p_limit, 0) < 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'hours_back is above 0 and at most 8760000, limit is at least 1',
            DETAIL = format('hours_back: %s, limit: %s', p_hours_back, p_limit),
            HINT = 'Call it with its defaults for 100 decisions of the last day.';
    END IF;
    -- A value, so that partitions are pruned.
    v_since := now() - p_hours_back * interval '1 hour';
    RETURN QUERY
    SELECT a.*
      FROM domainflow.audit_log AS a
     WHERE a.decided_at >= v_since
       AND (p_user_id IS NULL OR a.user_id = p_user_id)
       AND (p_resource_type IS NULL OR a.resource_type = p_resource_type)
       AND (p_resource_id IS NULL OR a.resource_id = p_resource_id)
       AND (p_action IS NULL OR a.action = p_action)
       AND (p_decision IS NULL OR a.decision = p_decision)
       AND (p_correlation_id IS NULL OR a.correlation_id = p_correlation_id)
     ORDER BY a.decided_at DESC, a.id
     LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.get_authorization_decisions
IS 'Authorization decisions by user, resource, action, decision or correlation id, newest first.';
REVOKE ALL ON FUNCTION domainflow.get_authorization_decisions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_authorization_decisions TO domainflow_auditor;
--! end include functions/audit/get_authorization_decisions.sql
--! begin include functions/audit/_in_extension_script.sql
-- True while a script of CREATE or ALTER EXTENSION runs: every object made there becomes a member of that extension.
--
-- Only pg_extension_config_dump tells: it refuses to run anywhere else. For partition_policy, which is registered anyway, the
-- call changes nothing.
CREATE OR REPLACE FUNCTION domainflow._in_extension_script()
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_extension_config_dump('domainflow.partition_policy', '');
    RETURN true;
EXCEPTION
    WHEN feature_not_supported THEN
        RETURN false;
    -- It is the script of another extension.
    WHEN object_not_in_prerequisite_state THEN
        RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow._in_extension_script() IS 'Whether an extension script is being executed.';
REVOKE ALL ON FUNCTION domainflow._in_extension_script() FROM PUBLIC;
--! end include functions/audit/_in_extension_script.sql
--! begin include functions/audit/_monthly_tables.sql
-- The tables of schema domainflow that get a partition per month: range-partitioned by one timestamptz column, with a default
-- partition. Found in the catalog, so that a new room with such a table needs no entry anywhere.
CREATE OR REPLACE FUNCTION domainflow._monthly_tables()
RETURNS TABLE (table_name text, parent regclass, default_partition regclass, time_column text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relname::text, c.oid::regclass, p.partdefid::regclass, a.attname::text
      FROM pg_partitioned_table AS p
      JOIN pg_class AS c ON c.oid = p.partrelid
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
     WHERE c.relnamespace = 'domainflow'::regnamespace
       AND p.partstrat = 'r'
       AND p.partnatts = 1
       AND p.partdefid <> 0
       AND a.atttypid = 'timestamp with time zone'::regtype
     ORDER BY c.relname
$$;

COMMENT ON FUNCTION domainflow._monthly_tables() IS 'Tables of schema domainflow that are partitioned by month.';
REVOKE ALL ON FUNCTION domainflow._monthly_tables() FROM PUBLIC;
--! end include functions/audit/_monthly_tables.sql
--! begin include functions/audit/_partition_name.sql
-- Name of the partition of one month, in schema domainflow: audit_log_2026_01.
CREATE OR REPLACE FUNCTION domainflow._partition_name(p_parent regclass, p_month timestamp without time zone)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relname || to_char(p_month, '_YYYY_MM')
      FROM pg_class AS c
     WHERE c.oid = p_parent
$$;

COMMENT ON FUNCTION domainflow._partition_name(regclass, timestamp without time zone)
IS 'Name of the partition of one month.';
REVOKE ALL ON FUNCTION domainflow._partition_name(regclass, timestamp without time zone) FROM PUBLIC;
--! end include functions/audit/_partition_name.sql
--! begin include functions/audit/_missing_months.sql
-- First moments (UTC) of the months of one table that have no partition and need one: this month and the next p_months_ahead,
-- and earlier months that have rows in the default partition.
CREATE OR REPLACE FUNCTION domainflow._missing_months(
    p_parent regclass,
    p_default_partition regclass,
    p_time_column text,
    p_months_ahead integer
)
RETURNS timestamp without time zone []
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_this_month timestamp without time zone := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
    v_months timestamp without time zone[];
BEGIN
    EXECUTE format(
        $sql$
        SELECT array_agg(m.month ORDER BY m.month)
          FROM (SELECT $1 + a.ahead * interval '1 month' AS month FROM generate_series(0, $2) AS a (ahead)
                UNION
                SELECT date_trunc('month', d.%I AT TIME ZONE 'UTC')
                  FROM %s AS d
                 WHERE d.%I < $1 AT TIME ZONE 'UTC' AND isfinite(d.%I)) AS m
         WHERE NOT EXISTS (
                   SELECT
                     FROM pg_inherits AS i
                    WHERE i.inhparent = $3
                      AND i.inhrelid = to_regclass(format('domainflow.%%I', domainflow._partition_name($3, m.month))))
        $sql$, p_time_column, p_default_partition, p_time_column, p_time_column)
       INTO v_months
      USING v_this_month, p_months_ahead, p_parent;
    RETURN v_months;
END
$$;

COMMENT ON FUNCTION domainflow._missing_months IS 'Months of a table that lack a partition; null when there are none.';
REVOKE ALL ON FUNCTION domainflow._missing_months FROM PUBLIC;
--! end include functions/audit/_missing_months.sql
--! begin include functions/audit/_guard_partition.sql
-- Gives a new partition what PostgreSQL does not copy from its parent: the grants, and the triggers that refuse TRUNCATE.
--
-- Row triggers come with ATTACH, constraints and indexes with LIKE.
CREATE OR REPLACE FUNCTION domainflow._guard_partition(p_parent regclass, p_partition regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_grant record;
    v_trigger record;
BEGIN
    FOR v_grant IN
        SELECT a.privilege_type, a.grantee
          FROM pg_class AS c, aclexplode(c.relacl) AS a
         WHERE c.oid = p_parent
           AND a.grantee <> c.relowner
           AND a.grantee <> 0
    LOOP
        EXECUTE format('GRANT %I ON %s TO %I', lower(v_grant.privilege_type), p_partition, pg_get_userbyid(v_grant.grantee));
    END LOOP;
    FOR v_trigger IN
        SELECT t.tgname
          FROM pg_trigger AS t
         WHERE t.tgrelid = p_parent
           AND t.tgfoid = 'domainflow._refuse_change()'::regprocedure
           AND (t.tgtype & 32) <> 0  -- TRUNCATE
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change()',
                       v_trigger.tgname, p_partition);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', p_partition, v_trigger.tgname);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._guard_partition(regclass, regclass)
IS 'Copies grants and TRUNCATE triggers from a partitioned table to its new partition.';
REVOKE ALL ON FUNCTION domainflow._guard_partition(regclass, regclass) FROM PUBLIC;
--! end include functions/audit/_guard_partition.sql
--! begin include functions/audit/_add_month_partitions.sql
-- Creates the missing monthly partitions of one table and moves the rows of those months out of its default partition.
--
-- With nothing to do it waits for nobody but another maintainer. Otherwise writers and readers of this table wait until the
-- caller commits: a writer that had chosen the default partition before, and went on after, would fail with 23514, because its
-- row now belongs elsewhere.
CREATE OR REPLACE FUNCTION domainflow._add_month_partitions(
    p_parent regclass,
    p_default_partition regclass,
    p_time_column text,
    p_months_ahead integer
)
RETURNS TABLE (partition_name text, rows_moved bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_month timestamp without time zone;
    v_has_rows boolean;
    v_partition regclass;
    v_from text;
    v_to text;
BEGIN
    -- Maintainers of a table queue up here: looking for missing months locks the default partition a little, and two of them that
    -- then want the parent would deadlock.
    PERFORM pg_advisory_xact_lock('domainflow.partition_policy'::regclass::oid::integer, p_parent::oid::integer);
    IF domainflow._missing_months(p_parent, p_default_partition, p_time_column, p_months_ahead) IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', p_parent);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', p_default_partition);

    -- Detached, the default partition has no append-only row trigger and need not be searched at each ATTACH.
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', p_default_partition) INTO v_has_rows;
    IF v_has_rows THEN
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', p_parent, p_default_partition);
    END IF;

    -- Asked again: rows of earlier months may have come in while this call waited for the locks.
    FOREACH v_month IN ARRAY
        COALESCE(domainflow._missing_months(p_parent, p_default_partition, p_time_column, p_months_ahead), '{}')
    LOOP
        partition_name := domainflow._partition_name(p_parent, v_month);
        -- Written out with their offset: they mean the same under every TimeZone and DateStyle.
        v_from := to_char(v_month, 'YYYY-MM-DD') || ' 00:00:00+00';
        v_to := to_char(v_month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
        -- Like the default partition, whose indexes the parent need not have; ATTACH uses them where it has some too.
        EXECUTE format('CREATE TABLE domainflow.%I (LIKE %s INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS)',
                       partition_name, p_default_partition);
        v_partition := format('domainflow.%I', partition_name)::regclass;
        rows_moved := 0;
        IF v_has_rows THEN
            EXECUTE format(
                'WITH moved AS (DELETE FROM %s AS d WHERE d.%I >= %L AND d.%I < %L RETURNING d.*) '
                'INSERT INTO %s SELECT m.* FROM moved AS m',
                p_default_partition, p_time_column, v_from, p_time_column, v_to, v_partition);
            GET DIAGNOSTICS rows_moved = ROW_COUNT;
        END IF;
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', p_parent, v_partition, v_from, v_to);
        PERFORM domainflow._guard_partition(p_parent, v_partition);
        RETURN NEXT;
    END LOOP;

    IF v_has_rows THEN
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s DEFAULT', p_parent, p_default_partition);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._add_month_partitions
IS 'Creates the missing monthly partitions of one table and moves rows of its default partition into them.';
REVOKE ALL ON FUNCTION domainflow._add_month_partitions FROM PUBLIC;
--! end include functions/audit/_add_month_partitions.sql
--! begin include functions/audit/ensure_partitions.sql
-- Makes sure that this month and the next p_months_ahead have their partition in every table that is partitioned by month:
-- audit_log, transaction_metric, query_performance_metrics, entity_event. Months are UTC. Returns a row for each partition it
-- created, and for each table it had to leave for the next call; with nothing to do it returns none and holds up nobody.
--
-- Rows that fell into the default partition (of these months or earlier ones) move into the new partitions in this transaction.
-- Any number of callers may run it at once. A table that is busy for longer than 500 ms, or whose months overlap
-- partitions made by hand, is left out and does not hold up the others. Half of deadlock_timeout: against a writer that holds one
-- table and wants another, this call gives way. Inside an extension script it does nothing: partitions are never members.
-- SECURITY DEFINER, because only a table's owner may add partitions.
CREATE OR REPLACE FUNCTION domainflow.ensure_partitions(p_months_ahead integer DEFAULT 2)
RETURNS TABLE (table_name text, partition_name text, rows_moved bigint, outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
    v_table record;
BEGIN
    IF p_months_ahead IS NULL OR p_months_ahead NOT BETWEEN 0 AND 120 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'months_ahead is between 0 and 120',
            DETAIL = format('months_ahead: %s', p_months_ahead),
            HINT = 'Two months ahead are enough when it runs once a day.';
    END IF;
    IF domainflow._in_extension_script() THEN
        RETURN;
    END IF;
    FOR v_table IN
        SELECT t.table_name, t.parent, t.default_partition, t.time_column FROM domainflow._monthly_tables() AS t
    LOOP
        BEGIN
            RETURN QUERY
            SELECT v_table.table_name, p.partition_name, p.rows_moved, 'created'::text
              FROM domainflow._add_month_partitions(
                       v_table.parent, v_table.default_partition, v_table.time_column, p_months_ahead) AS p;
        EXCEPTION
            WHEN lock_not_available OR invalid_object_definition THEN
                RETURN QUERY SELECT v_table.table_name, NULL::text, NULL::bigint, 'left: ' || SQLERRM;
        END;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.ensure_partitions(integer)
IS 'Creates the monthly partitions that are missing and fills them from the default partitions. Run it daily.';
REVOKE ALL ON FUNCTION domainflow.ensure_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.ensure_partitions(integer) TO domainflow_admin, domainflow_owner;
--! end include functions/audit/ensure_partitions.sql
--! begin include functions/audit/drop_expired_partitions.sql
-- Drops the monthly partitions whose last moment is older than the retention in partition_policy, and returns their names.
--
-- Tables without a policy keep everything. Rows in a default partition are not touched: ensure_partitions moves them first.
-- Readers and writers of a table wait while its partition is dropped; a table busy for longer than 500 ms ends the call with 55P03
-- and nothing is dropped. Works under a pinned xmin horizon, where DELETE and VACUUM would free nothing.
-- SECURITY DEFINER, because only a table's owner may drop partitions.
CREATE OR REPLACE FUNCTION domainflow.drop_expired_partitions()
RETURNS TABLE (table_name text, partition_name text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
    v_policy record;
BEGIN
    FOR v_policy IN
        SELECT p.table_name, t.parent,
               date_trunc('month', (clock_timestamp() - p.retention) AT TIME ZONE 'UTC') AS first_kept_month
          FROM domainflow.partition_policy AS p
          LEFT JOIN domainflow._monthly_tables() AS t ON t.table_name = p.table_name
         ORDER BY p.table_name
    LOOP
        IF v_policy.parent IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF301',
                MESSAGE = format('partition_policy names %s, which is not partitioned by month', v_policy.table_name),
                DETAIL = format('table_name: %s', v_policy.table_name),
                HINT = 'Correct or delete that row of domainflow.partition_policy.';
        END IF;
        -- See _add_month_partitions: one maintainer of a table at a time.
        PERFORM pg_advisory_xact_lock('domainflow.partition_policy'::regclass::oid::integer, v_policy.parent::oid::integer);
        FOR partition_name IN
            SELECT c.relname::text
              FROM pg_inherits AS i
              JOIN pg_class AS c ON c.oid = i.inhrelid
             WHERE i.inhparent = v_policy.parent
               AND c.relname ~ ('^' || v_policy.table_name || '_\d{4}_\d{2}$')
               AND to_date(right(c.relname, 7), 'YYYY_MM') < v_policy.first_kept_month
             ORDER BY c.relname
        LOOP
            EXECUTE format('DROP TABLE domainflow.%I', partition_name);
            table_name := v_policy.table_name;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.drop_expired_partitions()
IS 'Drops monthly partitions older than their retention in partition_policy; returns what it dropped.';
REVOKE ALL ON FUNCTION domainflow.drop_expired_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.drop_expired_partitions() TO domainflow_admin;
--! end include functions/audit/drop_expired_partitions.sql
