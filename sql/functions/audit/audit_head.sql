-- The newest head of the audit tree: what an auditor keeps outside the database. No row before the first seal_audit().
--
-- blocks are the hashes of each 1,024 leaves, the last block as far as it goes: with them verify_audit() says which
-- block was rebuilt. They have 64 characters each; p_blocks => false leaves them out. Hashes are hexadecimal.
-- to_jsonb() of this row is what verify_audit takes.
-- Proof: Tests/SQL/audit/proof.sql
CREATE OR REPLACE FUNCTION domainflow.audit_head(p_blocks boolean DEFAULT true)
RETURNS TABLE (number bigint, size bigint, root text, sealed_at timestamp with time zone, system text, blocks text [])
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.number, h.size, encode(h.root, 'hex'), h.sealed_at, h.system,
           CASE WHEN p_blocks THEN domainflow._audit_blocks(h.size) END
      FROM domainflow.audit_head AS h
     ORDER BY h.number DESC
     LIMIT 1
$$;

COMMENT ON FUNCTION domainflow.audit_head(boolean)
IS 'The newest head of the audit tree, to be kept outside the database.';
REVOKE ALL ON FUNCTION domainflow.audit_head(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.audit_head(boolean) TO domainflow_auditor;
