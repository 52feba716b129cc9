-- Authorization models in OpenFGA's language, compiled into functions, and the relationships that they decide by.
--! lock-timeout: 2s
--! allow: definer-without-search-path hot functions in which every name, type and operator is qualified
--! allow: trigger-on-existing-table it runs for rows that permit a write only, which the program before does not write
--! allow: missing-primary-key authz_signal stays empty, and authz_link is derived: rebuild_generated() needs no key of it

CREATE TABLE domainflow.authz_model (
    model text NOT NULL,
    model_id integer NOT NULL,
    revision integer NOT NULL,
    generation integer NOT NULL,
    CONSTRAINT authz_model_pkey PRIMARY KEY (model),
    CONSTRAINT authz_model_id_key UNIQUE (model_id),
    CONSTRAINT authz_model_revision_check CHECK (revision OPERATOR(pg_catalog.>) 0)
);
COMMENT ON TABLE domainflow.authz_model IS 'Authorization models, each with the revision that decides now.';
COMMENT ON COLUMN domainflow.authz_model.model_id IS 'In the names of the compiled functions.';
COMMENT ON COLUMN domainflow.authz_model.generation
IS 'Grows with each definition of the model or of a policy: compiled functions answer with theirs, so that stale ones are noticed.';
COMMENT ON INDEX domainflow.authz_model_pkey IS 'Serves every call: the model by name.';
COMMENT ON INDEX domainflow.authz_model_id_key IS 'Keeps the compiled functions of two models apart.';

CREATE TABLE domainflow.authz_signal ();
COMMENT ON TABLE domainflow.authz_signal IS 'Always empty: see _hear_of_changes.';

CREATE TABLE domainflow.authz_revision (
    model_id integer NOT NULL,
    revision integer NOT NULL,
    source text NOT NULL,
    defined_at timestamp with time zone NOT NULL,
    session_role text NOT NULL,
    effective_role text NOT NULL,
    transaction_id xid8 NOT NULL,
    CONSTRAINT authz_revision_pkey PRIMARY KEY (model_id, revision)
);
COMMENT ON TABLE domainflow.authz_revision IS 'Every revision of every authorization model, as its text. Append-only.';
COMMENT ON COLUMN domainflow.authz_revision.source IS 'OpenFGA''s modelling language, schema 1.1.';
COMMENT ON INDEX domainflow.authz_revision_pkey IS 'Serves the recompilation of a revision.';
CREATE TRIGGER authz_revision_no_change BEFORE UPDATE OR DELETE ON domainflow.authz_revision
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER authz_revision_no_truncate BEFORE TRUNCATE ON domainflow.authz_revision
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
ALTER TABLE domainflow.authz_revision ENABLE ALWAYS TRIGGER authz_revision_no_change;
ALTER TABLE domainflow.authz_revision ENABLE ALWAYS TRIGGER authz_revision_no_truncate;

CREATE TABLE domainflow.authz_edge (
    edge integer NOT NULL,
    model_id integer NOT NULL,
    object_type text COLLATE pg_catalog."C" NOT NULL,
    relation text COLLATE pg_catalog."C" NOT NULL,
    subject_kind text COLLATE pg_catalog."C" NOT NULL,
    CONSTRAINT authz_edge_pkey PRIMARY KEY (edge),
    CONSTRAINT authz_edge_key UNIQUE (model_id, object_type, relation, subject_kind)
);
COMMENT ON TABLE domainflow.authz_edge
IS 'Kinds of relationships that a revision of a model admits or admitted: compiled functions name them by number.';
COMMENT ON COLUMN domainflow.authz_edge.subject_kind IS 'A type, or type#relation for the subjects of a relation.';
COMMENT ON INDEX domainflow.authz_edge_pkey IS 'Serves the names of a relationship''s types.';
COMMENT ON INDEX domainflow.authz_edge_key IS 'Serves write_relation: the number of a kind of relationship.';

