\set id random(1, 100000)
SELECT balance FROM public.account WHERE id = :id::int;
