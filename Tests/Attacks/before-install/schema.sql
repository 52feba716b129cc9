-- The owner has made our schema, with a trap in it.
-- expect: DF302
CREATE SCHEMA domainflow;
CREATE FUNCTION domainflow.version() RETURNS text LANGUAGE sql AS $$SELECT '9.9.9'$$;
GRANT ALL ON SCHEMA domainflow TO PUBLIC;
