\set id random(1, 100000)
UPDATE bench.by_hand SET visits = visits + 1, changed_at = clock_timestamp() WHERE id = :id;
