\set id random(1, 100000)
UPDATE public.account SET balance = balance + 1, version = version + 1 WHERE id = :id::int RETURNING version;
