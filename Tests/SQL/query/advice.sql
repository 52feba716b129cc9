-- Advice on foreign keys and redundant indexes, on real tables: what must be found, and what must be left alone.
BEGIN;
SELECT plan(49);

CREATE SCHEMA "Advice";
SET LOCAL search_path = "Advice", public;
CREATE TABLE parent (id bigint PRIMARY KEY, code text, UNIQUE (id, code));
INSERT INTO parent SELECT g, g::text FROM generate_series(1, 2000) AS g;

-- Foreign keys. Each table differs in what serves its key.
CREATE FUNCTION pg_temp.child(p_name text, p_index text DEFAULT NULL, p_rows integer DEFAULT 1500) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (id bigint, "Parent Id" bigint, code text, other int,
                    CONSTRAINT %I FOREIGN KEY ("Parent Id", code) REFERENCES parent (id, code) ON DELETE CASCADE)', p_name, p_name || '_fk');
    EXECUTE format('INSERT INTO %I SELECT g, g, g::text, 1 FROM generate_series(1, %s) AS g', p_name, p_rows);
    IF p_index IS NOT NULL THEN
        EXECUTE format('CREATE INDEX ON %I %s', p_name, p_index);
    END IF;
    EXECUTE format('ANALYZE %I', p_name);
END
$$;
SELECT pg_temp.child('Bare "one"');
SELECT pg_temp.child('partial', '("Parent Id", code) WHERE id > 3');
SELECT pg_temp.child('suffix', '(other, "Parent Id", code)');
SELECT pg_temp.child('first_only', '("Parent Id")');
SELECT pg_temp.child('expression', '("Parent Id", lower(code))');
SELECT pg_temp.child('brin', 'USING brin ("Parent Id", code)');
SELECT pg_temp.child('included', '("Parent Id") INCLUDE (code)');
SELECT pg_temp.child('exact', '("Parent Id", code)');
SELECT pg_temp.child('swapped', '(code, "Parent Id", other)');
SELECT pg_temp.child('small', NULL, 200);
SELECT pg_temp.child('invalid', '("Parent Id", code)');
UPDATE pg_index SET indisvalid = false WHERE indrelid = 'invalid'::regclass;
CREATE TABLE hashed (parent_id bigint REFERENCES parent);
INSERT INTO hashed SELECT g FROM generate_series(1, 1500) AS g;
CREATE INDEX ON hashed USING hash (parent_id);
ANALYZE hashed;
CREATE TABLE part (id bigint, parent_id bigint REFERENCES parent) PARTITION BY RANGE (id);
CREATE TABLE part_a PARTITION OF part FOR VALUES FROM (0) TO (1000000);
INSERT INTO part SELECT g, 1 + g % 2000 FROM generate_series(1, 12000) AS g;
ANALYZE part;
CREATE TEMPORARY TABLE temporary_child (parent_id bigint);

CREATE FUNCTION pg_temp.advice(p_kind text)
RETURNS TABLE (object text, severity text, evidence jsonb, reason text, statement text) LANGUAGE sql AS $$
    SELECT r.object, r.severity, r.evidence, r.reason, r.statement
      FROM domainflow.generate_optimization_recommendations() AS r
     WHERE r.kind = p_kind AND r.object LIKE '"Advice".%'
$$;

SELECT set_eq(
    $$SELECT a.object FROM pg_temp.advice('missing_foreign_key_index') AS a$$,
    $$VALUES ('"Advice"."Bare ""one"""'), ('"Advice".partial'), ('"Advice".suffix'), ('"Advice".first_only'), ('"Advice".expression'),
             ('"Advice".brin'), ('"Advice".included'), ('"Advice".invalid'), ('"Advice".part')$$,
    'found: no index, or none that serves the key; left alone: prefix in any order, hash, 200 rows, partitions of their own');
SELECT is(a.statement, 'CREATE INDEX CONCURRENTLY ON "Advice"."Bare ""one""" ("Parent Id", code);', 'names are quoted')
  FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%Bare%';
SELECT is(a.evidence - 'table_bytes',
          $${"constraint": "Bare \"one\"_fk", "columns": ["Parent Id", "code"], "references": "\"Advice\".parent", "on_delete": "c",
            "estimated_rows": 1500}$$, 'evidence')
  FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%Bare%';
