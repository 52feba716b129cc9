-- Coverage of the PL/pgSQL in schema domainflow, per function, the least covered first; the last row is the total.
-- not_reached lists the source lines of statements that no test reached. Branches are the bodies of IF, CASE, loops and handlers,
-- an ELSE that is not written included; in the total each function counts by its number of statements, or of branches.
\pset footer off
\pset border 1
WITH profiled AS (
    SELECT p.oid::regprocedure AS function,
           count(*) AS statements,
           count(*) FILTER (WHERE s.exec_stmts > 0) AS reached,
           count(DISTINCT (s.parent_stmtid, s.parent_note)) FILTER (WHERE s.parent_note <> 'body') AS branches,
           public.plpgsql_coverage_branches(p.oid) AS branch_share,
           string_agg(DISTINCT s.lineno::text, ',') FILTER (WHERE s.exec_stmts = 0) AS not_reached
      FROM pg_proc AS p
      JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
     CROSS JOIN LATERAL public.plpgsql_profiler_function_statements_tb(p.oid) AS s
     WHERE p.pronamespace = 'domainflow'::regnamespace
     GROUP BY p.oid
), report AS (
    SELECT 1 AS part, replace(f.function::text, 'domainflow.', '') AS function,
           round(100.0 * f.reached / f.statements, 1) AS statements,
           CASE WHEN f.branches > 0 THEN round((100 * f.branch_share)::numeric, 1) END AS branches,
           f.not_reached
      FROM profiled AS f
     UNION ALL
    SELECT 2, 'all functions', round(100.0 * sum(f.reached) / NULLIF(sum(f.statements), 0), 1),
           round((100 * sum(f.branch_share * f.branches) / NULLIF(sum(f.branches), 0))::numeric, 1), NULL
      FROM profiled AS f
)
SELECT r.function, r.statements AS "statements %", r.branches AS "branches %", r.not_reached
  FROM report AS r
 ORDER BY r.part, r.statements, r.branches, r.function;
