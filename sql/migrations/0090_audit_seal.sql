-- A Merkle tree over the audit log, sealed behind the writers: heads, proofs, verification, export; holds and erasure.
--! lock-timeout: 2s
--! allow: definer-without-search-path hot functions in which every name, type and operator is qualified

CREATE TABLE domainflow.audit_leaf (
    leaf_index bigint NOT NULL,
    id uuid NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    leaf_hash bytea NOT NULL,
    version smallint NOT NULL,
    CONSTRAINT audit_leaf_pkey PRIMARY KEY (leaf_index),
    CONSTRAINT audit_leaf_id_key UNIQUE (id)
);
COMMENT ON TABLE domainflow.audit_leaf
IS 'A leaf of the Merkle tree for each sealed decision, in their order. Append-only; stays when the decision is dropped.';
COMMENT ON COLUMN domainflow.audit_leaf.leaf_index IS 'Position in the tree, from 0, without gaps.';
COMMENT ON COLUMN domainflow.audit_leaf.id IS 'The decision in audit_log.';
COMMENT ON COLUMN domainflow.audit_leaf.leaf_hash
IS 'SHA-256 of 0x00, leaf_index (8 bytes) and the SHA-256 of the canonical bytes.';
COMMENT ON COLUMN domainflow.audit_leaf.version
IS 'Layout of the canonical bytes; 0: the row could not be read, id and decided_at alone are sealed.';
COMMENT ON INDEX domainflow.audit_leaf_pkey IS 'Serves proofs: the leaves of a block.';
COMMENT ON INDEX domainflow.audit_leaf_id_key IS 'Serves seal_audit (each decision once) and the proof of a decision.';

CREATE TABLE domainflow.audit_node (
    level smallint NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_node_pkey PRIMARY KEY (level, position),
    CONSTRAINT audit_node_hash_check CHECK (pg_catalog.octet_length(hash) OPERATOR(pg_catalog.=) 32)
);
COMMENT ON TABLE domainflow.audit_node
IS 'Complete subtrees of the Merkle tree: level 1 has 1,024 leaves, level 2 has 1,024 of these. Append-only.';
COMMENT ON COLUMN domainflow.audit_node.position IS 'Number of the subtree among those of its level, from 0.';
COMMENT ON INDEX domainflow.audit_node_pkey IS 'Serves roots and proofs: the nodes of a range.';

CREATE TABLE domainflow.audit_head (
    number bigint NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    system text NOT NULL,
    snapshot pg_snapshot NOT NULL,
    adopted_to uuid,
    adopted_xid xid8,
    CONSTRAINT audit_head_pkey PRIMARY KEY (number),
    CONSTRAINT audit_head_root_check CHECK (pg_catalog.octet_length(root) OPERATOR(pg_catalog.=) 32),
    CONSTRAINT audit_head_number_check CHECK (number OPERATOR(pg_catalog.>) 0 AND size OPERATOR(pg_catalog.>=) 0)
);
COMMENT ON TABLE domainflow.audit_head IS 'The Merkle tree after each batch that was sealed. Append-only.';
COMMENT ON COLUMN domainflow.audit_head.number IS 'One more than its predecessor''s: two heads cannot follow one.';
COMMENT ON COLUMN domainflow.audit_head.size IS 'Number of leaves.';
COMMENT ON COLUMN domainflow.audit_head.root IS 'Root of the tree (RFC 6962).';
COMMENT ON COLUMN domainflow.audit_head.system
IS 'System identifier of the cluster and OID of the database that sealed it.';
COMMENT ON COLUMN domainflow.audit_head.snapshot IS 'Decisions of transactions that had ended in it are sealed.';
COMMENT ON COLUMN domainflow.audit_head.adopted_to
IS 'While the log is taken over for the first time in this database: the last id so far.';
COMMENT ON COLUMN domainflow.audit_head.adopted_xid
IS 'Of what was taken over: the last transaction id. Up to it a decision may have its leaf already.';
COMMENT ON INDEX domainflow.audit_head_pkey IS 'Serves seal_audit: the last head. Refuses a second successor.';

