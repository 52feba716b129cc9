-- Raises DF201 when p_head is no head as audit_head() gives it, or p_receipts are no receipts.
CREATE OR REPLACE FUNCTION domainflow._refuse_audit_head(p_head jsonb, p_receipts jsonb)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_head IS NOT NULL
       AND (COALESCE(p_head ->> 'size', '') !~ '^[0-9]{1,15}$' OR COALESCE(p_head ->> 'root', '') !~ '^[0-9a-f]{64}$'
            OR COALESCE(jsonb_typeof(p_head -> 'blocks'), 'null') NOT IN ('array', 'null')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'that is no head of an audit tree',
            DETAIL = format('size: %s, root: %s', COALESCE(domainflow._shown(p_head ->> 'size'), 'null'),
                            COALESCE(domainflow._shown(p_head ->> 'root'), 'null')),
            HINT = 'Keep SELECT to_jsonb(h) FROM domainflow.audit_head() AS h, and give it back as it is.';
    END IF;
    IF p_receipts IS NOT NULL
       AND (jsonb_typeof(p_receipts) <> 'array'
            OR EXISTS (SELECT
                         FROM jsonb_array_elements(CASE jsonb_typeof(p_receipts) WHEN 'array' THEN p_receipts ELSE '[]' END) AS r
                        WHERE COALESCE(r ->> 'id', '') !~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
                           OR COALESCE(r ->> 'receipt', '') !~ '^[0-9a-fA-F]{64}$')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'receipts are an array of objects with id and receipt',
            DETAIL = format('receipts: %s', domainflow._shown(p_receipts::text)),
            HINT = 'Keep what audit_receipt(id) gave: [{"id": "...", "receipt": "..."}].';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_audit_head(jsonb, jsonb)
IS 'Refuses what is no head of an audit tree, and no receipts.';
REVOKE ALL ON FUNCTION domainflow._refuse_audit_head(jsonb, jsonb) FROM PUBLIC;
