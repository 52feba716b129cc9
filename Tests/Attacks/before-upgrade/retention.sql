-- An administrator of 0.3.5 could give the audit log a retention that is older and younger than now at once.
-- from: 0.3.5
-- as: climate_admin
-- expect: installs
INSERT INTO domainflow.partition_policy VALUES ('audit_log', '-100 years 36001 days');
