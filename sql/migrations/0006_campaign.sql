-- Campaigns: domain names generated from a pattern by many workers, each name exactly once and in order.
--
-- The names of a pattern are numbered from 0 (generate_domains says in which order). domain_generator hands the numbers out as
-- ranges; each range is one job of the queue 'campaign'. The row of domain_generator is the only one that all workers of a campaign
-- write, so process_campaign_job touches it last: it is locked for the end of a transaction only. It also serialises pausing,
-- resuming and cancelling with the workers.

CREATE TABLE domainflow.campaign (
    campaign_id    uuid        NOT NULL,
    name           text        NOT NULL,
    pattern        jsonb       NOT NULL,
    total          bigint      NOT NULL,
    batch_size     integer     NOT NULL,
    user_id        text,
    created_at     timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8        NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    CONSTRAINT campaign_pkey PRIMARY KEY (campaign_id),
    CONSTRAINT campaign_name_check CHECK (name OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT campaign_total_check CHECK (total OPERATOR(pg_catalog.>=) 1),
    CONSTRAINT campaign_batch_size_check CHECK (batch_size OPERATOR(pg_catalog.>=) 1)
);
COMMENT ON TABLE domainflow.campaign IS
    'Campaigns. Their states are kept by the machines campaign_status and campaign_business_status under the id as text';
COMMENT ON COLUMN domainflow.campaign.total IS 'Number of names: those of the pattern, or its limit when that is less';
COMMENT ON COLUMN domainflow.campaign.batch_size IS 'Names per job';

CREATE TABLE domainflow.domain_generator (
    campaign_id uuid   NOT NULL,
    total       bigint NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    generated   bigint NOT NULL DEFAULT 0,
    job_window  integer NOT NULL DEFAULT 64,
    CONSTRAINT domain_generator_pkey PRIMARY KEY (campaign_id),
    CONSTRAINT domain_generator_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES domainflow.campaign (campaign_id),
    CONSTRAINT domain_generator_order_check CHECK (
        0 OPERATOR(pg_catalog.<=) generated AND generated OPERATOR(pg_catalog.<=) next_offset AND next_offset OPERATOR(pg_catalog.<=) total)
) WITH (fillfactor = 20);
COMMENT ON TABLE domainflow.domain_generator IS 'How far the numbers of a campaign are handed out and worked off';
COMMENT ON COLUMN domainflow.domain_generator.job_window IS 'Ranges that are handed out and not generated yet, at most';
COMMENT ON COLUMN domainflow.domain_generator.next_offset IS 'First number not handed out yet';

-- No exclusion constraint is needed, which would ask for btree_gist: every start is 0 or the end of another range, no two ranges
-- share a start or an end, and ends are above starts. So the ranges of a campaign form one chain, without gap or overlap.
CREATE TABLE domainflow.domain_range (
    campaign_id    uuid        NOT NULL,
    range_start    bigint      NOT NULL,
    range_end      bigint      NOT NULL,
    previous_end   bigint      GENERATED ALWAYS AS (CASE WHEN range_start OPERATOR(pg_catalog.<>) 0 THEN range_start END) STORED,
    job_id         bigint,
    allocated_at   timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    allocated_by   xid8        NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    generated_at   timestamptz,
    worker         text,
    transaction_id xid8,
    correlation_id text,
    CONSTRAINT domain_range_pkey PRIMARY KEY (campaign_id, range_start),
    CONSTRAINT domain_range_end_key UNIQUE (campaign_id, range_end),
    CONSTRAINT domain_range_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES domainflow.campaign (campaign_id),
    CONSTRAINT domain_range_chain_fkey FOREIGN KEY (campaign_id, previous_end)
        REFERENCES domainflow.domain_range (campaign_id, range_end),
    CONSTRAINT domain_range_order_check CHECK (
        0 OPERATOR(pg_catalog.<=) range_start AND range_start OPERATOR(pg_catalog.<) range_end)
) WITH (fillfactor = 70);
COMMENT ON TABLE domainflow.domain_range IS 'Ranges [range_start, range_end) of numbers, each handed out once, with the job that generates it';
COMMENT ON COLUMN domainflow.domain_range.allocated_by IS 'Transaction that handed the range out';
COMMENT ON COLUMN domainflow.domain_range.transaction_id IS 'Transaction that generated the names; null until then';
CREATE INDEX domain_range_job_idx ON domainflow.domain_range (campaign_id, job_id);
COMMENT ON INDEX domainflow.domain_range_job_idx IS 'Serves process_campaign_job: the range of a job';

CREATE TABLE domainflow.generated_domain (
    campaign_id    uuid   NOT NULL,
    domain_offset  bigint NOT NULL,
    name           text   NOT NULL,
    transaction_id xid8   NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    CONSTRAINT generated_domain_pkey PRIMARY KEY (campaign_id, domain_offset),
    CONSTRAINT generated_domain_name_key UNIQUE (campaign_id, name)
);
COMMENT ON TABLE domainflow.generated_domain IS 'Generated names by their number';
COMMENT ON COLUMN domainflow.generated_domain.transaction_id IS 'Transaction that generated the name: joins domain_range, metrics and decisions';

CREATE TYPE domainflow.campaign_job_result AS (
    outcome text, range_start bigint, range_end bigint, generated bigint, next_job_id bigint, campaign_status text
);
COMMENT ON TYPE domainflow.campaign_job_result IS
    'outcome is done, parked (the campaign is paused), dropped (it has ended) or stale (the job is no longer this worker''s)';

SELECT domainflow.define_state_machine('campaign_status', pg_catalog.jsonb_build_object('initial', 'draft',
    'states', '{"draft": {}, "queued": {}, "running": {}, "paused": {}, "completed": {}, "failed": {}, "cancelled": {},
                "archived": {"terminal": true}}'::pg_catalog.jsonb,
    'transitions', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('from', t.source, 'to', t.target)) FROM (VALUES
        ('draft', 'queued'), ('draft', 'cancelled'), ('queued', 'running'), ('queued', 'cancelled'), ('running', 'paused'),
        ('running', 'completed'), ('running', 'failed'), ('running', 'cancelled'), ('paused', 'running'), ('paused', 'failed'),
        ('paused', 'cancelled'), ('completed', 'archived'), ('failed', 'archived'), ('cancelled', 'archived')) AS t(source, target))), true);
