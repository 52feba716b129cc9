\set document random(1, :documents)
SELECT name FROM bench.item WHERE id = :document::text;
