-- Compares decisions with receipts that were kept elsewhere; how many, and the first (by leaf, then by id) that is not
-- as it was.
--
-- outcome: changed or removed; null when all are well. A row that was erased or dropped by retention is not held
-- against the log. p_receipts: [{"id": "...", "receipt": "..."}, ...].
-- Proof: Tests/SQL/audit/verify.sql
CREATE OR REPLACE FUNCTION domainflow._verify_receipts(
    p_receipts jsonb,
    OUT checked bigint,
    OUT outcome text,
    OUT id uuid,
    OUT leaf_index bigint
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT count(*) INTO checked FROM jsonb_array_elements(p_receipts);
    SELECT CASE WHEN a.id IS NULL THEN 'removed' ELSE 'changed' END, r.id, l.leaf_index
      INTO outcome, id, leaf_index
      FROM jsonb_to_recordset(p_receipts) AS r (id uuid, receipt text)
      LEFT JOIN domainflow.audit_log AS a ON a.id = r.id
      LEFT JOIN domainflow.audit_leaf AS l ON l.id = r.id
      LEFT JOIN LATERAL domainflow._hash_audit_row(a.id, a.decided_at) AS h ON true
     -- Of a database in SQL_ASCII, before it was restored into this one, receipts are of version 2.
     WHERE (a.id IS NULL OR (encode(h.row_hash, 'hex') <> lower(r.receipt)
                             AND encode(domainflow._audit_row_hash(a, 2::smallint), 'hex') <> lower(r.receipt)))
       -- The leaf of an erased or dropped row still has the receipt in it.
       AND NOT (l.id IS NOT NULL AND l.leaf_hash = domainflow._audit_leaf_hash(l.leaf_index, decode(r.receipt, 'hex'))
                AND (EXISTS (SELECT FROM domainflow.audit_erasure AS e WHERE e.id = r.id)
                     OR (a.id IS NULL AND EXISTS (SELECT FROM domainflow.retention_drop AS d WHERE d.table_name = 'audit_log'
                                                     AND l.decided_at >= d.range_from AND l.decided_at < d.range_to))))
     ORDER BY l.leaf_index NULLS LAST, r.id
     LIMIT 1;
END
$$;

COMMENT ON FUNCTION domainflow._verify_receipts(jsonb) IS 'Compares decisions with receipts that were kept elsewhere.';
REVOKE ALL ON FUNCTION domainflow._verify_receipts(jsonb) FROM PUBLIC;
