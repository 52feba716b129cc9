-- Pausing, cancelling or failing a campaign no longer deadlocks with a worker that has just claimed one of its jobs.

--! include functions/campaign/_withdraw_open_jobs.sql @0.3.1
--! include functions/campaign/pause_campaign.sql @0.3.1
--! include functions/campaign/cancel_campaign.sql @0.3.1
--! include functions/campaign/fail_campaign.sql @0.3.1
--! include functions/meta/version.sql @0.3.1
