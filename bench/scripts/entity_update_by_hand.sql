-- Reads the version, then updates as a careful developer writes it; the new value is a parameter.
\set id random(1, 100000)
SELECT version FROM bench.account WHERE id = :id \gset
UPDATE bench.account SET balance = :balance, version = version + 1 WHERE id = :id AND version = :version RETURNING version;
