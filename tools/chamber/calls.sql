-- Logins with one membership each, and rows for calls.py to name in its calls. The sample's rows are there already.
DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['app', 'reader', 'auditor', 'admin', 'owner', 'nobody'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'climate_' || v_role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', 'climate_' || v_role);
        END IF;
        IF v_role <> 'nobody' THEN
            EXECUTE format('GRANT %I TO %I', 'domainflow_' || v_role, 'climate_' || v_role);
        END IF;
    END LOOP;
END
$$;
CREATE SCHEMA climate;
GRANT USAGE ON SCHEMA climate TO PUBLIC;
CREATE TABLE climate.unmanaged (id bigint PRIMARY KEY, n int, version bigint NOT NULL DEFAULT 1);
CREATE TABLE climate.managed (id bigint PRIMARY KEY, n int);
CREATE TABLE climate.audited (id bigint PRIMARY KEY, n int);
ALTER TABLE climate.audited OWNER TO climate_owner;
ALTER TABLE climate.unmanaged OWNER TO climate_owner;
ALTER TABLE climate.managed OWNER TO climate_owner;
GRANT CREATE ON SCHEMA climate TO climate_owner;
GRANT SELECT, UPDATE ON public.sample_account TO domainflow_app;
GRANT INSERT ON public.sample_audited TO climate_owner;
SET SESSION AUTHORIZATION climate_owner;
SELECT domainflow.manage_entity('climate.managed');
SELECT domainflow.audit_table('climate.audited');
RESET SESSION AUTHORIZATION;

SELECT domainflow.create_queue('climate');
SELECT domainflow.enqueue_job('climate', 'k');
CREATE TABLE climate.running AS SELECT c.id, c.token FROM domainflow.claim_jobs('climate', 'w', 1, '1 hour') AS c;
SELECT domainflow.enqueue_job('climate', 'k');
SELECT domainflow.create_state_instance('sample', 'climate', 'climate');
CREATE FUNCTION climate.guard(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
SELECT domainflow.define_state_machine('guarded', '{"initial": "a", "states": {"a": {}, "b": {"terminal": true}},
    "transitions": [{"from": "a", "to": "b", "guard": "climate.guard"}]}');
SELECT domainflow.create_state_instance('guarded', 'climate', 'climate');
SELECT domainflow.create_campaign(c::uuid, 'climate', '{"charset": "abc", "length": 2, "tlds": ["com"]}', 2)
  FROM unnest(ARRAY['00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000c3']) AS c;
SELECT domainflow.start_campaign('00000000-0000-4000-8000-0000000000c1', 'climate');
CREATE TABLE climate.campaign_job AS
SELECT c.id, c.token FROM domainflow.claim_campaign_jobs('00000000-0000-4000-8000-0000000000c1', 'w', 1, '1 hour') AS c;
SELECT domainflow.create_queue('climate empty');
SELECT domainflow.seal_audit();
SELECT domainflow.place_legal_hold('climate held', 'climate', 'held');