SELECT is(a.severity, 'low', 'a thousand rows') FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%Bare%';
SELECT is((a.severity, a.statement)::text, $$(medium,"CREATE INDEX ON ""Advice"".part (parent_id);")$$,
          'a partitioned table counts the rows of its partitions and takes no CONCURRENTLY')
  FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%.part';
SELECT matches(a.reason, 'blocks writers', 'and says so') FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%.part';
SELECT lives_ok(a.statement, 'the statement runs') FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%.part';
SELECT lives_ok(replace(a.statement, 'CONCURRENTLY ', ''), 'this one too, outside a transaction as it stands')
  FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%Bare%';
SELECT is(count(*), 0::bigint, 'and after it the advice is gone')
  FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object LIKE '%Bare%' OR a.object LIKE '%.part';

-- Redundant indexes.
CREATE TABLE dup (a int, b int, c text, d int NOT NULL, e text);
CREATE UNIQUE INDEX dup_a_unique ON dup (a);
CREATE INDEX dup_a ON dup (a);
CREATE INDEX dup_b1 ON dup (b, c);
CREATE INDEX dup_b2 ON dup (b, c);
CREATE INDEX dup_b3 ON dup (b, c);
CREATE INDEX dup_b ON dup (b);
CREATE INDEX dup_b_desc ON dup (b DESC);
CREATE INDEX dup_b_hash ON dup USING hash (b);
CREATE INDEX dup_b_partial ON dup (b) WHERE a > 1;
CREATE INDEX dup_b_partial2 ON dup (b) WHERE a > 1;
CREATE INDEX dup_c_like ON dup (c text_pattern_ops);
CREATE INDEX dup_c ON dup (c);
CREATE INDEX dup_c_lower ON dup (lower(c));
CREATE INDEX dup_c_lower2 ON dup (lower(c));
CREATE INDEX dup_c_upper ON dup (upper(c));
CREATE INDEX dup_c_collate ON dup (c COLLATE "C");
CREATE UNIQUE INDEX dup_bc_unique ON dup (b, c, d);
CREATE INDEX dup_d_include ON dup (d) INCLUDE (e);
CREATE INDEX dup_d_e ON dup (d, e);
CREATE TABLE keyed (id int PRIMARY KEY, u int CONSTRAINT keyed_u UNIQUE, r int NOT NULL);
CREATE INDEX keyed_id ON keyed (id);
CREATE INDEX keyed_u_plain ON keyed (u);
CREATE UNIQUE INDEX keyed_u_unique ON keyed (u);
ALTER TABLE keyed ADD CONSTRAINT keyed_id_again UNIQUE (id);
CREATE UNIQUE INDEX keyed_r_identity ON keyed (r);
CREATE UNIQUE INDEX keyed_r_other ON keyed (r);
ALTER TABLE keyed REPLICA IDENTITY USING INDEX keyed_r_identity;
CREATE TABLE deferred (u int CONSTRAINT deferred_u UNIQUE DEFERRABLE);
CREATE UNIQUE INDEX deferred_immediate ON deferred (u);
CREATE TABLE referenced (id int CONSTRAINT referenced_u UNIQUE);
CREATE TABLE referencing (id int REFERENCES referenced (id));
ALTER TABLE referenced ADD PRIMARY KEY (id), ADD CONSTRAINT referenced_again UNIQUE (id);
CREATE TABLE ranged (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE ranged_a PARTITION OF ranged FOR VALUES FROM (0) TO (9);
CREATE INDEX ranged_1 ON ranged (b);
CREATE INDEX ranged_2 ON ranged (b);
CREATE TABLE excluded (r int4range, EXCLUDE USING gist (r WITH &&));
CREATE INDEX excluded_plain ON excluded USING gist (r);
CREATE TEMPORARY TABLE redundant AS SELECT * FROM pg_temp.advice('duplicate_index');

SELECT is((r.evidence ->> 'kept', r.evidence ->> 'redundancy', r.severity)::text, format('(%s,%s,%s)', e.kept, e.redundancy, e.severity),
          e.index || ' is redundant')
  FROM (VALUES ('dup_a', '"""Advice"".dup_a_unique"', 'exact', 'medium'), ('dup_b2', '"""Advice"".dup_bc_unique"', 'prefix', 'low'),
               ('dup_b3', '"""Advice"".dup_bc_unique"', 'prefix', 'low'), ('dup_b', '"""Advice"".dup_bc_unique"', 'prefix', 'low'),
               ('dup_b1', '"""Advice"".dup_bc_unique"', 'prefix', 'low'),
               ('dup_b_partial2', '"""Advice"".dup_b_partial"', 'exact', 'medium'),
               ('dup_c_lower2', '"""Advice"".dup_c_lower"', 'exact', 'medium'), ('keyed_id', '"""Advice"".keyed_pkey"', 'exact', 'medium'),
               ('keyed_u_plain', '"""Advice"".keyed_u"', 'exact', 'medium'), ('keyed_u_unique', '"""Advice"".keyed_u"', 'exact', 'medium'),
               ('keyed_id_again', '"""Advice"".keyed_pkey"', 'exact', 'medium'),
               ('keyed_r_other', '"""Advice"".keyed_r_identity"', 'exact', 'medium'),
               ('referenced_again', '"""Advice"".referenced_pkey"', 'exact', 'medium'),
               ('ranged_2', '"""Advice"".ranged_1"', 'exact', 'medium')) AS e (index, kept, redundancy, severity)
  LEFT JOIN redundant AS r ON r.object = '"Advice".' || e.index;
SELECT ok(NOT EXISTS (SELECT FROM redundant AS r WHERE r.object = '"Advice".' || i.index), i.index || ' is left alone: ' || i.why)
  FROM (VALUES ('dup_a_unique', 'unique'), ('dup_b_desc', 'order'), ('dup_b_hash', 'method'), ('dup_b_partial', 'predicate, the older'),
               ('dup_c_like', 'operator class'), ('dup_c', 'operator class'), ('dup_c_upper', 'expression'), ('dup_c_collate', 'collation'),
               ('dup_d_include', 'INCLUDE column'), ('keyed_pkey', 'primary key'), ('deferred_immediate', 'the other is deferrable'),
               ('deferred_u', 'carries a constraint'), ('keyed_r_identity', 'replica identity'),
               ('referenced_u', 'a foreign key refers to it'), ('referenced_pkey', 'primary key'),
               ('excluded_r_excl', 'exclusion'), ('ranged_a_b_idx1', 'part of a partitioned index'))
       AS i (index, why);
SELECT results_eq(
    $$SELECT r.object, r.statement FROM redundant AS r
       WHERE r.object ~ 'dup_a$|keyed_id_again|ranged_2' ORDER BY r.object$$,
    $$VALUES ('"Advice".dup_a', 'DROP INDEX CONCURRENTLY "Advice".dup_a;'),
             ('"Advice".keyed_id_again', 'ALTER TABLE "Advice".keyed DROP CONSTRAINT keyed_id_again;'),
             ('"Advice".ranged_2', 'DROP INDEX "Advice".ranged_2;')$$, 'a constraint is dropped as one, a partitioned index without CONCURRENTLY');

-- No finding contradicts another: what one keeps, none drops; an index is named once; names are printable.
SELECT is_empty($$SELECT r.object FROM domainflow.generate_optimization_recommendations(0, '0') AS r
                   WHERE r.kind IN ('duplicate_index', 'unused_index') GROUP BY r.object HAVING count(*) > 1$$, 'an index is in one finding');
SELECT is_empty($$SELECT r.evidence ->> 'kept' FROM domainflow.generate_optimization_recommendations(0, '0') AS r
                   WHERE r.kind = 'duplicate_index'
                  INTERSECT
                  SELECT r.object FROM domainflow.generate_optimization_recommendations(0, '0') AS r$$, 'what is kept is not dropped');

-- Foreign keys and partial indexes, several keys over the same columns, indexes of single partitions.
CREATE TABLE implied (a bigint REFERENCES parent, "B b" bigint, code text, c bigint REFERENCES parent, d bigint REFERENCES parent,
                      FOREIGN KEY ("B b", code) REFERENCES parent (id, code));
CREATE INDEX ON implied (a) WHERE a IS NOT NULL;
CREATE INDEX ON implied ("B b", code) WHERE "B b" IS NOT NULL AND code IS NOT NULL;
CREATE INDEX ON implied (c) WHERE c IS NOT NULL AND a IS NOT NULL;
CREATE INDEX ON implied (d) WHERE d IS NOT NULL OR d > 3;
INSERT INTO implied SELECT g, g, g::text, g, g FROM generate_series(1, 1500) AS g;
CREATE TABLE twice (d bigint, code text, FOREIGN KEY (d, code) REFERENCES parent (id, code), FOREIGN KEY (d) REFERENCES parent,
                    CONSTRAINT again FOREIGN KEY (d) REFERENCES parent (id));
INSERT INTO twice SELECT g, g::text FROM generate_series(1, 1500) AS g;
CREATE TABLE parts (parent_id bigint REFERENCES parent, x int) PARTITION BY RANGE (parent_id);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE parts_b (x int, parent_id bigint);
ALTER TABLE parts ATTACH PARTITION parts_b FOR VALUES FROM (1000) TO (2001);
CREATE INDEX ON parts_a (parent_id);
CREATE INDEX parts_b_index ON parts_b (parent_id, x);
INSERT INTO parts SELECT g, g FROM generate_series(1, 2000) AS g;
ANALYZE implied, twice, parts;
SELECT set_eq($$SELECT a.object, a.statement FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object ~ '(implied|twice|parts)'$$,
              $$VALUES ('"Advice".implied', 'CREATE INDEX CONCURRENTLY ON "Advice".implied (c);'),
                       ('"Advice".implied', 'CREATE INDEX CONCURRENTLY ON "Advice".implied (d);'),
                       ('"Advice".twice', 'CREATE INDEX CONCURRENTLY ON "Advice".twice (d, code);')$$,
              'what the check implies is covered, keys over the same columns are one finding, and indexes of all partitions are one');
SET LOCAL quote_all_identifiers = on;
SELECT is(count(*), 2::bigint, 'under every setting of quoting') FROM domainflow.generate_optimization_recommendations() AS a
 WHERE a.object ~ 'implied' AND a.kind = 'missing_foreign_key_index';
SET LOCAL quote_all_identifiers = off;
DROP INDEX parts_b_index;
SELECT is(a.object, '"Advice".parts', 'one partition without an index is enough') FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object ~ 'parts';

-- A name that a terminal would obey is not printed, and nothing to run with it.
CREATE TABLE "esc\x1b]0;x\x07\nDROP" (parent_id bigint REFERENCES parent);
DO $$ BEGIN EXECUTE format('ALTER TABLE "Advice".%I RENAME TO %I', $n$esc\x1b]0;x\x07\nDROP$n$, E'esc\x1b]0;x\x07\nDROP'); END $$;
DO $$ BEGIN EXECUTE format('INSERT INTO "Advice".%I SELECT g FROM generate_series(1, 1500) AS g', E'esc\x1b]0;x\x07\nDROP'); END $$;
DO $$ BEGIN EXECUTE format('ANALYZE "Advice".%I', E'esc\x1b]0;x\x07\nDROP'); END $$;
SELECT is((a.statement, (a.object || a.reason || a.evidence::text) ~ $re$[\x01-\x1f\x7f-\x9f]$re$)::text, '(,f)', 'control characters are taken out')
  FROM pg_temp.advice('missing_foreign_key_index') AS a WHERE a.object ~ 'esc';
SELECT is(CASE WHEN getdatabaseencoding() = 'UTF8' THEN domainflow._printable_statement('DROP TABLE "' || convert_from(decode('e280ae', 'hex'), 'UTF8') || '"') END,
          NULL, 'marks of direction too');
SELECT is_empty($$SELECT p.proname FROM pg_proc AS p, aclexplode(p.proacl) AS a
                   WHERE p.pronamespace = 'domainflow'::regnamespace AND p.proname ~ '^_(advise|user|foreign|printable)'
                     AND a.grantee <> p.proowner$$, 'the parts of the advice are internal');

SELECT * FROM finish();
ROLLBACK;