CREATE TABLE domainflow.authz_node (
    model_id integer NOT NULL,
    revision integer NOT NULL,
    node integer NOT NULL,
    object_type text COLLATE pg_catalog."C" NOT NULL,
    relation text COLLATE pg_catalog."C",
    expression jsonb,
    component integer,
    reaches_cycle boolean,
    reaches_wildcard boolean,
    denies boolean,
    CONSTRAINT authz_node_pkey PRIMARY KEY (model_id, revision, node),
    CONSTRAINT authz_node_key UNIQUE (model_id, revision, object_type, relation)
);
COMMENT ON TABLE domainflow.authz_node IS 'Relations of the types of a revision, and the types themselves (relation is null), as parsed.';
COMMENT ON COLUMN domainflow.authz_node.expression IS 'Syntax tree in which each leaf names its edges and nodes.';
COMMENT ON COLUMN domainflow.authz_node.component
IS 'Smallest node of its strongly connected component; null when the relation cannot lead back to itself.';
COMMENT ON COLUMN domainflow.authz_node.reaches_cycle IS 'Facts can lead in a circle below it, so an answer can be neither yes nor no.';
COMMENT ON COLUMN domainflow.authz_node.reaches_wildcard IS 'Facts about all subjects of a type can decide it.';
COMMENT ON COLUMN domainflow.authz_node.denies IS 'It stands on the right of a but not, or below one: more facts can take something away.';
COMMENT ON INDEX domainflow.authz_node_pkey IS 'Serves the compiler and the lists.';
COMMENT ON INDEX domainflow.authz_node_key IS 'Serves the lists: the node of type and relation.';

CREATE TABLE domainflow.authz_link (
    model_id integer NOT NULL,
    revision integer NOT NULL,
    node integer NOT NULL,
    source integer,
    edge integer,
    subject_kind text COLLATE pg_catalog."C",
    wildcard boolean NOT NULL,
    concrete boolean NOT NULL,
    negative boolean NOT NULL
);
COMMENT ON TABLE domainflow.authz_link IS 'What a relation is decided by: subjects named by facts, and other relations, over facts or of the same object.';
COMMENT ON COLUMN domainflow.authz_link.source IS 'The other relation; null when facts name the subjects.';
COMMENT ON COLUMN domainflow.authz_link.edge IS 'The facts that lead there; null for a relation of the same object.';
COMMENT ON COLUMN domainflow.authz_link.negative IS 'On the right of but not.';
CREATE INDEX authz_link_node_idx ON domainflow.authz_link (model_id, revision, node);
COMMENT ON INDEX domainflow.authz_link_node_idx IS 'Serves list_subjects: what a relation leads to.';
CREATE INDEX authz_link_source_idx ON domainflow.authz_link (model_id, revision, source);
COMMENT ON INDEX domainflow.authz_link_source_idx IS 'Serves list_resources: what leads to a relation.';

CREATE TABLE domainflow.authz_function (
    function_name text NOT NULL,
    source_hash text NOT NULL,
    CONSTRAINT authz_function_pkey PRIMARY KEY (function_name)
);
COMMENT ON TABLE domainflow.authz_function IS 'Compiled functions in schema domainflow_generated, for the drift check.';
COMMENT ON COLUMN domainflow.authz_function.source_hash IS 'MD5 of the body.';
COMMENT ON INDEX domainflow.authz_function_pkey IS 'Serves the drift check.';

CREATE TABLE domainflow.relationship (
    edge integer NOT NULL,
    object_id text COLLATE pg_catalog."C" NOT NULL,
    subject_id text COLLATE pg_catalog."C" NOT NULL,
    valid_until timestamp with time zone,
    granted_by text,
    reason text,
    granted_at timestamp with time zone NOT NULL,
    transaction_id xid8 NOT NULL,
    session_role text NOT NULL,
    effective_role text NOT NULL,
    CONSTRAINT relationship_pkey PRIMARY KEY (edge, object_id, subject_id) INCLUDE (valid_until),
    CONSTRAINT relationship_edge_fkey FOREIGN KEY (edge) REFERENCES domainflow.authz_edge (edge)
);
COMMENT ON TABLE domainflow.relationship IS 'Facts: which subject has which relation to which object. Written by write_relation and delete_relation.';
COMMENT ON COLUMN domainflow.relationship.subject_id IS '* stands for every subject of the type.';
COMMENT ON COLUMN domainflow.relationship.valid_until IS 'From this moment on it counts no more; null: until it is deleted.';
COMMENT ON COLUMN domainflow.relationship.granted_by IS 'Subject on whose behalf it was written.';
COMMENT ON INDEX domainflow.relationship_pkey IS 'Serves every check: the subjects of an object.';
CREATE INDEX relationship_subject_idx ON domainflow.relationship (edge, subject_id, object_id) INCLUDE (valid_until);
COMMENT ON INDEX domainflow.relationship_subject_idx IS 'Serves list_resources: the objects of a subject.';

ALTER TABLE domainflow.audit_log
ADD COLUMN model text,
ADD COLUMN revision integer,
ADD COLUMN reason_code text,
ADD COLUMN given_facts jsonb,
ADD COLUMN fence bigint;
COMMENT ON COLUMN domainflow.audit_log.model IS 'Authorization model that decided; null for decisions that the application reports.';
COMMENT ON COLUMN domainflow.audit_log.revision IS 'Revision of the model that decided.';
COMMENT ON COLUMN domainflow.audit_log.reason_code
IS 'relation, policy, no_relation, deny_policy, policy_error or scope; for a change of facts, policies or models what was changed.';
COMMENT ON COLUMN domainflow.audit_log.given_facts IS 'Facts that the call gave.';
COMMENT ON COLUMN domainflow.audit_log.fence
IS 'Null: nothing happens at commit. 0: it takes something away. Else it permits a write: the last transaction that took something away before
the decision, -1 when that was not over yet.';

