-- A row of a log as an event of the Open Cybersecurity Schema Framework, version 1.3.0.
--
-- A decision is API Activity (class 6003), a change and a read are Datastore Activity (6005). What OCSF has no name for
-- stands in `unmapped`: the whole row. metadata.uid is the row's id, so a consumer knows what it has already.
CREATE OR REPLACE FUNCTION domainflow._ocsf_event(p_kind text, p_happened_at timestamp with time zone, p_detail jsonb)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
               'class_uid', c.class, 'category_uid', 6, 'activity_id', c.activity, 'type_uid', c.class * 100 + c.activity, 'severity_id', 1,
               'time', floor(extract(epoch FROM p_happened_at) * 1000)::bigint,
               'status_id', CASE WHEN p_detail ->> 'decision' = 'deny' THEN 2 ELSE 1 END,
               'metadata', jsonb_build_object('version', '1.3.0', 'uid', p_kind || ':' || (p_detail ->> 'id'),
                                              'correlation_uid', p_detail -> 'correlation_id',
                                              'product', jsonb_build_object('name', 'DomainFlow', 'version', domainflow.version())),
               'actor', jsonb_build_object(
                   'user', jsonb_build_object('name', COALESCE(p_detail ->> 'user_id', p_detail ->> 'actor', p_detail ->> 'session_role')),
                   'session', jsonb_build_object('uid', p_detail ->> 'backend_pid'),
                   'authorizations', CASE WHEN p_kind = 'decision' THEN
                       (SELECT COALESCE(jsonb_agg(jsonb_build_object('decision', p_detail -> 'decision',
                                                                      'policy', jsonb_build_object('name', p.name))),
                                        jsonb_build_array(jsonb_build_object('decision', p_detail -> 'decision')))
                          FROM jsonb_array_elements_text(p_detail -> 'policies') AS p (name)) END),
               'src_endpoint', jsonb_build_object('name', p_detail -> 'application_name'))
           || CASE p_kind
                  WHEN 'decision' THEN jsonb_build_object(
                      'api', jsonb_build_object('operation', p_detail -> 'action'),
                      'resources', jsonb_build_array(jsonb_build_object('type', p_detail -> 'resource_type',
                                                                        'uid', p_detail -> 'resource_id')))
                  ELSE jsonb_build_object(
                      'database', jsonb_build_object('name', current_database(), 'type_id', 1),
                      'table', jsonb_build_object('name', CASE p_kind WHEN 'change' THEN
                                                       format('%I.%I', p_detail ->> 'schema_name', p_detail ->> 'table_name') END)) END)
           || jsonb_build_object('unmapped', p_detail)
      FROM (SELECT CASE p_kind WHEN 'decision' THEN 6003 ELSE 6005 END AS class,
                   CASE p_kind WHEN 'decision' THEN 99 WHEN 'read' THEN 1
                       ELSE CASE p_detail ->> 'operation' WHEN 'INSERT' THEN 5
                                WHEN 'UPDATE' THEN 2 WHEN 'DELETE' THEN 7 WHEN 'TRUNCATE' THEN 7 ELSE 99 END END AS activity) AS c
$$;

COMMENT ON FUNCTION domainflow._ocsf_event(text, timestamp with time zone, jsonb) IS 'A row of a log as an OCSF event.';
REVOKE ALL ON FUNCTION domainflow._ocsf_event(text, timestamp with time zone, jsonb) FROM PUBLIC;
