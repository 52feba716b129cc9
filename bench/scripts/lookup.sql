\set id random(1, 100000)
SELECT balance FROM bench.account WHERE id = :id;