CREATE TABLE domainflow.authz_policy (
    model_id integer NOT NULL,
    policy text NOT NULL,
    effect text NOT NULL,
    resource_type text COLLATE pg_catalog."C" NOT NULL,
    actions text [] NOT NULL,
    condition jsonpath,
    description text,
    defined_at timestamp with time zone NOT NULL,
    session_role text NOT NULL,
    effective_role text NOT NULL,
    CONSTRAINT authz_policy_pkey PRIMARY KEY (model_id, policy),
    CONSTRAINT authz_policy_effect_check CHECK (effect OPERATOR(pg_catalog.=) 'allow' OR effect OPERATOR(pg_catalog.=) 'deny')
);
COMMENT ON TABLE domainflow.authz_policy IS 'Policies above a model: what they allow or deny, to whom the condition over the context applies.';
COMMENT ON COLUMN domainflow.authz_policy.condition IS 'jsonpath predicate over the context of the call; null: always.';
COMMENT ON INDEX domainflow.authz_policy_pkey IS 'Serves define_access_policy: the policy by name.';

CREATE TABLE domainflow.authz_policy_action (
    model_id integer NOT NULL,
    resource_type text COLLATE pg_catalog."C" NOT NULL,
    action text COLLATE pg_catalog."C" NOT NULL,
    policy text NOT NULL,
    CONSTRAINT authz_policy_action_pkey PRIMARY KEY (model_id, resource_type, action, policy),
    CONSTRAINT authz_policy_action_policy_fkey FOREIGN KEY (model_id, policy)
    REFERENCES domainflow.authz_policy (model_id, policy) ON DELETE CASCADE
);
COMMENT ON TABLE domainflow.authz_policy_action IS 'The policies of each action of a type.';
COMMENT ON INDEX domainflow.authz_policy_action_pkey IS 'Serves every check of an action that has policies.';

CREATE TABLE domainflow.authz_exclusion (
    model_id integer NOT NULL,
    role_a text COLLATE pg_catalog."C" NOT NULL,
    role_b text COLLATE pg_catalog."C" NOT NULL,
    CONSTRAINT authz_exclusion_pkey PRIMARY KEY (model_id, role_a, role_b)
);
COMMENT ON TABLE domainflow.authz_exclusion IS 'Pairs of relations that nobody may have at once.';
COMMENT ON INDEX domainflow.authz_exclusion_pkey IS 'Serves each change of facts: the pairs of its model.';

GRANT SELECT ON domainflow.authz_policy, domainflow.authz_exclusion TO domainflow_auditor;

-- The transaction that last took a right away, readable whatever a snapshot shows: see _fence_access.
CREATE SEQUENCE domainflow.authz_revocation MINVALUE 1;
COMMENT ON SEQUENCE domainflow.authz_revocation IS 'Not a counter: its value is the transaction that last took a right away.';

CREATE TYPE domainflow.authz_token AS (token text, line integer, col integer);
COMMENT ON TYPE domainflow.authz_token IS 'A word or sign of an authorization model, and where it stands.';
CREATE TYPE domainflow.authz_step AS (depth integer, step text, verdict integer);
COMMENT ON TYPE domainflow.authz_step IS 'What a decision looked at: 0 no, 1 perhaps, 2 yes.';
CREATE TYPE domainflow.authz_fact AS (edge integer, object_id text, subject_id text);
COMMENT ON TYPE domainflow.authz_fact IS 'A relationship that is given with a call and stored nowhere.';
CREATE TYPE domainflow.authz_scope AS (model_id integer, revision integer, component integer, facts boolean);
COMMENT ON TYPE domainflow.authz_scope
IS 'What is being compiled: the component whose nodes are looked up in arrays, and whether facts are given with the call; null: neither facts
nor a limit of steps.';

GRANT SELECT ON domainflow.authz_model, domainflow.authz_revision, domainflow.authz_edge, domainflow.relationship TO domainflow_auditor;
-- Serves the drift check, which runs with its caller's rights.
GRANT SELECT ON domainflow.authz_function TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
-- Who defines a model reads the one before.
GRANT SELECT ON domainflow.authz_model, domainflow.authz_revision TO domainflow_owner;

