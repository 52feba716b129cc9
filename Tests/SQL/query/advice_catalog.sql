-- What the advice takes from the catalog: which tables, which indexes with what makes them needless, and which foreign keys with what serves them.
BEGIN;
-- Parts of functions are called here that do not set it themselves.
SET LOCAL quote_all_identifiers = off;
SELECT plan(8);
CREATE SCHEMA cat;
SET LOCAL search_path = cat, public;
CREATE EXTENSION IF NOT EXISTS pgtap;

-- Tables: ordinary and partitioned ones, a table with its partitions as one, but without those that inherit from it.
CREATE TABLE plain (a int PRIMARY KEY, b int);
CREATE TABLE heir () INHERITS (plain);
CREATE TABLE parted (a int) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (a);
CREATE TABLE parted_21 PARTITION OF parted_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE empty (a int) PARTITION BY RANGE (a);
CREATE VIEW view AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a, 2 AS b;
CREATE INDEX ON kept (a);
CREATE INDEX ON kept (a);
CREATE SEQUENCE numbers;
CREATE TYPE pair AS (a int, b int);
CREATE TEMPORARY TABLE brief (a int PRIMARY KEY, b int REFERENCES brief);
INSERT INTO plain SELECT g, 0 FROM generate_series(1, 100) AS g;
INSERT INTO heir SELECT g, 0 FROM generate_series(1, 1000) AS g;
INSERT INTO parted SELECT g FROM generate_series(0, 19) AS g;
ANALYZE plain, heir, parted;
SELECT set_eq($$SELECT t.name, t.is_partitioned, t.estimated_rows, t.bytes FROM domainflow._user_tables() AS t WHERE t.name ^@ 'cat.'$$,
    $$VALUES ('cat.plain', false, 100::bigint, pg_relation_size('plain')), ('cat.heir', false, 1000, pg_relation_size('heir')),
             ('cat.parted', true, 20, pg_relation_size('parted_1') + pg_relation_size('parted_21')), ('cat.empty', true, 0, 0)$$, 'tables');
SELECT is_empty($$SELECT t.name FROM domainflow._user_tables() AS t JOIN pg_class AS c ON c.oid = t.relation
                   WHERE c.relnamespace::regnamespace::text ~ '^(pg_|information_schema$|domainflow(_generated)?$)' OR c.relpersistence = 't'$$, 'no tables of others');
SELECT is_empty($$SELECT x.name FROM domainflow._user_indexes() AS x JOIN pg_class AS c ON c.oid = x.relation
                   WHERE c.relnamespace::regnamespace::text ~ '^(pg_|information_schema$|domainflow(_generated)?$)' OR c.relpersistence = 't'$$, 'no indexes of others');
SELECT is_empty($$SELECT k.foreign_key FROM domainflow._foreign_key_indexes() AS k JOIN pg_class AS c ON c.oid = k.relation
                   WHERE c.relnamespace::regnamespace::text ~ '^(pg_|information_schema$|domainflow(_generated)?$)' OR c.relpersistence = 't'$$, 'no foreign keys of others');

-- Indexes. What is kept comes after the arrow.
CREATE TABLE ix (a int, b int, c int, d int, e int, f int, g tsvector, h int4range);
CREATE INDEX ix_invalid ON ix (a, b);
CREATE INDEX ix_ab ON ix (a, b);
CREATE INDEX ix_ab_invalid ON ix (a, b);
UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('ix_invalid'::regclass, 'ix_ab_invalid'::regclass);
CREATE UNIQUE INDEX ix_unique_a ON ix (a);
CREATE UNIQUE INDEX ix_unique_af ON ix (a, f);
CREATE INDEX ix_wide_cd ON ix (c, d);
ALTER TABLE ix ADD CONSTRAINT ix_constraint_c UNIQUE (c);
CREATE INDEX ix_plain_c ON ix (c);
CREATE INDEX ix_brin_d ON ix USING brin (d);
CREATE INDEX ix_brin_de ON ix USING brin (d, e);
CREATE INDEX ix_hash_f ON ix USING hash (f);
CREATE INDEX ix_hash_f_again ON ix USING hash (f);
CREATE INDEX ix_e_include ON ix (e) INCLUDE (f);
CREATE INDEX ix_ef ON ix (e, f);
CREATE INDEX ix_ef_include ON ix (e, f) INCLUDE (a);
ALTER TABLE ix ADD CONSTRAINT ix_exclusion EXCLUDE USING gist (h WITH &&);
CREATE INDEX ix_gist_h ON ix USING gist (h);
CREATE TABLE identity (a int NOT NULL, b int);
CREATE UNIQUE INDEX identity_index ON identity (a);
ALTER TABLE identity REPLICA IDENTITY USING INDEX identity_index, ADD PRIMARY KEY (a);
-- Two that could be kept, neither of them needless, made in either order.
CREATE TABLE choice (a int, b int, c int, d int);
ALTER TABLE choice ADD CONSTRAINT choice_first_a UNIQUE (a);
CREATE INDEX choice_abc ON choice (a, b, c);
CREATE INDEX choice_a ON choice (a);
CREATE INDEX choice_bcd ON choice (b, c, d);
CREATE INDEX choice_bd ON choice (b, d);
CREATE INDEX choice_b ON choice (b);
CREATE INDEX choice_ca ON choice (c, a);
CREATE INDEX choice_cbd ON choice (c, b, d);
CREATE INDEX choice_c ON choice (c);
CREATE TABLE nulls (a int);
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        CREATE UNIQUE INDEX nulls_distinct ON cat.nulls (a);
        EXECUTE 'CREATE UNIQUE INDEX nulls_alike ON cat.nulls (a) NULLS NOT DISTINCT';
    END IF;
