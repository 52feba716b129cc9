-- A decision is recorded in the caller's transaction, and nobody changes it afterwards.
\set VERBOSITY sqlstate
SELECT domainflow.log_authorization_decision('u1', 'campaign', 'c1', 'start', 'deny', '{office-hours}', '{"role": "guest"}') IS NOT NULL AS logged;
SELECT user_id, resource_type, resource_id, action, decision, policies FROM domainflow.audit_log WHERE user_id = 'u1';
SELECT transaction_id <= pg_current_xact_id() AS has_transaction FROM domainflow.audit_log WHERE user_id = 'u1';
UPDATE domainflow.audit_log SET decision = 'allow';
DELETE FROM domainflow.audit_log;
TRUNCATE domainflow.audit_log;
SELECT count(*) FROM domainflow.audit_log WHERE user_id = 'u1';
