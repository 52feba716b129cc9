-- The release of the race lab: nothing changes in the schema.

--! include functions/meta/version.sql @0.3.0
