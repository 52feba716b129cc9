-- Whether more facts of an edge can take something away: it stands on the right of a "but not", or below one.
CREATE OR REPLACE FUNCTION domainflow._authz_denies(p_model text, p_edge integer)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
          FROM domainflow.authz_model AS m
          JOIN domainflow.authz_link AS l ON l.model_id = m.model_id AND l.revision = m.revision AND l.edge = p_edge
          JOIN domainflow.authz_node AS n ON n.model_id = l.model_id AND n.revision = l.revision AND n.node = l.node
         WHERE m.model = p_model AND (l.negative OR n.denies))
$$;

COMMENT ON FUNCTION domainflow._authz_denies IS 'Whether more facts of an edge can take something away.';
REVOKE ALL ON FUNCTION domainflow._authz_denies FROM PUBLIC;
