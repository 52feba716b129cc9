-- The extension installs, says what it is, and lets nobody but its roles execute anything.
CREATE EXTENSION domainflow;
SELECT extversion = domainflow.version() AS same_version, domainflow.version() FROM pg_extension WHERE extname = 'domainflow';
SELECT domainflow.catalog_fingerprint() ~ '^sha256:v2:[0-9a-f]{64}$' AS fingerprint;

-- Every public function, as an application sees it.
SELECT p.proname AS function
  FROM pg_proc AS p
 WHERE p.pronamespace = 'domainflow'::regnamespace AND left(p.proname, 1) <> '_'
 ORDER BY p.proname COLLATE "C";

-- Nothing is executable by PUBLIC.
SELECT p.oid::regprocedure
  FROM pg_proc AS p
 WHERE p.pronamespace = 'domainflow'::regnamespace
   AND EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0);

-- Everything in the schema belongs to the extension.
SELECT c.relname
  FROM pg_class AS c
 WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   -- The sequence of an identity column belongs through its table.
   AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i');

SELECT code, sqlstate, http_status, retryable FROM domainflow.error_codes() ORDER BY sqlstate COLLATE "C" LIMIT 3;
