-- Counts violations: one row for each invariant. Null checks all campaigns, an unknown one is DF301.
--
-- Meant to be run at any time: a single statement sees one snapshot, and every invariant holds at every commit. The names
-- are compared with the pattern itself, so gaps, duplicates and names out of order all show. JIT would take longer than the check.
-- Proof: Scenarios/campaign/work.spec, Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.campaign_invariants(p_campaign_id uuid DEFAULT NULL)
RETURNS TABLE (name text, violations bigint)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF p_campaign_id IS NOT NULL AND NOT EXISTS (SELECT FROM domainflow.campaign AS c WHERE c.campaign_id = p_campaign_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such campaign',
            DETAIL = format('campaign: %s', p_campaign_id), HINT = 'list_campaigns() shows those there are.';
    END IF;
    RETURN QUERY
    WITH campaign AS MATERIALIZED (
        SELECT c.campaign_id, c.pattern, c.total, g.next_offset, g.generated, s.state, s.version, b.state AS business,
               e.to_state AS last_event, e.version AS last_version
          FROM domainflow.campaign AS c
          LEFT JOIN domainflow.domain_generator AS g ON g.campaign_id = c.campaign_id
          LEFT JOIN domainflow.state_instance AS s ON s.machine = 'campaign_status' AND s.entity_id = c.campaign_id::text
          LEFT JOIN domainflow.state_instance AS b ON b.machine = 'campaign_business_status' AND b.entity_id = c.campaign_id::text
          LEFT JOIN LATERAL (
                SELECT v.to_state, v.version FROM domainflow.state_event AS v
                 WHERE v.machine = 'campaign_status' AND v.entity_id = c.campaign_id::text
                 ORDER BY v.version DESC LIMIT 1) AS e ON true
         WHERE p_campaign_id IS NULL OR c.campaign_id = p_campaign_id
    ), range AS MATERIALIZED (
        SELECT r.campaign_id, r.range_start, r.range_end, r.generated_at, r.job_id, j.id AS open_job, k.state,
               lag(r.range_end, 1, 0::bigint) OVER (PARTITION BY r.campaign_id ORDER BY r.range_start) AS previous_end
          FROM domainflow.domain_range AS r
          JOIN campaign AS k ON k.campaign_id = r.campaign_id
          LEFT JOIN domainflow.job AS j ON j.queue = 'campaign' AND j.id = r.job_id
    ), expected AS (
        SELECT r.campaign_id, d.domain_offset, d.name
          FROM range AS r
          JOIN campaign AS k ON k.campaign_id = r.campaign_id
         CROSS JOIN LATERAL domainflow.generate_domains(k.pattern, r.range_start, r.range_end - r.range_start) AS d
         WHERE r.generated_at IS NOT NULL
    ), found AS (
        SELECT n.campaign_id, n.domain_offset, n.name
          FROM domainflow.generated_domain AS n
          JOIN campaign AS k ON k.campaign_id = n.campaign_id
    )
    SELECT 'every name is the one its number stands for, none missing, none too many', count(*)
      FROM expected AS x FULL JOIN found AS f ON f.campaign_id = x.campaign_id AND f.domain_offset = x.domain_offset
     WHERE f.name IS DISTINCT FROM x.name
    UNION ALL
    SELECT 'no name twice in a campaign', COALESCE(sum(d.copies - 1), 0)::bigint
      FROM (SELECT count(*) AS copies FROM found AS f GROUP BY f.campaign_id, f.name HAVING count(*) > 1) AS d
    UNION ALL
    SELECT 'ranges follow each other without gap or overlap', count(*) FROM range AS r WHERE r.range_start <> r.previous_end
    UNION ALL
    SELECT 'the generator agrees with its ranges', count(*)
      FROM campaign AS k
     CROSS JOIN LATERAL (
            SELECT COALESCE(max(r.range_end), 0) AS handed,
                   COALESCE(sum(r.range_end - r.range_start) FILTER (WHERE r.generated_at IS NOT NULL), 0) AS done
              FROM range AS r WHERE r.campaign_id = k.campaign_id) AS t
     WHERE (k.next_offset, k.generated) IS DISTINCT FROM (t.handed, t.done::bigint)
    UNION ALL
    SELECT 'the last event says the state', count(*)
      FROM campaign AS k WHERE k.state IS NULL OR (k.state, k.version) IS DISTINCT FROM (k.last_event, k.last_version)
    UNION ALL
    SELECT 'a completed campaign has all its names', count(*)
      FROM campaign AS k WHERE k.state = 'completed' AND (k.generated <> k.total OR k.business IN ('new', 'generating'))
    UNION ALL
    SELECT 'a campaign with all its names is completed', count(*)
      FROM campaign AS k WHERE k.state = 'running' AND k.generated = k.total
    UNION ALL
    SELECT 'a range has a job until it is generated, and none afterwards', count(*)
      FROM range AS r WHERE r.state IN ('running', 'paused', 'completed') AND (r.generated_at IS NULL) <> (r.open_job IS NOT NULL);
END
$$;

COMMENT ON FUNCTION domainflow.campaign_invariants IS
    'Counts violations of what must always hold for campaigns';
REVOKE ALL ON FUNCTION domainflow.campaign_invariants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.campaign_invariants TO domainflow_app, domainflow_reader;
