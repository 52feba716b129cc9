-- Trigger function of append-only tables: refuses UPDATE, DELETE and TRUNCATE for everybody, the owner included, with DF705.
--
-- Retention drops partitions, which fires no trigger.
CREATE OR REPLACE FUNCTION domainflow._refuse_change()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF705',
        MESSAGE = pg_catalog.format('%I.%I is append-only: %s refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP),
        DETAIL = pg_catalog.format('user %s, session user %s', current_user, session_user),
        HINT = 'Write a new row that corrects the old one; old rows leave by dropping their partition.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_change() IS 'Keeps a table append-only: raises DF705 on UPDATE, DELETE and TRUNCATE.';
REVOKE ALL ON FUNCTION domainflow._refuse_change() FROM PUBLIC;
