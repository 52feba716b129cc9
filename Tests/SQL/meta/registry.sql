-- The error registry and the version.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(8);

SELECT matches(domainflow.version(), '^[0-9]+[.][0-9]+[.][0-9]+$', 'version is a release number');
SELECT cmp_ok((SELECT count(*) FROM domainflow.error_codes()), '>=', 39::bigint, 'the registry holds the whole taxonomy');
SELECT results_eq('SELECT code FROM domainflow.error_codes()', 'SELECT code FROM domainflow.error_code ORDER BY code',
                  'error_codes() lists the registry by code');
SELECT is((SELECT array_agg(sqlstate ORDER BY sqlstate) FROM domainflow.error_codes() WHERE sqlstate !~ '^DF'),
          ARRAY['40001', '40P01'], 'only serialization failure and deadlock have SQLSTATEs that are not ours');
SELECT is((SELECT array_agg(code ORDER BY code) FROM domainflow.error_codes() WHERE retryable),
          ARRAY['EXT_TIMEOUT', 'EXT_UNAVAILABLE', 'RATE_LIMITED', 'RES_LOCKED', 'RES_VERSION_CONFLICT', 'SYS_CONNECTION_LOST', 'SYS_DEADLOCK',
                'SYS_POOL_EXHAUSTED', 'SYS_SERIALIZATION_FAILURE', 'SYS_TIMEOUT', 'SYS_UNAVAILABLE'], 'what may be tried again');
SELECT row_eq($$SELECT code, sqlstate, http_status, retryable FROM domainflow.error_code WHERE code = 'RES_VERSION_CONFLICT'$$,
              ROW('RES_VERSION_CONFLICT'::text, 'DF303'::text, 409, true), 'a version conflict is DF303, 409, retryable');
SELECT throws_ok($$INSERT INTO domainflow.error_code VALUES ('NEW_THING', 'DF999', 400, false, '')$$, '23514', NULL,
                 'a code belongs to one of the seven families');
SELECT throws_ok($$INSERT INTO domainflow.error_code VALUES ('VAL_NEW', 'DF201', 400, false, '')$$, '23505', NULL,
                 'a SQLSTATE has one meaning');

SELECT * FROM finish();
ROLLBACK;
