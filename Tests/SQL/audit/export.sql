-- The export of the sealed log: its lines, its bounds, and that a verifier which knows no database accepts it.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(17);
SELECT throws_ok('SELECT domainflow.export_sealed_audit()', 'DF301', NULL, 'nothing is sealed');
SELECT count(domainflow.log_authorization_decision('user-' || g, 'document', CASE WHEN g % 3 > 0 THEN g::text END, 'read', 'allow', ARRAY['owner'], '{"level": 3}', '{}', g / 8.0))
  FROM generate_series(1, 1100) AS g;
SELECT domainflow.seal_audit(), domainflow.seal_audit();
CREATE TEMPORARY TABLE line AS SELECT row_number() OVER () AS n, e AS line FROM domainflow.export_sealed_audit() AS e;
SELECT is(count(*), 1101::bigint, 'the head and a line for each leaf') FROM line;
SELECT results_eq($$SELECT l.line ->> 'type', (l.line ->> 'size')::bigint, l.line ->> 'root', jsonb_array_length(l.line -> 'blocks') FROM line AS l WHERE l.n = 1$$,
                  $$SELECT 'head', h.size, h.root, 2 FROM domainflow.audit_head() AS h$$, 'the head comes first');
SELECT is_empty($$SELECT l.n FROM line AS l WHERE l.n > 1 AND (l.line ->> 'leaf')::bigint <> l.n - 2$$, 'then the leaves in order');
SELECT is_empty($$SELECT l.n FROM line AS l WHERE l.n > 1
                     AND (l.line ->> 'hash' <> encode(domainflow._audit_leaf_hash(l.n - 2, sha256(decode(l.line ->> 'bytes', 'hex'))), 'hex')
                          OR right(l.line ->> 'bytes', 64) <> encode(sha256(decode(l.line ->> 'values', 'hex')), 'hex'))$$, 'each with what its hash is made of');
SELECT is((SELECT count(*) FROM domainflow.export_sealed_audit(1000, 1010)), 11::bigint, 'a part');
SELECT is((SELECT e ->> 'root' FROM domainflow.export_sealed_audit(1010, 1010) AS e), encode(domainflow._merkle_hash(0, 1010), 'hex'), 'the head of an earlier tree alone');
SELECT throws_ok(format('SELECT domainflow.export_sealed_audit(%s)', c.args), c.code, NULL, c.args)
  FROM (VALUES ('NULL', 'DF202'), ('-1', 'DF204'), ('20, 10', 'DF204'), ('0, 1101', 'DF204')) AS c (args, code);
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT domainflow.export_sealed_audit()', '42501', NULL, 'the application exports nothing');
RESET ROLE;

-- Another program, in another language, judges the same.
\set folder `mktemp -d`
\set export :folder '/export.jsonl'
\set head :folder '/head.json'
\set receipts :folder '/receipts.json'
SELECT e FROM domainflow.export_sealed_audit(0, 900) AS e LIMIT 1 \g :head
SELECT l.line FROM line AS l ORDER BY l.n \g :export
SELECT jsonb_agg(jsonb_build_object('id', l.line ->> 'id', 'receipt', domainflow.audit_receipt((l.line ->> 'id')::uuid))) FROM line AS l WHERE l.n IN (9, 1099) \g :receipts
\set verdict `tools/verify/audit_export.py ":export" --head ":head" --receipts ":receipts"`
SELECT is(v - 'root', '{"outcome": "verified", "size": 1100, "checked": 1100, "erased": 0, "without_row": 0, "receipts": 2}'::jsonb, 'verified') FROM (SELECT :'verdict'::jsonb AS v) AS v;
SELECT CASE WHEN l.n = 500 THEN jsonb_set(l.line, '{bytes}', to_jsonb(overlay(l.line ->> 'bytes' PLACING '00' FROM 200 FOR 2))) ELSE l.line END FROM line AS l ORDER BY l.n \g :export
\set verdict `tools/verify/audit_export.py ":export"`
SELECT is(v - 'root' - 'checked' - 'receipts' - 'without_row' - 'erased' - 'size', jsonb_build_object('outcome', 'changed', 'leaf', 498, 'block', 0, 'id', l.line -> 'id'), 'a row that was changed')
  FROM (SELECT :'verdict'::jsonb AS v) AS v, line AS l WHERE l.n = 500;
SELECT CASE WHEN l.n = 600 THEN jsonb_set(l.line, '{values}', to_jsonb('61' || (l.line ->> 'values'))) ELSE l.line END FROM line AS l ORDER BY l.n \g :export
\set verdict `tools/verify/audit_export.py ":export"`
SELECT is((:'verdict'::jsonb ->> 'outcome', :'verdict'::jsonb ->> 'leaf')::text, '(changed,598)', 'other values');
SELECT l.line FROM line AS l WHERE l.n <> 500 ORDER BY l.n \g :export
\set verdict `tools/verify/audit_export.py ":export"`
SELECT is((:'verdict'::jsonb ->> 'outcome', :'verdict'::jsonb ->> 'leaf')::text, '(removed,498)', 'a line that is missing');
SELECT CASE WHEN l.n = 1 THEN jsonb_set(l.line, '{blocks, 0}', to_jsonb(repeat('0', 64))) ELSE l.line END FROM line AS l WHERE l.n = 1 \g :head
SELECT l.line FROM line AS l ORDER BY l.n \g :export
\set verdict `sed -i 's/"root": "./"root": "x/' ":head"; tools/verify/audit_export.py ":export" --head ":head"`
SELECT is((:'verdict'::jsonb ->> 'outcome', :'verdict'::jsonb ->> 'block')::text, '(rebuilt,0)', 'another tree than that of the head');
\set removed `rm -r ":folder"`
SELECT * FROM finish();
ROLLBACK;