--! include functions/authz/_refuse_authz_syntax.sql
--! include functions/authz/_refuse_authz_condition.sql
--! include functions/authz/_authz_name.sql
--! include functions/authz/_authz_tokens.sql
--! include functions/authz/_parse_authz_term.sql
--! include functions/authz/_parse_authz_expression.sql
--! include functions/authz/_parse_authz_model.sql
--! include functions/authz/_authz_edge.sql
--! include functions/authz/_authz_node_of.sql
--! include functions/authz/_resolve_authz_expression.sql
--! include functions/authz/_authz_leaves.sql
--! include functions/authz/_analyse_authz_model.sql
--! include functions/authz/_authz_is_grounded.sql
--! include functions/authz/_refuse_groundless_relation.sql
--! include functions/authz/_refuse_authz_orphans.sql
--! include functions/authz/_refuse_authz_depth.sql
--! include functions/authz/_authz_subjects_of.sql
--! include functions/authz/_authz_objects_of.sql
--! include functions/authz/_authz_reach.sql
--! include functions/authz/_authz_function.sql
--! include functions/authz/_create_authz_function.sql
--! include functions/authz/_drop_authz_functions.sql
--! include functions/authz/_authz_source.sql
--! include functions/authz/_authz_is_subject.sql
--! include functions/authz/_authz_direct_sql.sql
--! include functions/authz/_authz_reference.sql
--! include functions/authz/_authz_sql.sql
--! include functions/authz/_authz_within.sql
--! include functions/authz/_authz_steps.sql
--! include functions/authz/_authz_walk_sql.sql
--! include functions/authz/_generate_authz_solver.sql
--! include functions/authz/_generate_authz_node.sql
--! include functions/authz/_authz_switch.sql
--! include functions/authz/_refuse_authz_names.sql
--! include functions/authz/_authz_named_node.sql
--! include functions/authz/_authz_usual_sql.sql
--! include functions/authz/_generate_authz_dispatch.sql
--! include functions/authz/_generate_authz_model.sql
--! include functions/authz/_log_authz_change.sql
--! include functions/authz/_authz_lock.sql
--! include functions/authz/_check_authz_arguments.sql
--! include functions/authz/define_authorization_model.sql
--! include functions/authz/_authz_subject.sql
--! include functions/authz/_authz_subject_text.sql
--! include functions/authz/_authz_admitted_edge.sql
--! include functions/authz/_authz_facts.sql
--! include functions/authz/_hear_of_changes.sql
--! include functions/authz/_authz_judge.sql
--! include functions/authz/_authz_verdict.sql
--! include functions/authz/_decide_access.sql
--! include functions/authz/has_access.sql
--! include functions/authz/_authz_reason.sql
--! include functions/authz/check_access.sql
--! include functions/authz/require_access.sql
--! include functions/authz/_has_happened.sql
--! include functions/authz/_refuse_unseen.sql
--! include functions/authz/_refuse_forbidden.sql
--! include functions/authz/_fence_access.sql
--! include functions/authz/_check_authz_limit.sql
--! include functions/authz/_authz_objects.sql
--! include functions/authz/_authz_policies.sql
--! include functions/authz/list_resources.sql
--! include functions/authz/_authz_subjects.sql
--! include functions/authz/list_subjects.sql
--! include functions/authz/_authz_denies.sql
--! include functions/authz/_refuse_authz_fact.sql
--! include functions/authz/_check_authz_resource.sql
--! include functions/authz/_refuse_authz_giver.sql
--! include functions/authz/write_relation.sql
--! include functions/authz/delete_relation.sql
--! include functions/authz/_authz_batch.sql
--! include functions/authz/check_accesses.sql
--! include functions/authz/write_relations.sql
--! include functions/authz/delete_relations.sql
--! include functions/authz/forbid_together.sql
--! include functions/authz/allow_together.sql
--! include functions/authz/define_access_policy.sql
--! include functions/authz/_explain_authz_expression.sql
--! include functions/authz/_explain_authz_place.sql
--! include functions/authz/_authz_missing_fact.sql
--! include functions/authz/explain_access.sql
--! include functions/authz/expand_access.sql
--! include functions/authz/diff_access.sql
--! include functions/authz/access_review.sql
--! include functions/authz/simulate_policy.sql
--! include functions/authz/drop_access_policy.sql

CREATE CONSTRAINT TRIGGER audit_log_fence AFTER INSERT ON domainflow.audit_log
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (
    -- Not for rows that a restore, a subscriber or a new partition writes again.
    new.fence IS NOT NULL AND new.transaction_id OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id()
    AND new.backend_pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
) EXECUTE FUNCTION domainflow._fence_access();
ALTER TABLE domainflow.audit_log ENABLE ALWAYS TRIGGER audit_log_fence;


--! include install/hand_over.sql
