-- The entity name for a table: the one given, else the one it is managed under, else made from the table's name.
--
-- DF201 for a name that cannot be part of a function name; DF302 when the name belongs to another table, or the table to another name.
CREATE OR REPLACE FUNCTION domainflow._entity_name(p_table regclass, p_entity text)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_known text := domainflow._entity_of(p_table);
    v_entity text := COALESCE(p_entity, v_known, (
        SELECT trim(BOTH '_' FROM left(regexp_replace(lower(c.relname), '[^a-z0-9]+', '_', 'g'), 40))
          FROM pg_class AS c WHERE c.oid = p_table));
    v_other regclass;
BEGIN
    IF v_entity !~ '^[a-z][a-z0-9_]{0,39}$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('%s is not a name for an entity', quote_literal(domainflow._shown(v_entity))),
            DETAIL = format('table: %s', p_table),
            HINT = 'Give p_entity: lower case letters, digits and underscores, a letter first, at most 40 characters.';
    END IF;
    -- atomic_update_entity_state is the generic form.
    IF v_entity = 'entity' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = 'the name "entity" is taken by the generic form',
            DETAIL = format('table: %s', p_table),
            HINT = 'Give another p_entity.';
    END IF;
    IF v_known <> v_entity THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('table %s is managed already, as entity %s', p_table, v_known),
            DETAIL = format('asked for: %s', v_entity),
            HINT = format('To rename it, run SELECT domainflow.unmanage_entity(%L); first.', p_table);
    END IF;
    -- A name whose table was dropped is free again.
    v_other := domainflow._entity_table(v_entity);
    IF v_other <> p_table THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('entity %s is another table', v_entity),
            DETAIL = format('managed: %s, asked for: %s', v_other, p_table),
            HINT = 'Give another p_entity.';
    END IF;
    RETURN v_entity;
END
$$;

COMMENT ON FUNCTION domainflow._entity_name(regclass, text) IS 'The entity name for a table, checked.';
REVOKE ALL ON FUNCTION domainflow._entity_name(regclass, text) FROM PUBLIC;
