-- Whoever installs, by whatever way in, everything belongs to domainflow_definer, a role with no rights but these.
--! lock-timeout: 2s

--! include roles.sql @0.4.0
--! prelude include install/prelude.sql @0.4.0

-- What is made at run time (the functions of entities) does not lie among what was installed.
CREATE SCHEMA domainflow_generated;
COMMENT ON SCHEMA domainflow_generated IS 'DomainFlow: functions that manage_entity() and its like have made.';
GRANT USAGE ON SCHEMA domainflow_generated
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_admin, domainflow_owner;

-- Deployment goes through functions: who could create here could make definer code mean something else.
REVOKE CREATE ON SCHEMA domainflow FROM domainflow_owner;

--! include functions/meta/_shown.sql @0.4.0
--! include install/hand_over.sql @0.4.0
