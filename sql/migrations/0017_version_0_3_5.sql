-- The functions are those of 0.3.2; what is new is in the client.

--! include functions/meta/version.sql @0.3.5
