-- Trigger function of append-only tables: refuses UPDATE, DELETE and TRUNCATE for everybody, the owner included, with DF705.
--
-- Retention drops partitions, which fires no trigger. One change passes: erase_subject removes the values of a decision that audit_erasure names.
CREATE OR REPLACE FUNCTION domainflow._refuse_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NAME = 'audit_log_no_change' THEN
        IF domainflow._is_erasure(to_jsonb(OLD), to_jsonb(NEW)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF705',
        MESSAGE = format('%I.%I is append-only: %s refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP),
        DETAIL = format('user %s, session user %s', current_user, session_user),
        HINT = 'Write a new row that corrects the old one; old rows leave by dropping their partition.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_change() IS 'Keeps a table append-only: raises DF705 on UPDATE, DELETE and TRUNCATE.';
REVOKE ALL ON FUNCTION domainflow._refuse_change() FROM PUBLIC;
