-- Parking and removing jobs never waits long for a worker, whoever asks for it: the guard of 0013 moves into the functions that lock.

--! include functions/job/_lock_free_jobs.sql @0.3.2
--! include functions/job/park_jobs.sql @0.3.2
--! include functions/job/cancel_jobs.sql @0.3.2
--! include functions/job/claim_jobs.sql @0.3.2
--! include functions/campaign/pause_campaign.sql @0.1.0
--! include functions/campaign/cancel_campaign.sql @0.1.0
--! include functions/campaign/fail_campaign.sql @0.1.0

-- Internal: only the three above called it.
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._withdraw_open_jobs(uuid, boolean);

--! include functions/meta/version.sql @0.3.2
