-- What the fingerprint hashes, one row for each object, each comment, each list of grants and what surrounds them: for diffs between databases.
--
-- Same rows on every PostgreSQL version, for every way of installing, fresh, upgraded or restored, under every setting of a session.
-- A comment pardons nothing. What users cause to be made is left out as long as it is as it was made: the functions of entities,
-- and partitions of a month.
-- Proof: Tests/SQL/meta/catalog.sql
CREATE OR REPLACE FUNCTION domainflow.catalog_objects()
RETURNS TABLE (kind text, identity text, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET quote_all_identifiers = off
SET standard_conforming_strings = on
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC'
AS $$
    WITH member AS MATERIALIZED (
        SELECT m.classid, m.objid, m.objsubid, m.owner, m.acl, i.type AS kind, i.identity
          FROM domainflow._catalog_members() AS m
         CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, m.objsubid) AS i
         -- Null: dropped while this runs.
         WHERE i.identity IS NOT NULL
    ), described AS (
        SELECT 'pg_class'::regclass AS classid, r.objid, 0 AS objsubid, r.definition
          FROM domainflow._describe_relation() AS r
        UNION ALL
        SELECT 'pg_class'::regclass, c.objid, c.objsubid, c.definition FROM domainflow._describe_column() AS c
        UNION ALL
        SELECT 'pg_proc'::regclass, f.objid, 0, f.definition FROM domainflow._describe_routine() AS f
        UNION ALL
        SELECT 'pg_type'::regclass, t.objid, 0, t.definition FROM domainflow._describe_type() AS t
        UNION ALL
        SELECT k.classid, k.objid, 0, k.definition FROM domainflow._describe_constraint() AS k
    )
    SELECT m.kind, m.identity, concat_ws(E'\n', d.definition, CASE WHEN m.objsubid = 0 THEN 'owner ' || pg_get_userbyid(m.owner) END)
      FROM member AS m
      LEFT JOIN described AS d ON d.classid = m.classid AND d.objid = m.objid AND d.objsubid = m.objsubid
    UNION ALL
    SELECT 'comment on ' || m.kind, m.identity, d.description
      FROM member AS m
      JOIN pg_description AS d ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = m.objsubid
    UNION ALL
    SELECT 'grants on ' || m.kind, m.identity, g.grants
      FROM member AS m
     CROSS JOIN LATERAL (SELECT domainflow._grants(m.acl, m.owner) AS grants) AS g
     WHERE g.grants <> ''
    UNION ALL
    SELECT s.kind, s.identity, s.definition FROM domainflow._catalog_surroundings() AS s
     ORDER BY 1, 2
$$;

COMMENT ON FUNCTION domainflow.catalog_objects()
IS 'Every object, comment and grant of the installation, and what surrounds them, in a text that is the same everywhere; compare two databases with it.';
REVOKE ALL ON FUNCTION domainflow.catalog_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_objects()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
