INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
                                  execution_time_ms, correlation_id, effective_role, application_name)
SELECT gen_random_uuid(), clock_timestamp(), 'user-' || g % 1000, 'document', g::text, 'edit', 'allow', '{owner}', '{"tenant": "acme", "level": 3}',
       '{"ip": "10.0.0.1", "path": "/documents/7"}', 0.25, 'request-' || g, 'domainflow_app', 'bench'
  FROM generate_series(1, :rows) AS g;
