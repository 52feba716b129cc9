-- Checks a pattern and returns how many names it has.
--
-- {"charset": "abc", "length": 5, "tlds": ["com", "co.uk"], "prefix": "", "suffix": "", "limit": n}: the first three are required.
-- Names are <prefix><length characters of charset><suffix>.<tld>; they must be DNS names in lower case (RFC 1123: labels of 1 to 63
-- letters, digits and hyphens that neither begin nor end with a hyphen, 253 characters in all). DF201 to DF204 name the member.
CREATE OR REPLACE FUNCTION domainflow.check_domain_pattern(p_pattern jsonb)
RETURNS bigint
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_tld    CONSTANT text := '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$';
    c_hint   CONSTANT text := 'See COMMENT ON FUNCTION domainflow.check_domain_pattern for a pattern that works.';
    v_member text;
    v_type   text;
    v_prefix  text := COALESCE(p_pattern ->> 'prefix', '');
    v_suffix  text := COALESCE(p_pattern ->> 'suffix', '');
    v_charset text := p_pattern ->> 'charset';
    v_length  numeric;
    v_limit   numeric;
    v_tlds    text[];
    v_bad     text;
    v_total   numeric;
BEGIN
    IF jsonb_typeof(p_pattern) IS DISTINCT FROM 'object' THEN
        PERFORM domainflow._refuse_pattern('DF201', 'pattern', 'must be an object', p_pattern::text, c_hint);
    END IF;
    FOR v_member, v_type IN SELECT m.key, jsonb_typeof(m.value) FROM jsonb_each(p_pattern) AS m LOOP
        IF v_member NOT IN ('prefix', 'charset', 'length', 'suffix', 'tlds', 'limit') THEN
            PERFORM domainflow._refuse_pattern('DF203', v_member, 'is not known', p_pattern ->> v_member,
                'Known are prefix, charset, length, suffix, tlds and limit.');
        END IF;
        IF v_type <> (CASE WHEN v_member IN ('length', 'limit') THEN 'number' WHEN v_member = 'tlds' THEN 'array' ELSE 'string' END) THEN
            PERFORM domainflow._refuse_pattern('DF201', v_member, 'is a ' || v_type, p_pattern ->> v_member, c_hint);
        END IF;
    END LOOP;
    FOREACH v_member IN ARRAY ARRAY['charset', 'length', 'tlds'] LOOP
        IF NOT p_pattern ? v_member THEN
            PERFORM domainflow._refuse_pattern('DF202', v_member, 'is missing', NULL, c_hint);
        END IF;
    END LOOP;

    IF v_charset !~ '^[a-z0-9-]+$' THEN
        PERFORM domainflow._refuse_pattern('DF201', 'charset', 'must consist of a-z, 0-9 and -', v_charset, c_hint);
    END IF;
    SELECT c INTO v_bad FROM regexp_split_to_table(v_charset, '') AS c GROUP BY c HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_pattern('DF201', 'charset', format('has %L twice', v_bad), v_charset,
            'Each character may stand once, else names would repeat.');
    END IF;
    IF (v_prefix || v_suffix) !~ '^[a-z0-9-]*$' THEN
        PERFORM domainflow._refuse_pattern('DF201', 'prefix and suffix', 'must consist of a-z, 0-9 and -', v_prefix || ' ' || v_suffix, c_hint);
    END IF;
    IF left(COALESCE(NULLIF(v_prefix, ''), CASE WHEN v_charset LIKE '%-%' THEN '-' END), 1) = '-'
       OR right(COALESCE(NULLIF(v_suffix, ''), CASE WHEN v_charset LIKE '%-%' THEN '-' END), 1) = '-' THEN
        PERFORM domainflow._refuse_pattern('DF201', 'charset, prefix or suffix', 'would make labels that begin or end with -',
            concat_ws(' ', v_charset, v_prefix, v_suffix), 'With - in the charset, set a prefix and a suffix that keep it inside.');
    END IF;

    v_length := (p_pattern ->> 'length')::numeric;
    IF v_length <> trunc(v_length) OR v_length < 1 OR v_length + length(v_prefix) + length(v_suffix) > 63 THEN
        PERFORM domainflow._refuse_pattern('DF204', 'length', 'must be whole, at least 1, and with prefix and suffix at most 63',
            v_length::text, 'A DNS label has 63 characters at most.');
    END IF;

    v_tlds := ARRAY(SELECT jsonb_array_elements_text(p_pattern -> 'tlds'));
    IF cardinality(v_tlds) = 0 THEN
        PERFORM domainflow._refuse_pattern('DF202', 'tlds', 'is empty', '[]', 'Give at least one, such as "com".');
    END IF;
    SELECT COALESCE(t, 'null') INTO v_bad FROM unnest(v_tlds) AS t
     WHERE t IS NULL OR t !~ c_tld OR v_length + length(v_prefix) + length(v_suffix) + 1 + length(t) > 253 LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_pattern('DF201', 'tlds', 'has one that is no domain in lower case', v_bad, 'Write "co.uk", not ".CO.UK".');
    END IF;
    SELECT t INTO v_bad FROM unnest(v_tlds) AS t GROUP BY t HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_pattern('DF201', 'tlds', 'has one twice', v_bad, 'Each may stand once, else names would repeat.');
    END IF;

    v_limit := (p_pattern ->> 'limit')::numeric;
    IF v_limit <> trunc(v_limit) OR v_limit < 1 THEN
        PERFORM domainflow._refuse_pattern('DF204', 'limit', 'must be a whole number from 1', v_limit::text, 'Leave it out for all names.');
    END IF;
    v_total := LEAST(length(v_charset)::numeric ^ v_length * cardinality(v_tlds), v_limit);
    IF v_total > 9223372036854775807 THEN
        PERFORM domainflow._refuse_pattern('DF204', 'length', 'gives more names than can be numbered', round(v_total)::text,
            'Set a limit, or a smaller length.');
    END IF;
    RETURN round(v_total)::bigint;
END
$$;

COMMENT ON FUNCTION domainflow.check_domain_pattern IS
    'Checks a pattern such as {"charset": "abc", "length": 5, "tlds": ["com"], "prefix": "my", "limit": 1000} and returns its number of names';
REVOKE ALL ON FUNCTION domainflow.check_domain_pattern FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.check_domain_pattern TO domainflow_app, domainflow_reader;
