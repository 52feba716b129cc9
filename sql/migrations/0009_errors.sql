-- Codes for what happens between a client and the database, so that every error a caller can meet is in the registry.

INSERT INTO domainflow.error_code (code, sqlstate, http_status, retryable, description) VALUES
('RES_REFERENCE', 'DF306', 409, false, 'It refers to something that is not there, or something still refers to it.'),
('SYS_OUTCOME_UNKNOWN', 'DF407', 500, false, 'The answer to COMMIT was lost: look for the effect before doing it again.'),
('SYS_CANCELLED', 'DF408', 499, false, 'The caller did not wait for the answer.'),
('SYS_POOL_EXHAUSTED', 'DF409', 503, true, 'No connection of the pool became free in time.'),
('SYS_CONNECTION_LOST', 'DF410', 503, true, 'The connection to the database broke before anything was committed.'),
('BIZ_COMPENSATION_FAILED', 'DF707', 500, false, 'An effect outside the database could not be taken back.');

--! include functions/meta/version.sql @0.2.0
