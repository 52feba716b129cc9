-- The names with the numbers p_from to p_from + p_count - 1 of a pattern, in order; fewer when the pattern ends before.
--
-- A bijection: number n has the TLD n mod |tlds|, and its label is n div |tlds| written with the charset as digits, the first
-- character the most significant. So all names of a label stand together, in the order of tlds, and labels in that of the charset.
--
-- Labels are built from their beginnings, character by character, each level for exactly the range that is asked for:
-- about one concatenation per label, whatever the length.
-- Proof: Tests/SQL/campaign/pattern.sql
CREATE OR REPLACE FUNCTION domainflow.generate_domains(p_pattern jsonb, p_from bigint, p_count bigint)
RETURNS TABLE (domain_offset bigint, name text)
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_total  bigint := domainflow.check_domain_pattern(p_pattern);
    v_last   bigint;
    v_chars  text[] := regexp_split_to_array(p_pattern ->> 'charset', '');
    v_base   bigint := cardinality(v_chars)::bigint;
    v_tlds   text[] := ARRAY(SELECT '.' || t FROM jsonb_array_elements_text(p_pattern -> 'tlds') WITH ORDINALITY AS e(t, n) ORDER BY n);
    v_length integer := (p_pattern ->> 'length')::integer;
    v_lows   bigint[];
    v_highs  bigint[];
    v_below  bigint := 0::bigint;
    v_suffix text := COALESCE(p_pattern ->> 'suffix', '');
    v_labels text[] := ARRAY[COALESCE(p_pattern ->> 'prefix', '')];
BEGIN
    IF p_from IS NULL OR p_count IS NULL OR p_from < 0 OR p_count < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'from and count must not be negative',
            DETAIL = format('from: %s, count: %s', p_from, p_count), HINT = 'Numbers begin with 0.';
    END IF;
    IF p_count = 0 OR p_from >= v_total THEN
        RETURN;
    END IF;
    v_last := p_from + LEAST(p_count, v_total - p_from) - 1;

    -- First and last label at each level, read from the end of the label to its beginning.
    v_lows[v_length] := p_from / cardinality(v_tlds);
    v_highs[v_length] := v_last / cardinality(v_tlds);
    FOR v_level IN REVERSE v_length - 1 .. 1 LOOP
        v_lows[v_level] := v_lows[v_level + 1] / v_base;
        v_highs[v_level] := v_highs[v_level + 1] / v_base;
    END LOOP;

    FOR v_level IN 1 .. v_length LOOP
        v_labels := ARRAY(
            SELECT b.label || c.digit
              FROM unnest(v_labels) WITH ORDINALITY AS b(label, number)
             CROSS JOIN unnest(v_chars) WITH ORDINALITY AS c(digit, number)
             WHERE (v_below + b.number - 1) * v_base + c.number - 1 BETWEEN v_lows[v_level] AND v_highs[v_level]
             ORDER BY b.number, c.number);
        v_below := v_lows[v_level];
    END LOOP;

    RETURN QUERY
    SELECT n.number, n.label || v_suffix || n.tld
      FROM (SELECT (v_below + l.number - 1) * cardinality(v_tlds) + t.number - 1 AS number, l.label, t.tld
              FROM unnest(v_labels) WITH ORDINALITY AS l(label, number)
             CROSS JOIN unnest(v_tlds) WITH ORDINALITY AS t(tld, number)) AS n
     WHERE n.number BETWEEN p_from AND v_last
     ORDER BY n.number;
END
$$;

COMMENT ON FUNCTION domainflow.generate_domains IS
    'The names of a pattern by number: n mod tlds gives the TLD, n div tlds the label, the charset its digits';
REVOKE ALL ON FUNCTION domainflow.generate_domains FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.generate_domains TO domainflow_app, domainflow_reader;