END
$$;
CREATE INDEX parted_a ON parted (a);
CREATE INDEX parted_a_again ON parted (a);
CREATE INDEX empty_a ON empty (a);
SELECT set_eq($$SELECT x.name || COALESCE(' -> ' || k.name || ' ' || x.redundancy, '') AS n FROM domainflow._user_indexes() AS x
                  LEFT JOIN pg_class AS c ON c.oid = x.kept CROSS JOIN LATERAL (SELECT c.relname::text) AS k (name) WHERE x.name ^@ 'cat.' AND x.name !~ 'nulls'$$,
    $$SELECT 'cat.' || n FROM unnest(ARRAY['plain_pkey', 'ix_invalid', 'ix_ab', 'ix_ab_invalid', 'ix_unique_a', 'ix_unique_af', 'ix_constraint_c',
        'ix_plain_c -> ix_constraint_c exact', 'ix_wide_cd', 'ix_brin_d', 'ix_brin_de', 'ix_hash_f', 'ix_hash_f_again -> ix_hash_f exact', 'ix_e_include', 'ix_ef', 'ix_ef_include',
        'ix_exclusion', 'ix_gist_h', 'identity_index', 'identity_pkey', 'choice_first_a', 'choice_abc', 'choice_a -> choice_first_a exact', 'choice_bcd', 'choice_bd',
        'choice_b -> choice_bd prefix', 'choice_ca', 'choice_cbd', 'choice_c -> choice_ca prefix', 'parted_a', 'parted_a_again -> parted_a exact', 'empty_a']) AS n$$, 'indexes');
SELECT is(count(*), CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN 2::bigint ELSE 0 END, 'nulls that are alike and nulls that are not are two constraints')
  FROM domainflow._user_indexes() AS x WHERE x.name ^@ 'cat.nulls' AND x.kept IS NULL;
SELECT results_eq($$SELECT x.bytes FROM domainflow._user_indexes() AS x WHERE x.name = 'cat.parted_a'$$,
    $$SELECT sum(pg_relation_size(i.inhrelid))::bigint FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
       WHERE c.relkind = 'i' AND i.inhparent IN ('parted_a'::regclass, 'parted_2_a_idx'::regclass)$$, 'a partitioned index is as large as its parts');

-- Foreign keys of ordinary tables and partitions; what serves them comes after the arrow.
CREATE TABLE target (id bigint PRIMARY KEY);
CREATE TABLE target_parted (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE target_1 PARTITION OF target_parted FOR VALUES FROM (0) TO (10);
CREATE TABLE target_2 PARTITION OF target_parted FOR VALUES FROM (10) TO (20);
CREATE TABLE to_parted (t bigint CONSTRAINT to_parted REFERENCES target_parted, u bigint CONSTRAINT no_key CHECK (u > 0));
CREATE TABLE from_parted (t bigint CONSTRAINT from_parted REFERENCES target, u bigint) PARTITION BY RANGE (t);
CREATE TABLE from_1 PARTITION OF from_parted FOR VALUES FROM (0) TO (10);
CREATE TABLE from_2 PARTITION OF from_parted FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (t);
CREATE TABLE from_21 PARTITION OF from_2 FOR VALUES FROM (10) TO (15);
ALTER TABLE from_1 ADD CONSTRAINT own FOREIGN KEY (u) REFERENCES target;
CREATE INDEX from_1_index ON from_1 (t);
CREATE TABLE whole_parted (t bigint CONSTRAINT whole_parted REFERENCES target) PARTITION BY RANGE (t);
CREATE INDEX whole_index ON whole_parted (t);
CREATE TABLE odd (oid bigint CONSTRAINT odd_first REFERENCES target, relname bigint CONSTRAINT odd_second REFERENCES target, b bigint, "B ""c" bigint CONSTRAINT odd_named REFERENCES target);
CREATE INDEX odd_brin ON odd USING brin (oid);
CREATE INDEX odd_partial ON odd (relname) WHERE b IS NOT NULL;
CREATE INDEX odd_named ON odd ("B ""c", oid) WHERE "B ""c" IS NOT NULL;
SELECT set_eq($$SELECT k.conname::text AS k, f.relation::regclass::text AS r, f.index::regclass::text AS i FROM domainflow._foreign_key_indexes() AS f
                  JOIN pg_constraint AS k ON k.oid = f.foreign_key JOIN pg_class AS c ON c.oid = f.relation WHERE c.relnamespace = 'cat'::regnamespace$$,
    $$VALUES ('to_parted', 'to_parted', NULL), ('from_parted', 'from_1', 'from_1_index'), ('from_parted', 'from_21', NULL), ('whole_parted', 'whole_parted', 'whole_index'),
             ('odd_first', 'odd', NULL), ('odd_second', 'odd', NULL), ('odd_named', 'odd', 'odd_named')$$, 'foreign keys');

SELECT * FROM finish();
ROLLBACK;
