-- One batch is 100 neighbours: two clients never hold parts of each other's batch, so they wait for it or don't meet.
\set first random(0, 999) * 100 + 1
SELECT array_agg(id) AS ids, array_agg(version) AS versions, array_agg(jsonb_build_object('balance', id + version)) AS data FROM bench.account WHERE id BETWEEN :first AND :first + 99 \gset
SELECT count(*) FROM domainflow_generated.atomic_update_account_states(:ids::bigint[], :versions::bigint[], :data::jsonb[]);
