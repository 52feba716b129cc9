-- The same as entity_update_by_hand.sql for a client that has the new data as a document, as the function's callers do.
\set id random(1, 100000)
SELECT version FROM bench.account WHERE id = :id \gset
UPDATE bench.account SET balance = (:data::jsonb ->> 'balance')::bigint, version = version + 1 WHERE id = :id AND version = :version RETURNING version;
