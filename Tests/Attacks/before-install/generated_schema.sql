-- The owner has made the schema of generated functions.
-- expect: DF302
CREATE SCHEMA domainflow_generated;
CREATE TABLE domainflow_generated.trap (id int);
