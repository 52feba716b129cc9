-- No body depends on standard_conforming_strings: a literal with a backslash is E'' or dollar-quoted, or the function sets it.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(2);
CREATE FUNCTION pg_temp.plain_backslash(p_body text) RETURNS boolean LANGUAGE sql AS $body$
    SELECT regexp_replace(regexp_replace(regexp_replace(p_body, '--[^' || chr(10) || ']*', '', 'g'),
               $re$\$(\w*)\$.*?\$\1\$$re$, '', 'g'), $re$\mE'(?:[^'\\]|\\.|'')*'$re$, '', 'gi') ~ $re$'[^'\n]*\\[^'\n]*'$re$
$body$;
SELECT ok(pg_temp.plain_backslash($$SELECT 'a' ~ '\d'$$) AND NOT pg_temp.plain_backslash($$SELECT 'a' ~ E'\\d' OR 'a' ~ $r$\d$r$ -- '\d'$$), 'a plain literal is seen, the others are not');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p
                   WHERE p.pronamespace IN ('domainflow'::regnamespace, 'domainflow_generated'::regnamespace) AND pg_temp.plain_backslash(p.prosrc)
                     AND NOT COALESCE(p.proconfig::text ~ 'standard_conforming_strings=on', false)$$, 'no function has one');
SELECT * FROM finish();
ROLLBACK;
