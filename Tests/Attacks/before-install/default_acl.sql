-- The owner has made the schema and kept for others what a later owner would not give: refused by the schema's owner, not by what is in it.
-- expect: DF302
CREATE SCHEMA domainflow;
GRANT ALL ON SCHEMA domainflow TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA domainflow GRANT ALL ON TABLES TO PUBLIC;
