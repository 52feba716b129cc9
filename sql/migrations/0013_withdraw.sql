-- Pausing, cancelling or failing a campaign no longer deadlocks with a worker that has just claimed one of its jobs.

--! include functions/campaign/_withdraw_open_jobs.sql
--! include functions/campaign/pause_campaign.sql
--! include functions/campaign/cancel_campaign.sql
--! include functions/campaign/fail_campaign.sql
--! include functions/meta/version.sql