CREATE TABLE domainflow.audit_erasure (
    id uuid NOT NULL,
    values_hash bytea NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    decision_id uuid NOT NULL,
    CONSTRAINT audit_erasure_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE domainflow.audit_erasure
IS 'A decision whose values erase_subject removed. Append-only.';
COMMENT ON COLUMN domainflow.audit_erasure.values_hash IS 'SHA-256 of the values: with what is left of the row it still gives its leaf.';
COMMENT ON COLUMN domainflow.audit_erasure.decision_id
IS 'The decision in audit_log that records the erasure, and is sealed like every other.';
COMMENT ON INDEX domainflow.audit_erasure_pkey
IS 'Serves verify_audit: whether a row that differs from its leaf was erased.';

CREATE TABLE domainflow.legal_hold (
    name text NOT NULL,
    user_id text,
    range_from timestamp with time zone NOT NULL,
    range_to timestamp with time zone NOT NULL,
    reason text NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    placed_by text NOT NULL,
    released_at timestamp with time zone,
    released_by text,
    release_reason text,
    CONSTRAINT legal_hold_pkey PRIMARY KEY (name),
    CONSTRAINT legal_hold_range_check CHECK (range_from OPERATOR(pg_catalog.<) range_to),
    CONSTRAINT legal_hold_released_check
    CHECK ((released_at IS NULL) OPERATOR(pg_catalog.=) (released_by IS NULL)
           AND (released_at IS NULL) OPERATOR(pg_catalog.=) (release_reason IS NULL))
);
COMMENT ON TABLE domainflow.legal_hold
IS 'What keeps decisions from retention and erasure. Written by place_legal_hold and release_legal_hold.';
COMMENT ON COLUMN domainflow.legal_hold.user_id IS 'Whose decisions; null: everybody''s.';
COMMENT ON COLUMN domainflow.legal_hold.range_from IS 'Decisions from this moment on.';
COMMENT ON COLUMN domainflow.legal_hold.range_to IS 'Decisions before this moment.';
COMMENT ON INDEX domainflow.legal_hold_pkey IS 'Serves release_legal_hold; a name stands for one case.';
GRANT SELECT ON domainflow.legal_hold TO domainflow_auditor;

DO $guard$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['audit_leaf', 'audit_node', 'audit_head', 'audit_erasure'] LOOP
        EXECUTE pg_catalog.format('CREATE TRIGGER %1$s_no_change BEFORE UPDATE OR DELETE ON domainflow.%1$I '
                                  'FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change()', v_table);
        EXECUTE pg_catalog.format('CREATE TRIGGER %1$s_no_truncate BEFORE TRUNCATE ON domainflow.%1$I '
                                  'FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change()', v_table);
        EXECUTE pg_catalog.format('ALTER TABLE domainflow.%1$I ENABLE ALWAYS TRIGGER %1$s_no_change', v_table);
        EXECUTE pg_catalog.format('ALTER TABLE domainflow.%1$I ENABLE ALWAYS TRIGGER %1$s_no_truncate', v_table);
        EXECUTE pg_catalog.format('GRANT SELECT ON domainflow.%I TO domainflow_auditor', v_table);
    END LOOP;
END
$guard$;

--! include functions/audit/_sealed_length.sql
--! include functions/audit/_audit_values.sql
--! include functions/audit/_audit_row_bytes.sql
--! include functions/audit/_audit_row_hash.sql
--! include functions/audit/_audit_leaf_hash.sql
--! include functions/audit/_canonical_version.sql
--! include functions/audit/_hash_audit_row.sql
--! include functions/audit/audit_receipt.sql
--! include functions/audit/_merkle_fold.sql
--! include functions/audit/_merkle_children.sql
--! include functions/audit/_merkle_hash.sql
--! include functions/audit/_audit_system.sql
--! include functions/audit/_running_snapshot.sql
--! include functions/audit/_cut_snapshot.sql
--! include functions/audit/_add_merkle_nodes.sql
--! include functions/audit/_seal_batch.sql
--! include functions/audit/seal_audit.sql
--! include functions/audit/_audit_blocks.sql
--! include functions/audit/audit_head.sql
--! include functions/audit/_tree_size.sql
--! include functions/audit/_merkle_split.sql
--! include functions/audit/audit_inclusion_proof.sql
--! include functions/audit/audit_consistency_proof.sql
--! include functions/audit/_compare_leaves.sql
--! include functions/audit/_missing_rows.sql
--! include functions/audit/_compare_nodes.sql
--! include functions/audit/_verify_leaves.sql
--! include functions/audit/_verify_nodes.sql
--! include functions/audit/_verify_receipts.sql
--! include functions/audit/_first_rebuilt_block.sql
--! include functions/audit/_sealed_elsewhere.sql
--! include functions/audit/_refuse_audit_head.sql
--! include functions/audit/verify_audit.sql
--! include functions/audit/export_sealed_audit.sql
--! include functions/audit/_sealed_rows.sql
--! include functions/audit/_drop_partition.sql
--! include functions/audit/place_legal_hold.sql
--! include functions/audit/release_legal_hold.sql
--! include functions/audit/_erased_values.sql
--! include functions/audit/_is_erasure.sql
--! include functions/meta/_refuse_change.sql
--! include functions/audit/erase_subject.sql

--! include install/hand_over.sql
