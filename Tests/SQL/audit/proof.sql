-- Roots and proofs of the audit tree against RFC 6962 and the verification of RFC 9162, written out here.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);
-- The definition: MTH(D[n]) splits at the largest power of two below n.
CREATE FUNCTION pg_temp.mth(p_from bigint, p_to bigint) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    v_k bigint := 1;
BEGIN
    IF p_to - p_from = 1 THEN
        RETURN (SELECT l.leaf_hash FROM domainflow.audit_leaf AS l WHERE l.leaf_index = p_from);
    END IF;
    WHILE v_k * 2 < p_to - p_from LOOP
        v_k := v_k * 2;
    END LOOP;
    RETURN sha256(decode('01', 'hex') || pg_temp.mth(p_from, p_from + v_k) || pg_temp.mth(p_from + v_k, p_to));
END
$$;
CREATE FUNCTION pg_temp.node(p_left bytea, p_right bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT sha256(decode('01', 'hex') || p_left || p_right) $$;
-- RFC 9162 2.1.3.2.
CREATE FUNCTION pg_temp.is_included(p_index bigint, p_size bigint, p_leaf text, p_root text, p_proof text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_fn bigint := p_index;
    v_sn bigint := p_size - 1;
    v_hash bytea := decode(p_leaf, 'hex');
    v_step text;
BEGIN
    FOREACH v_step IN ARRAY p_proof LOOP
        IF v_sn = 0 THEN RETURN false; END IF;
        IF v_fn % 2 = 1 OR v_fn = v_sn THEN
            v_hash := pg_temp.node(decode(v_step, 'hex'), v_hash);
            WHILE v_fn % 2 = 0 AND v_fn > 0 LOOP
                v_fn := v_fn / 2; v_sn := v_sn / 2;
            END LOOP;
        ELSE
            v_hash := pg_temp.node(v_hash, decode(v_step, 'hex'));
        END IF;
        v_fn := v_fn / 2; v_sn := v_sn / 2;
    END LOOP;
    RETURN v_sn = 0 AND encode(v_hash, 'hex') = p_root;
END
$$;
-- RFC 9162 2.1.4.2.
CREATE FUNCTION pg_temp.is_consistent(p_old bigint, p_old_root text, p_new bigint, p_new_root text, p_proof text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_proof text[] := p_proof;
    v_fn bigint := p_old - 1;
    v_sn bigint := p_new - 1;
    v_fr bytea;
    v_sr bytea;
    v_step text;
BEGIN
    IF p_old = p_new THEN RETURN cardinality(p_proof) = 0 AND p_old_root = p_new_root; END IF;
    IF p_old & (p_old - 1) = 0 THEN v_proof := p_old_root || v_proof; END IF;
    WHILE v_fn % 2 = 1 LOOP
        v_fn := v_fn / 2; v_sn := v_sn / 2;
    END LOOP;
    v_fr := decode(v_proof[1], 'hex');
    v_sr := v_fr;
    FOREACH v_step IN ARRAY v_proof[2:] LOOP
        IF v_sn = 0 THEN RETURN false; END IF;
        IF v_fn % 2 = 1 OR v_fn = v_sn THEN
            v_fr := pg_temp.node(decode(v_step, 'hex'), v_fr);
            v_sr := pg_temp.node(decode(v_step, 'hex'), v_sr);
            WHILE v_fn % 2 = 0 AND v_fn > 0 LOOP
                v_fn := v_fn / 2; v_sn := v_sn / 2;
            END LOOP;
        ELSE
            v_sr := pg_temp.node(v_sr, decode(v_step, 'hex'));
        END IF;
        v_fn := v_fn / 2; v_sn := v_sn / 2;
    END LOOP;
    RETURN encode(v_fr, 'hex') = p_old_root AND encode(v_sr, 'hex') = p_new_root AND v_sn = 0;
END
$$;

-- The test vectors of Certificate Transparency: eight inputs, and the empty tree.
SELECT is(encode(domainflow._merkle_hash(0, 0), 'hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'the empty tree');
SELECT is(encode(domainflow._merkle_fold((SELECT string_agg(sha256(decode('00' || d.input, 'hex')), ''::bytea ORDER BY d.n)
                                            FROM unnest(ARRAY['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'])
                                                 WITH ORDINALITY AS d (input, n) WHERE d.n <= v.size)), 'hex'), v.root, format('the vector of %s leaves', v.size))
  FROM (VALUES (1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'), (2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'),
               (7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'), (8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')) AS v (size, root);
SELECT throws_ok('SELECT * FROM domainflow.audit_inclusion_proof(gen_random_uuid())', 'DF301', NULL, 'nothing is sealed');

CREATE TEMPORARY TABLE leaf AS SELECT g AS leaf_index, gen_random_uuid() AS id FROM generate_series(0, 2199) AS g;
INSERT INTO domainflow.audit_leaf SELECT l.leaf_index, l.id, now(), sha256(int8send(l.leaf_index)), 1 FROM leaf AS l;
SELECT domainflow._add_merkle_nodes(0, 700), domainflow._add_merkle_nodes(700, 1500), domainflow._add_merkle_nodes(1500, 2200);
INSERT INTO domainflow.audit_head (number, size, root, sealed_at, system, snapshot) VALUES (1, 2200, domainflow._merkle_hash(0, 2200), now(), 'test', '9:9:');
SELECT is((SELECT count(*) FROM domainflow.audit_node), 2::bigint, 'full blocks are stored once');
CREATE TEMPORARY TABLE size AS SELECT s, encode(pg_temp.mth(0, s), 'hex') AS root FROM (SELECT generate_series(1, 12) AS s UNION VALUES (64), (1023), (1024), (1025), (2048), (2049), (2200)) AS s;
SELECT is_empty($$SELECT s FROM size WHERE encode(domainflow._merkle_hash(0, s), 'hex') <> root$$, 'roots are those of the RFC');
SELECT is_empty($$SELECT s, l.leaf_index FROM size, leaf AS l,
                         LATERAL domainflow.audit_inclusion_proof(l.id, s) AS p
                   WHERE l.leaf_index < s AND (s <= 12 OR l.leaf_index IN (0, 1, 511, 1023, 1024, 2047, 2048, s - 2, s - 1))
                     AND NOT pg_temp.is_included(l.leaf_index, s, encode(sha256(int8send(l.leaf_index)), 'hex'), size.root, p.proof)$$,
                'every leaf is proved in every tree');
SELECT is_empty($$SELECT o.s, n.s FROM size AS o, size AS n, LATERAL domainflow.audit_consistency_proof(o.s, n.s) AS p
                   WHERE o.s <= n.s AND NOT pg_temp.is_consistent(o.s, o.root, n.s, n.root, p.proof)$$,
                'every tree is the beginning of every later one');
SELECT ok(NOT pg_temp.is_included(p.leaf_index, p.size, encode(sha256('other'), 'hex'), p.root, p.proof), 'another leaf is not proved')
  FROM domainflow.audit_inclusion_proof((SELECT l.id FROM leaf AS l WHERE l.leaf_index = 5)) AS p;
SELECT is(p.receipt, NULL, 'without its row there is no receipt') FROM domainflow.audit_inclusion_proof((SELECT l.id FROM leaf AS l WHERE l.leaf_index = 5)) AS p;
SELECT results_eq('SELECT h.number, h.size, h.root, cardinality(h.blocks) FROM domainflow.audit_head() AS h',
                  $$SELECT 1::bigint, 2200::bigint, encode(pg_temp.mth(0, 2200), 'hex'), 3$$, 'the head with its blocks');
SELECT is(h.blocks, ARRAY[encode(pg_temp.mth(0, 1024), 'hex'), encode(pg_temp.mth(1024, 2048), 'hex'), encode(pg_temp.mth(2048, 2200), 'hex')], 'the last one as far as it goes')
  FROM domainflow.audit_head() AS h;
SELECT is((SELECT h.blocks FROM domainflow.audit_head(false) AS h), NULL, 'or without');
SELECT throws_ok(format('SELECT * FROM domainflow.%s', c.call), c.code, NULL, c.call)
  FROM (VALUES ('audit_inclusion_proof(gen_random_uuid())', 'DF301'), ('audit_inclusion_proof(NULL, 2201)', 'DF204'), ('audit_consistency_proof(NULL)', 'DF202'),
               ('audit_consistency_proof(0)', 'DF204'), ('audit_consistency_proof(20, 19)', 'DF204')) AS c (call, code);
SET LOCAL ROLE domainflow_admin;
SELECT lives_ok('SELECT * FROM domainflow.audit_consistency_proof(5)', 'an administrator may, as an auditor may');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
