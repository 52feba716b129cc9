-- Where a consumer stands, as text: rows of the transactions that p_until has and p_since has not, as far as
-- p_transaction and p_place.
CREATE OR REPLACE FUNCTION domainflow._snapshot_cursor(
    p_era text,
    p_since pg_snapshot,
    p_until pg_snapshot,
    p_transaction xid8,
    p_place text
)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws('/', '1', p_era, COALESCE(p_since::text, '-'), p_until::text, p_transaction::text, p_place)
$$;

COMMENT ON FUNCTION domainflow._snapshot_cursor(text, pg_snapshot, pg_snapshot, xid8, text)
IS 'Where a consumer stands, as text.';
REVOKE ALL ON FUNCTION domainflow._snapshot_cursor(text, pg_snapshot, pg_snapshot, xid8, text) FROM PUBLIC;