SELECT domainflow.define_state_machine('campaign_business_status', pg_catalog.jsonb_build_object('initial', 'new',
    'states', '{"new": {}, "generating": {}, "generated": {}, "validating": {}, "validated": {"terminal": true}, "abandoned": {"terminal": true}}'::pg_catalog.jsonb,
    'transitions', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('from', t.source, 'to', t.target)) FROM (VALUES
        ('new', 'generating'), ('new', 'abandoned'), ('generating', 'generated'), ('generating', 'abandoned'), ('generated', 'validating'),
        ('validating', 'validated'), ('validating', 'abandoned')) AS t(source, target))), true);

GRANT SELECT, INSERT ON domainflow.campaign, domainflow.generated_domain TO domainflow_app;
GRANT SELECT, INSERT, UPDATE ON domainflow.domain_generator, domainflow.domain_range TO domainflow_app;
GRANT SELECT ON domainflow.campaign, domainflow.domain_generator, domainflow.domain_range, domainflow.generated_domain
    TO domainflow_reader, domainflow_owner;

--! begin include functions/campaign/_refuse_pattern.sql
-- Raises what is wrong with a pattern: a missing member is DF202, an unknown one DF203, any other bad value DF201 or DF204.
CREATE OR REPLACE FUNCTION domainflow._refuse_pattern(p_code text, p_member text, p_problem text, p_value text, p_hint text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = p_code,
        MESSAGE = format('pattern: %s %s', p_member, p_problem),
        DETAIL = format('%s: %s', p_member, COALESCE(p_value, 'null')),
        HINT = p_hint;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_pattern IS
    'Raises what is wrong with a pattern';
REVOKE ALL ON FUNCTION domainflow._refuse_pattern FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._refuse_pattern TO domainflow_app, domainflow_reader;
--! end include functions/campaign/_refuse_pattern.sql
--! begin include functions/campaign/check_domain_pattern.sql
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
--! end include functions/campaign/check_domain_pattern.sql
--! begin include functions/campaign/generate_domains.sql
-- The names with the numbers p_from to p_from + p_count - 1 of a pattern, in order; fewer when the pattern ends before.
--
-- A bijection: number n has the TLD n mod |tlds|, and its label is n div |tlds| written with the charset as digits, the first
-- character the most significant. So all names of a label stand together, in the order of tlds, and labels in that of the charset.
--
-- Labels are built from their beginnings, character by character, each level for exactly the range that is asked for:
-- about one concatenation per label, whatever the length.
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
--! end include functions/campaign/generate_domains.sql
--! begin include functions/campaign/create_campaign.sql
-- Creates a campaign: its row, its generator and both its states (draft, new), all or nothing. Returns the row.
--
-- DF201 to DF204 say what is wrong with the pattern (see check_domain_pattern), DF302 that the id is taken.
CREATE OR REPLACE FUNCTION domainflow.create_campaign(
    p_campaign_id uuid,
    p_name        text,
    p_pattern     jsonb,
    p_batch_size  integer DEFAULT 1000,
    p_user_id     text    DEFAULT NULL
)
RETURNS domainflow.campaign
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_campaign domainflow.campaign;
BEGIN
    IF p_campaign_id IS NULL OR p_name IS NULL OR p_pattern IS NULL OR p_batch_size IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'campaign id, name, pattern and batch size must not be null',
            DETAIL = format('campaign: %s, name: %L, pattern: %L, batch size: %s', p_campaign_id, p_name, p_pattern, p_batch_size),
            HINT = 'Get an id by gen_random_uuid().';
    END IF;
    IF p_name = '' OR p_batch_size NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'a campaign needs a name and a batch size of 1 to 100000',
            DETAIL = format('name: %L, batch size: %s', p_name, p_batch_size), HINT = 'A batch of 1000 takes some ten milliseconds.';
    END IF;
    INSERT INTO domainflow.campaign AS c (campaign_id, name, pattern, total, batch_size, user_id, correlation_id)
    VALUES (p_campaign_id, p_name, p_pattern, domainflow.check_domain_pattern(p_pattern), p_batch_size, p_user_id,
            NULLIF(current_setting('domainflow.correlation_id', true), ''))
    ON CONFLICT ON CONSTRAINT campaign_pkey DO NOTHING
    RETURNING c.* INTO v_campaign;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF302', MESSAGE = 'a campaign with this id exists',
            DETAIL = format('campaign: %s', p_campaign_id), HINT = 'Look at it with campaign_status, or take another id.';
    END IF;
    INSERT INTO domainflow.domain_generator (campaign_id, total) VALUES (p_campaign_id, v_campaign.total);
    PERFORM domainflow.create_state_instance('campaign_status', p_campaign_id::text, p_user_id);
    PERFORM domainflow.create_state_instance('campaign_business_status', p_campaign_id::text, p_user_id);
    RETURN v_campaign;
END
$$;

COMMENT ON FUNCTION domainflow.create_campaign IS
    'Creates a campaign with its generator and states, all or nothing';
REVOKE ALL ON FUNCTION domainflow.create_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_campaign TO domainflow_app;
--! end include functions/campaign/create_campaign.sql
--! begin include functions/campaign/allocate_domain_range.sql
-- Hands out the next p_size numbers of a campaign (fewer at the end, no row when none are left), each exactly once.
--
-- Concurrent callers queue on the campaign's generator until the one before them commits; what a rolled back caller got is handed
-- out again. DF301 for an unknown campaign.
CREATE OR REPLACE FUNCTION domainflow.allocate_domain_range(p_campaign_id uuid, p_size bigint)
RETURNS TABLE (range_start bigint, range_end bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_start bigint;
    v_total bigint;
BEGIN
    IF p_size IS NULL OR p_size < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the size of a range must be positive',
            DETAIL = format('size: %s', p_size), HINT = 'Pass the batch size of the campaign.';
    END IF;
    SELECT g.next_offset, g.total INTO v_start, v_total
      FROM domainflow.domain_generator AS g
     WHERE g.campaign_id = p_campaign_id
       FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such campaign',
            DETAIL = format('campaign: %s', p_campaign_id), HINT = 'list_campaigns() shows those there are.';
    END IF;
    IF v_start < v_total THEN
        RETURN QUERY
        INSERT INTO domainflow.domain_range AS r (campaign_id, range_start, range_end, correlation_id)
        VALUES (p_campaign_id, v_start, v_start + LEAST(p_size, v_total - v_start),
                NULLIF(current_setting('domainflow.correlation_id', true), ''))
        RETURNING r.range_start, r.range_end;
        UPDATE domainflow.domain_generator AS g
           SET next_offset = v_start + LEAST(p_size, v_total - v_start)
         WHERE g.campaign_id = p_campaign_id;
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.allocate_domain_range IS
    'Hands out the next range of numbers of a campaign, each number exactly once';
REVOKE ALL ON FUNCTION domainflow.allocate_domain_range FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.allocate_domain_range TO domainflow_app;
--! end include functions/campaign/allocate_domain_range.sql
--! begin include functions/campaign/_feed_campaign.sql
-- Hands out up to p_ranges further ranges of a campaign and makes a job of each, in this transaction. Returns the last job's id.
--
-- The caller holds the campaign's generator, and has seen that the campaign runs.
CREATE OR REPLACE FUNCTION domainflow._feed_campaign(p_campaign_id uuid, p_ranges integer)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_size  integer := (SELECT c.batch_size FROM domainflow.campaign AS c WHERE c.campaign_id = p_campaign_id);
    v_range record;
    v_job   bigint;
BEGIN
    FOR v_number IN 1 .. p_ranges LOOP
        SELECT a.range_start, a.range_end INTO v_range FROM domainflow.allocate_domain_range(p_campaign_id, v_size) AS a;
        EXIT WHEN NOT FOUND;
        v_job := domainflow.enqueue_job('campaign', 'generate_domains', jsonb_build_object(
            'campaign_id', p_campaign_id, 'range_start', v_range.range_start, 'range_end', v_range.range_end));
        UPDATE domainflow.domain_range AS r
           SET job_id = v_job
         WHERE r.campaign_id = p_campaign_id
           AND r.range_start = v_range.range_start;
    END LOOP;
    RETURN v_job;
END
$$;

COMMENT ON FUNCTION domainflow._feed_campaign IS
    'Makes jobs of the next ranges of a campaign';
REVOKE ALL ON FUNCTION domainflow._feed_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._feed_campaign TO domainflow_app;
--! end include functions/campaign/_feed_campaign.sql
--! begin include functions/campaign/_open_jobs.sql
-- The jobs of a campaign's ranges that are not generated yet.
CREATE OR REPLACE FUNCTION domainflow._open_jobs(p_campaign_id uuid)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        SELECT r.job_id
          FROM domainflow.domain_range AS r
         WHERE r.campaign_id = p_campaign_id
           AND r.generated_at IS NULL
           AND r.job_id IS NOT NULL
         ORDER BY r.range_start);
END
$$;

COMMENT ON FUNCTION domainflow._open_jobs IS
    'Jobs of the ranges that are not generated yet';
REVOKE ALL ON FUNCTION domainflow._open_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._open_jobs TO domainflow_app, domainflow_reader;
--! end include functions/campaign/_open_jobs.sql
--! begin include functions/campaign/_move_campaign.sql
-- Moves a campaign's status while holding its generator, so that no worker feeds or finishes it meanwhile.
--
-- Refusals are answers, as with transition_state. The business status goes along where the status implies it.
CREATE OR REPLACE FUNCTION domainflow._move_campaign(p_campaign_id uuid, p_to text, p_actor text, p_reason text)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result   domainflow.transition_result;
    v_business text := (CASE p_to WHEN 'queued' THEN 'generating' WHEN 'completed' THEN 'generated'
                                  WHEN 'cancelled' THEN 'abandoned' WHEN 'failed' THEN 'abandoned' END);
BEGIN
    IF p_campaign_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'campaign id must not be null',
            DETAIL = 'campaign: null', HINT = 'list_campaigns() shows those there are.';
    END IF;
    PERFORM 1 FROM domainflow.domain_generator AS g WHERE g.campaign_id = p_campaign_id FOR NO KEY UPDATE;
    v_result := domainflow.transition_state('campaign_status', p_campaign_id::text, p_to, NULL, p_actor, p_reason);
    IF v_result.success AND v_business IS NOT NULL THEN
        PERFORM domainflow.transition_state('campaign_business_status', p_campaign_id::text, v_business, NULL, p_actor, p_reason);
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow._move_campaign IS
    'Moves the status of a campaign while holding its generator';
REVOKE ALL ON FUNCTION domainflow._move_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._move_campaign TO domainflow_app;
--! end include functions/campaign/_move_campaign.sql
--! begin include functions/campaign/_complete_campaign.sql
-- Completes a campaign when its last name is generated; returns its status. The caller holds its generator: one caller sees the last name.
CREATE OR REPLACE FUNCTION domainflow._complete_campaign(p_campaign_id uuid, p_actor text)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_status text;
    v_all    boolean;
BEGIN
    SELECT i.state, g.generated = g.total INTO v_status, v_all
      FROM domainflow.domain_generator AS g
      JOIN domainflow.state_instance AS i ON i.machine = 'campaign_status' AND i.entity_id = p_campaign_id::text
     WHERE g.campaign_id = p_campaign_id;
    IF v_status = 'running' AND v_all THEN
        PERFORM domainflow._move_campaign(p_campaign_id, 'completed', p_actor, 'all names generated');
        RETURN 'completed';
    END IF;
    RETURN v_status;
END
$$;

COMMENT ON FUNCTION domainflow._complete_campaign IS
    'Completes a running campaign whose names are all generated';
REVOKE ALL ON FUNCTION domainflow._complete_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._complete_campaign TO domainflow_app;
--! end include functions/campaign/_complete_campaign.sql
--! begin include functions/campaign/start_campaign.sql
-- Starts a draft campaign: draft, queued, running, with the jobs for its first p_window ranges, in one transaction.
--
-- Every job that is done makes the job of one further range, so p_window bounds the jobs of a campaign at any moment; it should
-- exceed the number of workers. Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.start_campaign(
    p_campaign_id uuid,
    p_actor       text    DEFAULT NULL,
    p_reason      text    DEFAULT NULL,
    p_window      integer DEFAULT 64
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result;
BEGIN
    IF p_window IS NULL OR p_window NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the window must be 1 to 10000 ranges',
            DETAIL = format('window: %s', p_window), HINT = 'Leave it out for 64.';
    END IF;
    v_result := domainflow._move_campaign(p_campaign_id, 'queued', p_actor, p_reason);
    IF v_result.success THEN
        UPDATE domainflow.domain_generator AS g SET job_window = p_window WHERE g.campaign_id = p_campaign_id;
        PERFORM domainflow._feed_campaign(p_campaign_id, p_window);
        v_result := domainflow._move_campaign(p_campaign_id, 'running', p_actor, p_reason);
        v_result.from_state := 'draft';
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.start_campaign IS
    'Starts a draft campaign with the jobs for its first ranges';
REVOKE ALL ON FUNCTION domainflow.start_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.start_campaign TO domainflow_app;
--! end include functions/campaign/start_campaign.sql
--! begin include functions/campaign/pause_campaign.sql
-- Pauses a running campaign: its waiting jobs are parked, jobs being processed finish, and no further range is handed out.
--
-- A job that is claimed but not begun is parked by process_campaign_job. Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.pause_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'paused', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.park_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.pause_campaign IS
    'Pauses a running campaign and parks its jobs';
REVOKE ALL ON FUNCTION domainflow.pause_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_campaign TO domainflow_app;
--! end include functions/campaign/pause_campaign.sql
--! begin include functions/campaign/resume_campaign.sql
-- Resumes a paused campaign: its parked jobs can be claimed again, and the window is filled up for those that ended meanwhile.
--
-- A campaign whose last job ended while it was paused completes here. Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.resume_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result;
    v_open   bigint[];
BEGIN
    v_result := domainflow._move_campaign(p_campaign_id, 'running', p_actor, p_reason);
    IF v_result.success THEN
        v_open := domainflow._open_jobs(p_campaign_id);
        PERFORM domainflow.unpark_jobs('campaign', v_open);
        PERFORM domainflow._feed_campaign(p_campaign_id, g.job_window - cardinality(v_open))
           FROM domainflow.domain_generator AS g
          WHERE g.campaign_id = p_campaign_id;
        v_result.to_state := domainflow._complete_campaign(p_campaign_id, p_actor);
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.resume_campaign IS
    'Resumes a paused campaign and unparks its jobs';
REVOKE ALL ON FUNCTION domainflow.resume_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.resume_campaign TO domainflow_app;
--! end include functions/campaign/resume_campaign.sql
--! begin include functions/campaign/cancel_campaign.sql
-- Cancels a campaign for good and removes its jobs. Jobs being processed finish; claimed ones are dropped by process_campaign_job.
--
-- Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.cancel_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'cancelled', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_campaign IS
    'Cancels a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.cancel_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_campaign TO domainflow_app;
--! end include functions/campaign/cancel_campaign.sql
--! begin include functions/campaign/fail_campaign.sql
-- Fails a running or paused campaign that cannot be finished, because a job is dead, and removes its jobs.
--
-- Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.fail_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'failed', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.fail_campaign IS
    'Fails a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.fail_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_campaign TO domainflow_app;
--! end include functions/campaign/fail_campaign.sql
--! begin include functions/campaign/archive_campaign.sql
-- Archives a campaign that has ended. Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.archive_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN domainflow._move_campaign(p_campaign_id, 'archived', p_actor, p_reason);
END
$$;

COMMENT ON FUNCTION domainflow.archive_campaign IS
    'Archives a campaign that has ended';
REVOKE ALL ON FUNCTION domainflow.archive_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.archive_campaign TO domainflow_app;
--! end include functions/campaign/archive_campaign.sql
--! begin include functions/campaign/_put_back_campaign_job.sql
-- Takes a claimed job out of the way of a worker that may not process it: parked while the campaign is paused, dropped when it has ended.
--
-- The caller has locked the job and holds its token: job before generator, as a worker that finishes the job locks them, or the two deadlock.
-- Decides while holding the campaign's generator: else a resume of this moment could miss a job that is about to be parked.
CREATE OR REPLACE FUNCTION domainflow._put_back_campaign_job(p_campaign_id uuid, p_job_id bigint, p_token bigint)
RETURNS domainflow.campaign_job_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.campaign_job_result;
BEGIN
    PERFORM 1 FROM domainflow.domain_generator AS g WHERE g.campaign_id = p_campaign_id FOR NO KEY UPDATE;
    SELECT i.state INTO v_result.campaign_status
      FROM domainflow.state_instance AS i
     WHERE i.machine = 'campaign_status' AND i.entity_id = p_campaign_id::text;
    IF v_result.campaign_status = 'paused' THEN
        PERFORM domainflow.park_jobs('campaign', ARRAY[p_job_id], p_token);
        v_result.outcome := 'parked';
    ELSIF v_result.campaign_status = 'running' THEN
        -- Resumed since it was looked at: back into the lane.
        PERFORM domainflow.release_jobs('campaign', ARRAY[p_job_id], p_token);
        v_result.outcome := 'parked';
    ELSE
        PERFORM domainflow.complete_job('campaign', p_job_id, p_token);
        v_result.outcome := 'dropped';
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow._put_back_campaign_job IS
    'Parks or drops a claimed job whose campaign does not run';
REVOKE ALL ON FUNCTION domainflow._put_back_campaign_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._put_back_campaign_job TO domainflow_app;
--! end include functions/campaign/_put_back_campaign_job.sql
--! begin include functions/campaign/process_campaign_job.sql
-- Does the work of one claimed job of the queue 'campaign' in one transaction: generates its range of names, records the decision, the
-- statement and the metric, completes the job, makes the job of the next range, and completes the campaign with its last name.
--
-- Outcomes: done; parked, when the campaign is paused (no attempt is burnt); dropped, when it has ended; stale, when p_token is no
-- longer the job's (then nothing is written). DF704 when the job is lost on the way, DF201 when it is no job of this campaign: both undo everything.
-- Called by a worker right after its claim committed.
CREATE OR REPLACE FUNCTION domainflow.process_campaign_job(p_campaign_id uuid, p_job_id bigint, p_token bigint, p_worker text)
RETURNS domainflow.campaign_job_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_statement CONSTANT text := 'INSERT INTO domainflow.generated_domain SELECT * FROM domainflow.generate_domains($1, $2, $3)';
    v_started     timestamptz := clock_timestamp();
    v_before      timestamptz;
    v_correlation text := NULLIF(current_setting('domainflow.correlation_id', true), '');
    v_campaign    record;
    v_range       record;
    v_result      domainflow.campaign_job_result;
BEGIN
    -- Locked: while this transaction lives, nobody takes the job back and begins the same range.
    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = 'campaign' AND j.id = p_job_id AND j.token = p_token AND j.status = 'running'
        FOR UPDATE;
    IF NOT FOUND THEN
        v_result.outcome := 'stale';
        RETURN v_result;
    END IF;
    SELECT r.range_start, r.range_end INTO v_range
      FROM domainflow.domain_range AS r
     WHERE r.campaign_id = p_campaign_id AND r.job_id = p_job_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'the job is not of this campaign',
            DETAIL = format('campaign: %s, job: %s', p_campaign_id, p_job_id), HINT = 'The job''s payload names its campaign.';
    END IF;
    SELECT c.pattern, c.user_id, i.state, i.version INTO v_campaign
      FROM domainflow.campaign AS c
      JOIN domainflow.state_instance AS i ON i.machine = 'campaign_status' AND i.entity_id = p_campaign_id::text
     WHERE c.campaign_id = p_campaign_id;
    IF v_campaign.state <> 'running' THEN
        RETURN domainflow._put_back_campaign_job(p_campaign_id, p_job_id, p_token);
    END IF;

    PERFORM domainflow.log_authorization_decision(
        COALESCE(v_campaign.user_id, p_worker), 'campaign', p_campaign_id::text, 'generate', 'allow', ARRAY['campaign.worker'],
        jsonb_build_object('status', v_campaign.state, 'version', v_campaign.version,
                           'range_start', v_range.range_start, 'range_end', v_range.range_end),
        jsonb_build_object('worker', p_worker, 'job', p_job_id),
        extract(epoch FROM clock_timestamp() - v_started)::double precision * 1000);

    v_before := clock_timestamp();
    INSERT INTO domainflow.generated_domain (campaign_id, domain_offset, name, correlation_id)
    SELECT p_campaign_id, d.domain_offset, d.name, v_correlation
      FROM domainflow.generate_domains(v_campaign.pattern, v_range.range_start, v_range.range_end - v_range.range_start) AS d;
    GET DIAGNOSTICS v_result.generated = ROW_COUNT;
    PERFORM domainflow.record_query_performance(
        c_statement, extract(epoch FROM clock_timestamp() - v_before)::double precision * 1000, v_result.generated,
        'process_campaign_job', p_campaign_id);
    UPDATE domainflow.domain_range AS r
       SET generated_at = v_before, worker = p_worker, transaction_id = pg_current_xact_id()
     WHERE r.campaign_id = p_campaign_id AND r.range_start = v_range.range_start;
    IF NOT domainflow.complete_job('campaign', p_job_id, p_token) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF704', MESSAGE = 'the lease of the job was lost while it was processed',
            DETAIL = format('campaign: %s, job: %s, token: %s', p_campaign_id, p_job_id, p_token),
            HINT = 'Nothing was kept; another worker has the job. Send heartbeats, or claim with a longer lease.';
    END IF;
    PERFORM domainflow.record_transaction_metric(
        'process_campaign_job', p_campaign_id, extract(epoch FROM clock_timestamp() - v_started)::double precision * 1000, true,
        NULL, 0, current_setting('transaction_isolation'));

    -- The row that all workers of the campaign share comes last.
    UPDATE domainflow.domain_generator AS g
       SET generated = g.generated + v_result.generated
     WHERE g.campaign_id = p_campaign_id;
    v_result.campaign_status := domainflow._complete_campaign(p_campaign_id, p_worker);
    IF v_result.campaign_status = 'running' THEN
        v_result.next_job_id := domainflow._feed_campaign(p_campaign_id, 1);
    END IF;
    v_result.outcome := 'done';
    v_result.range_start := v_range.range_start;
    v_result.range_end := v_range.range_end;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.process_campaign_job IS
    'Does the work of one claimed campaign job in one transaction';
REVOKE ALL ON FUNCTION domainflow.process_campaign_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.process_campaign_job TO domainflow_app;
--! end include functions/campaign/process_campaign_job.sql
--! begin include functions/campaign/fail_campaign_job.sql
-- Reports that processing a campaign's job failed: 'retry', 'dead' or 'stale' as fail_job. A dead job fails its campaign.
--
-- Its failed attempt is recorded as a transaction metric, since the attempt's own transaction left nothing.
CREATE OR REPLACE FUNCTION domainflow.fail_campaign_job(
    p_campaign_id uuid,
    p_job_id      bigint,
    p_token       bigint,
    p_worker      text,
    p_error       text,
    p_duration_ms double precision DEFAULT 0
)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_outcome text := domainflow.fail_job('campaign', p_job_id, p_token, p_error);
BEGIN
    IF v_outcome <> 'stale' THEN
        PERFORM domainflow.record_transaction_metric('process_campaign_job', p_campaign_id, p_duration_ms, false, p_error);
    END IF;
    IF v_outcome = 'dead' THEN
        PERFORM domainflow.fail_campaign(p_campaign_id, p_worker, format('job %s is dead: %s', p_job_id, p_error));
    END IF;
    RETURN v_outcome;
END
$$;

COMMENT ON FUNCTION domainflow.fail_campaign_job IS
    'Reports a failed attempt at a campaign job; a dead job fails its campaign';
REVOKE ALL ON FUNCTION domainflow.fail_campaign_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_campaign_job TO domainflow_app;
--! end include functions/campaign/fail_campaign_job.sql
--! begin include functions/campaign/fail_stranded_campaigns.sql
-- Fails the running and paused campaigns that have a dead job: one whose last lease ran out, with nobody left to report it.
--
-- Idle workers and maintenance call it. Returns the campaigns that it failed.
CREATE OR REPLACE FUNCTION domainflow.fail_stranded_campaigns(p_actor text DEFAULT NULL)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_stranded record;
BEGIN
    FOR v_stranded IN
        SELECT DISTINCT ON (r.campaign_id) r.campaign_id, j.id, j.last_error
          FROM domainflow.job AS j
          JOIN domainflow.domain_range AS r ON r.campaign_id = (j.payload ->> 'campaign_id')::uuid AND r.job_id = j.id
         WHERE j.queue = 'campaign'
           AND j.pos IS NULL  -- dead jobs are in no lane: served by job_waiting_idx
           AND j.run_at = 'infinity'
           AND j.status = 'dead'
         ORDER BY r.campaign_id, j.id
    LOOP
        IF (domainflow.fail_campaign(v_stranded.campaign_id, p_actor,
                format('job %s is dead: %s', v_stranded.id, v_stranded.last_error))).success THEN
            RETURN QUERY SELECT v_stranded.campaign_id;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.fail_stranded_campaigns IS
    'Fails campaigns whose job died with its worker';
REVOKE ALL ON FUNCTION domainflow.fail_stranded_campaigns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_stranded_campaigns TO domainflow_app;
--! end include functions/campaign/fail_stranded_campaigns.sql
--! begin include functions/campaign/campaign_status.sql
-- One campaign's states, counts and jobs; no row when there is no such campaign. progress is generated / total, 0 to 1.
CREATE OR REPLACE FUNCTION domainflow.campaign_status(p_campaign_id uuid)
RETURNS TABLE (
    campaign_id uuid, name text, status text, business_status text, total bigint, allocated bigint, generated bigint,
    progress double precision, jobs_ready bigint, jobs_running bigint, jobs_waiting bigint, jobs_parked bigint, jobs_dead bigint,
    created_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.campaign_id, c.name, s.state, b.state, c.total, g.next_offset, g.generated, g.generated::double precision / c.total,
           j.ready, j.running, j.waiting, j.parked, j.dead, c.created_at
      FROM domainflow.campaign AS c
      JOIN domainflow.domain_generator AS g ON g.campaign_id = c.campaign_id
      JOIN domainflow.state_instance AS s ON s.machine = 'campaign_status' AND s.entity_id = c.campaign_id::text
      JOIN domainflow.state_instance AS b ON b.machine = 'campaign_business_status' AND b.entity_id = c.campaign_id::text
     CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE o.status = 'ready') AS ready, count(*) FILTER (WHERE o.status = 'running') AS running,
                   count(*) FILTER (WHERE o.status = 'waiting') AS waiting, count(*) FILTER (WHERE o.status = 'parked') AS parked,
                   count(*) FILTER (WHERE o.status = 'dead') AS dead
              FROM domainflow.job AS o
             WHERE o.queue = 'campaign'
               AND o.id = ANY (domainflow._open_jobs(c.campaign_id))) AS j
     WHERE c.campaign_id = p_campaign_id;
END
$$;

COMMENT ON FUNCTION domainflow.campaign_status IS
    'States, counts and jobs of one campaign';
REVOKE ALL ON FUNCTION domainflow.campaign_status FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.campaign_status TO domainflow_app, domainflow_reader;
--! end include functions/campaign/campaign_status.sql
--! begin include functions/campaign/list_campaigns.sql
-- All campaigns, the newest first, without their jobs.
CREATE OR REPLACE FUNCTION domainflow.list_campaigns()
RETURNS TABLE (
    campaign_id uuid, name text, status text, business_status text, total bigint, generated bigint, progress double precision,
    created_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.campaign_id, c.name, s.state, b.state, c.total, g.generated, g.generated::double precision / c.total, c.created_at
      FROM domainflow.campaign AS c
      JOIN domainflow.domain_generator AS g ON g.campaign_id = c.campaign_id
      JOIN domainflow.state_instance AS s ON s.machine = 'campaign_status' AND s.entity_id = c.campaign_id::text
      JOIN domainflow.state_instance AS b ON b.machine = 'campaign_business_status' AND b.entity_id = c.campaign_id::text
     ORDER BY c.created_at DESC, c.campaign_id;
END
$$;

COMMENT ON FUNCTION domainflow.list_campaigns IS
    'All campaigns, the newest first';
REVOKE ALL ON FUNCTION domainflow.list_campaigns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.list_campaigns TO domainflow_app, domainflow_reader;
--! end include functions/campaign/list_campaigns.sql
--! begin include functions/campaign/campaign_trail.sql
-- All that happened to a campaign, in order, with the transaction it happened in: transitions, decisions, ranges handed out and
-- generated, statements and transaction metrics. Rows of one transaction belong together.
--
-- Ordered by time, then by transaction. For auditors and administrators, because it reads the audit log.
CREATE OR REPLACE FUNCTION domainflow.campaign_trail(p_campaign_id uuid)
RETURNS TABLE (happened_at timestamptz, transaction_id xid8, correlation_id text, area text, event text, detail jsonb)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.happened_at, e.transaction_id, e.correlation_id, e.area, e.event, e.detail
      FROM (
        SELECT c.created_at AS happened_at, c.transaction_id, c.correlation_id, 'campaign' AS area, 'created' AS event,
               jsonb_build_object('name', c.name, 'total', c.total, 'user_id', c.user_id) AS detail
          FROM domainflow.campaign AS c WHERE c.campaign_id = p_campaign_id
        UNION ALL
        SELECT s.occurred_at, s.transaction_id, s.correlation_id, 'state', s.machine || ': ' || COALESCE(s.from_state || ' to ', '') || s.to_state,
               jsonb_build_object('version', s.version, 'actor', s.actor, 'reason', s.reason)
          FROM domainflow.state_event AS s
         WHERE s.machine IN ('campaign_status', 'campaign_business_status') AND s.entity_id = p_campaign_id::text
        UNION ALL
        SELECT r.allocated_at, r.allocated_by, r.correlation_id, 'campaign', 'range handed out',
               jsonb_build_object('range_start', r.range_start, 'range_end', r.range_end, 'job', r.job_id)
          FROM domainflow.domain_range AS r WHERE r.campaign_id = p_campaign_id
        UNION ALL
        SELECT r.generated_at, r.transaction_id, r.correlation_id, 'campaign', 'range generated',
               jsonb_build_object('range_start', r.range_start, 'range_end', r.range_end, 'job', r.job_id, 'worker', r.worker)
          FROM domainflow.domain_range AS r WHERE r.campaign_id = p_campaign_id AND r.generated_at IS NOT NULL
        UNION ALL
        SELECT a.decided_at, a.transaction_id, a.correlation_id, 'audit', a.decision || ' ' || a.action,
               jsonb_build_object('user_id', a.user_id, 'policies', a.policies, 'context', a.context, 'request', a.request_context)
          FROM domainflow.audit_log AS a WHERE a.resource_type = 'campaign' AND a.resource_id = p_campaign_id::text
        UNION ALL
        SELECT m.recorded_at, m.transaction_id, m.correlation_id, 'transaction', m.operation_name,
               jsonb_build_object('duration_ms', m.duration_ms, 'success', m.success, 'error', m.error_message, 'retries', m.retry_count)
          FROM domainflow.transaction_metric AS m WHERE m.campaign_id = p_campaign_id
        UNION ALL
        SELECT q.recorded_at, q.transaction_id, q.correlation_id, 'query', q.query,
               jsonb_build_object('duration_ms', q.duration_ms, 'rows', q.row_count)
          FROM domainflow.query_performance_metrics AS q WHERE q.campaign_id = p_campaign_id) AS e
     ORDER BY e.happened_at, e.transaction_id, e.area, e.event;
END
$$;

COMMENT ON FUNCTION domainflow.campaign_trail IS
    'Everything that happened to a campaign, in order, with its transactions';
REVOKE ALL ON FUNCTION domainflow.campaign_trail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.campaign_trail TO domainflow_auditor;
--! end include functions/campaign/campaign_trail.sql
--! begin include functions/campaign/campaign_invariants.sql
-- What must never be, counted: one row per invariant with the number of violations. Null checks all campaigns.
--
-- Meant to be run at any time: a single statement sees one snapshot, and every invariant holds at every commit. The names
-- are compared with the pattern itself, so gaps, duplicates and names out of order all show. JIT would take longer than the check.
CREATE OR REPLACE FUNCTION domainflow.campaign_invariants(p_campaign_id uuid DEFAULT NULL)
RETURNS TABLE (name text, violations bigint)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH campaign AS MATERIALIZED (
        SELECT c.campaign_id, c.pattern, c.total, g.next_offset, g.generated, s.state, s.version, b.state AS business,
               e.to_state AS last_event, e.version AS last_version
          FROM domainflow.campaign AS c
          LEFT JOIN domainflow.domain_generator AS g ON g.campaign_id = c.campaign_id
          LEFT JOIN domainflow.state_instance AS s ON s.machine = 'campaign_status' AND s.entity_id = c.campaign_id::text
          LEFT JOIN domainflow.state_instance AS b ON b.machine = 'campaign_business_status' AND b.entity_id = c.campaign_id::text
          LEFT JOIN LATERAL (
                SELECT v.to_state, v.version FROM domainflow.state_event AS v
                 WHERE v.machine = 'campaign_status' AND v.entity_id = c.campaign_id::text
                 ORDER BY v.version DESC LIMIT 1) AS e ON true
         WHERE p_campaign_id IS NULL OR c.campaign_id = p_campaign_id
    ), range AS MATERIALIZED (
        SELECT r.campaign_id, r.range_start, r.range_end, r.generated_at, r.job_id, j.id AS open_job, k.state,
               lag(r.range_end, 1, 0::bigint) OVER (PARTITION BY r.campaign_id ORDER BY r.range_start) AS previous_end
          FROM domainflow.domain_range AS r
          JOIN campaign AS k ON k.campaign_id = r.campaign_id
          LEFT JOIN domainflow.job AS j ON j.queue = 'campaign' AND j.id = r.job_id
    ), expected AS (
        SELECT r.campaign_id, d.domain_offset, d.name
          FROM range AS r
          JOIN campaign AS k ON k.campaign_id = r.campaign_id
         CROSS JOIN LATERAL domainflow.generate_domains(k.pattern, r.range_start, r.range_end - r.range_start) AS d
         WHERE r.generated_at IS NOT NULL
    ), found AS (
        SELECT n.campaign_id, n.domain_offset, n.name
          FROM domainflow.generated_domain AS n
          JOIN campaign AS k ON k.campaign_id = n.campaign_id
    )
    SELECT 'every name is the one its number stands for, none missing, none too many', count(*)
      FROM expected AS x FULL JOIN found AS f ON f.campaign_id = x.campaign_id AND f.domain_offset = x.domain_offset
     WHERE f.name IS DISTINCT FROM x.name
    UNION ALL
    SELECT 'no name twice in a campaign', COALESCE(sum(d.copies - 1), 0)::bigint
      FROM (SELECT count(*) AS copies FROM found AS f GROUP BY f.campaign_id, f.name HAVING count(*) > 1) AS d
    UNION ALL
    SELECT 'ranges follow each other without gap or overlap', count(*) FROM range AS r WHERE r.range_start <> r.previous_end
    UNION ALL
    SELECT 'the generator agrees with its ranges', count(*)
      FROM campaign AS k
     CROSS JOIN LATERAL (
            SELECT COALESCE(max(r.range_end), 0) AS handed,
                   COALESCE(sum(r.range_end - r.range_start) FILTER (WHERE r.generated_at IS NOT NULL), 0) AS done
              FROM range AS r WHERE r.campaign_id = k.campaign_id) AS t
     WHERE (k.next_offset, k.generated) IS DISTINCT FROM (t.handed, t.done::bigint)
    UNION ALL
    SELECT 'the last event says the state', count(*)
      FROM campaign AS k WHERE k.state IS NULL OR (k.state, k.version) IS DISTINCT FROM (k.last_event, k.last_version)
    UNION ALL
    SELECT 'a completed campaign has all its names', count(*)
      FROM campaign AS k WHERE k.state = 'completed' AND (k.generated <> k.total OR k.business IN ('new', 'generating'))
    UNION ALL
    SELECT 'a campaign with all its names is completed', count(*)
      FROM campaign AS k WHERE k.state = 'running' AND k.generated = k.total
    UNION ALL
    SELECT 'a range has a job until it is generated, and none afterwards', count(*)
      FROM range AS r WHERE r.state IN ('running', 'paused', 'completed') AND (r.generated_at IS NULL) <> (r.open_job IS NOT NULL);
END
$$;

COMMENT ON FUNCTION domainflow.campaign_invariants IS
    'Counts violations of what must always hold for campaigns';
REVOKE ALL ON FUNCTION domainflow.campaign_invariants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.campaign_invariants TO domainflow_app, domainflow_reader;
--! end include functions/campaign/campaign_invariants.sql
