-- Reads the version, then updates through the generated function; the new data is a parameter, as a client sends it.
\set id random(1, 100000)
SELECT version FROM bench.account WHERE id = :id \gset
SELECT domainflow_generated.atomic_update_account_state(:id, :version, :data::jsonb) AS result;
