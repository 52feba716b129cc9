-- Statements that differ in their constants are one.
SELECT domainflow.record_query_performance('SELECT * FROM t WHERE id = 1', 250, 10) IS NOT NULL AS recorded;
SELECT domainflow.record_query_performance('SELECT * FROM t WHERE id = 2', 750, 30) IS NOT NULL AS recorded;
SELECT domainflow.record_query_performance('SELECT now()', 1) IS NOT NULL AS recorded;
SELECT calls, total_ms, mean_ms, max_ms FROM domainflow.get_slow_queries(100);

CREATE TABLE public.parent (id bigint PRIMARY KEY);
CREATE TABLE public.child (id bigint PRIMARY KEY, parent_id bigint NOT NULL REFERENCES public.parent);
INSERT INTO public.parent SELECT generate_series(1, 5000);
INSERT INTO public.child SELECT g, g FROM generate_series(1, 5000) AS g;
ANALYZE public.parent, public.child;
SELECT kind, statement FROM domainflow.generate_optimization_recommendations() WHERE statement ~ '\mchild\M';
DROP TABLE public.child, public.parent;
