-- Roles, the schema, the error registry, the version and the catalog fingerprint.
--! config: domainflow.error_code none

--! include roles.sql @0.1.0

DO $schema$
BEGIN
    -- CREATE EXTENSION with a fixed schema has made it already; a schema somebody else made could hide traps in it.
    IF pg_catalog.to_regnamespace('domainflow') IS NULL THEN
        CREATE SCHEMA domainflow;
    ELSIF NOT EXISTS (
        SELECT
          FROM pg_catalog.pg_namespace AS n
          JOIN pg_catalog.pg_roles AS o ON o.oid OPERATOR(pg_catalog.=) n.nspowner
         WHERE n.nspname OPERATOR(pg_catalog.=) 'domainflow'
           AND (o.rolsuper OR o.rolname OPERATOR(pg_catalog.=) current_user
                OR pg_catalog.pg_has_role(o.oid, 'domainflow_owner', 'MEMBER'))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = 'schema domainflow exists and belongs to a role that does not install DomainFlow',
            DETAIL = (SELECT pg_catalog.format('owner: %s, installing: %s', n.nspowner::pg_catalog.regrole, current_user)
                        FROM pg_catalog.pg_namespace AS n
                       WHERE n.nspname OPERATOR(pg_catalog.=) 'domainflow'),
            HINT = 'Drop or rename that schema, or make its owner a member of domainflow_owner.';
    END IF;
END
$schema$;

COMMENT ON SCHEMA domainflow IS 'DomainFlow: the race-prone parts of a backend as stored functions.';
GRANT USAGE, CREATE ON SCHEMA domainflow TO domainflow_owner;
GRANT USAGE ON SCHEMA domainflow TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_admin;

CREATE TABLE domainflow.error_code (
    code text NOT NULL,
    sqlstate text NOT NULL,
    http_status integer NOT NULL,
    retryable boolean NOT NULL,
    description text NOT NULL,
    CONSTRAINT error_code_pkey PRIMARY KEY (code),
    CONSTRAINT error_code_sqlstate_key UNIQUE (sqlstate),
    CONSTRAINT error_code_code_check
    CHECK (code OPERATOR(pg_catalog.~) '^(AUTH|VAL|RES|SYS|EXT|RATE|BIZ)_[A-Z_]+$'),
    CONSTRAINT error_code_sqlstate_check CHECK (sqlstate OPERATOR(pg_catalog.~) '^[0-9A-Z]{5}$'),
    CONSTRAINT error_code_http_status_check
    CHECK (http_status OPERATOR(pg_catalog.>=) 400 AND http_status OPERATOR(pg_catalog.<=) 599)
);
COMMENT ON TABLE domainflow.error_code IS 'The one taxonomy of errors: what each SQLSTATE of ours means to a caller.';
COMMENT ON COLUMN domainflow.error_code.code IS 'Name that clients switch on.';
COMMENT ON COLUMN domainflow.error_code.sqlstate IS 'SQLSTATE that a raise carries; class DF is ours.';
COMMENT ON COLUMN domainflow.error_code.http_status IS 'Status an HTTP service answers with.';
COMMENT ON COLUMN domainflow.error_code.retryable IS 'True when the same call may succeed if the whole transaction is tried again.';
COMMENT ON INDEX domainflow.error_code_pkey IS 'Serves lookups by code.';
COMMENT ON INDEX domainflow.error_code_sqlstate_key IS 'Serves lookups by the SQLSTATE of a caught error.';

INSERT INTO domainflow.error_code (code, sqlstate, http_status, retryable, description) VALUES
('AUTH_UNAUTHENTICATED', 'DF101', 401, false, 'Nobody is signed in, or the credentials are wrong.'),
('AUTH_FORBIDDEN', 'DF102', 403, false, 'The caller may not do this.'),
('AUTH_TOKEN_EXPIRED', 'DF103', 401, false, 'The token has expired.'),
('AUTH_TOKEN_REUSED', 'DF104', 401, false, 'A token that was used already came back; its family is revoked.'),
('VAL_INVALID_ARGUMENT', 'DF201', 400, false, 'An argument has a value that is not allowed.'),
('VAL_MISSING_ARGUMENT', 'DF202', 400, false, 'An argument that is required is null or empty.'),
('VAL_UNKNOWN_FIELD', 'DF203', 400, false, 'The data names a field that does not exist.'),
('VAL_OUT_OF_RANGE', 'DF204', 400, false, 'A number or a time lies outside its bounds.'),
('VAL_SCHEMA_VIOLATION', 'DF205', 422, false, 'The data does not follow its schema.'),
('RES_NOT_FOUND', 'DF301', 404, false, 'There is no such thing.'),
('RES_ALREADY_EXISTS', 'DF302', 409, false, 'The name or key is taken.'),
('RES_VERSION_CONFLICT', 'DF303', 409, true, 'Somebody else changed it since it was read.'),
('RES_LOCKED', 'DF304', 409, true, 'Somebody else holds it at this moment.'),
('RES_EXHAUSTED', 'DF305', 409, false, 'A bounded supply is used up.'),
('SYS_INTERNAL', 'DF401', 500, false, 'A mistake of ours.'),
('SYS_CONFIGURATION', 'DF402', 500, false, 'The installation is configured in a way that cannot work.'),
('SYS_UNAVAILABLE', 'DF403', 503, true, 'The service cannot answer at this moment.'),
('SYS_TIMEOUT', 'DF404', 504, true, 'It took longer than allowed.'),
('SYS_UNSUPPORTED', 'DF405', 501, false, 'This shape of input is not supported.'),
('SYS_SERIALIZATION_FAILURE', '40001', 503, true, 'Lost against a concurrent transaction: try the whole transaction again.'),
('SYS_DEADLOCK', '40P01', 503, true, 'Victim of a deadlock: try the whole transaction again.'),
('SYS_MISSING_ROLE', 'DF406', 500, false, 'A role of DomainFlow does not exist in this cluster.'),
('EXT_UNAVAILABLE', 'DF501', 503, true, 'A service outside cannot be reached.'),
('EXT_TIMEOUT', 'DF502', 504, true, 'A service outside did not answer in time.'),
('EXT_BAD_RESPONSE', 'DF503', 502, false, 'A service outside answered with something unusable.'),
('RATE_LIMITED', 'DF601', 429, true, 'Too many requests: wait, then try again.'),
('RATE_QUOTA_EXCEEDED', 'DF602', 429, false, 'The quota of the period is used up.'),
('BIZ_INVALID_TRANSITION', 'DF701', 409, false, 'No transition leads from this state to that one.'),
('BIZ_TERMINAL_STATE', 'DF702', 409, false, 'The state is terminal: nothing leads out of it.'),
('BIZ_GUARD_REJECTED', 'DF703', 422, false, 'A guard refused the transition.'),
('BIZ_LEASE_LOST', 'DF704', 409, false, 'The lease ended, and somebody else may hold the job.'),
('BIZ_APPEND_ONLY', 'DF705', 403, false, 'Rows of this table are never changed or deleted.'),
('BIZ_INVARIANT', 'DF706', 500, false, 'The change would break an invariant.');

GRANT SELECT ON domainflow.error_code
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;

--! include functions/meta/version.sql @0.1.0
--! include functions/meta/error_codes.sql @0.1.0
--! include functions/meta/_refuse_change.sql @0.1.0
--! include functions/meta/_catalog_members.sql @0.1.0
--! include functions/meta/_describe_relation.sql @0.1.0
--! include functions/meta/_describe_column.sql @0.1.0
--! include functions/meta/_describe_routine.sql @0.1.0
--! include functions/meta/_describe_type.sql @0.1.0
--! include functions/meta/_describe_constraint.sql @0.1.0
--! include functions/meta/catalog_objects.sql @0.1.0
--! include functions/meta/catalog_fingerprint.sql @0.1.0
