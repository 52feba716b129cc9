-- Writes down how the relations of a revision depend on each other: links, components, and what is reached.
--
-- A component is a set of relations that lead to each other (strongly connected); the compiler needs a fixpoint there.
CREATE OR REPLACE FUNCTION domainflow._analyse_authz_model(p_model_id integer, p_revision integer)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO domainflow.authz_link (model_id, revision, node, source, edge, subject_kind, wildcard, concrete, negative)
    SELECT p_model_id, p_revision, n.node, l.source, l.edge, l.subject_kind, l.wildcard, l.concrete, l.negative
      FROM domainflow.authz_node AS n
     CROSS JOIN LATERAL domainflow._authz_leaves(n.expression) AS l
     WHERE n.model_id = p_model_id AND n.revision = p_revision;

    WITH RECURSIVE direct (node, source) AS (
        SELECT DISTINCT l.node, l.source
          FROM domainflow.authz_link AS l
         WHERE l.model_id = p_model_id AND l.revision = p_revision AND l.source IS NOT NULL
    ), reach (node, source) AS (
        SELECT d.node, d.source FROM direct AS d
        UNION
        SELECT r.node, d.source FROM reach AS r JOIN direct AS d ON d.node = r.source
    ), component (node, component) AS (
        SELECT a.node, min(b.node)
          FROM reach AS a
          JOIN reach AS b ON b.node = a.source AND b.source = a.node
         GROUP BY a.node
    ), below (node, source) AS (
        SELECT r.node, r.source FROM reach AS r
        UNION
        SELECT n.node, n.node FROM domainflow.authz_node AS n WHERE n.model_id = p_model_id AND n.revision = p_revision
    )
    UPDATE domainflow.authz_node AS n
       SET component = (SELECT c.component FROM component AS c WHERE c.node = n.node),
           reaches_cycle = EXISTS (SELECT FROM below AS b JOIN component AS c ON c.node = b.source WHERE b.node = n.node),
           reaches_wildcard = EXISTS (
               SELECT FROM below AS b
                 JOIN domainflow.authz_link AS l ON l.model_id = p_model_id AND l.revision = p_revision AND l.node = b.source
                WHERE b.node = n.node AND l.wildcard),
           denies = EXISTS (
               SELECT FROM below AS b
                 JOIN domainflow.authz_link AS l
                   ON l.model_id = p_model_id AND l.revision = p_revision AND l.source = b.node AND l.negative
                WHERE b.source = n.node)
     WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.relation IS NOT NULL;
$$;

COMMENT ON FUNCTION domainflow._analyse_authz_model IS 'Writes down how the relations of a revision depend on each other.';
REVOKE ALL ON FUNCTION domainflow._analyse_authz_model FROM PUBLIC;
