"""The attack files, and what prepared a database before DomainFlow came into it."""
import os
import pathlib
import re
import subprocess

from private_server import PROJECT

from . import rooms
from .servers import PROGRAM

RIGHTS = """
    SELECT format('%s: superuser %s, createrole %s, createdb %s, replication %s, bypassrls %s; member of %s', r.rolname, r.rolsuper, r.rolcreaterole,
                  r.rolcreatedb, r.rolreplication, r.rolbypassrls,
                  (SELECT COALESCE(string_agg(m.roleid::regrole::text, ', ' ORDER BY m.roleid::regrole::text), 'nothing') FROM pg_auth_members AS m WHERE m.member = r.oid))
      FROM pg_roles AS r WHERE r.rolname !~ '^pg_' ORDER BY 1"""

FOREIGN = """
    SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend AS d
      JOIN pg_namespace AS n ON n.oid = d.refobjid AND d.refclassid = 'pg_namespace'::regclass
      JOIN pg_shdepend AS s ON s.classid = d.classid AND s.objid = d.objid AND s.refobjid = 'climate_squatter'::regrole
     WHERE n.nspname ~ '^domainflow'
    UNION ALL
    SELECT format('column %s of %s has type %s', a.attname, c.relname, a.atttypid::regtype) FROM pg_attribute AS a
      JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE c.relnamespace::regnamespace::text ~ '^domainflow' AND t.typowner = 'climate_squatter'::regrole
    UNION ALL
    SELECT format('function %s has a type of schema %s', p.oid::regprocedure, t.typnamespace::regnamespace) FROM pg_proc AS p
      JOIN pg_type AS t ON t.oid = ANY (p.proargtypes) OR t.oid = p.prorettype
     WHERE p.pronamespace::regnamespace::text ~ '^domainflow' AND t.typowner = 'climate_squatter'::regrole"""


def files(server):
    """Each pgTAP file of Tests/Attacks, in a database that has rows and logins; none may leave a right behind."""
    differences = []
    for file in rooms.attacks():
        database = server.copy(template=server.prepared)
        before = server.psql("postgres", "-c", RIGHTS)
        difference, _ = rooms.run_file(server.client, server.database(database), file)
        if difference:
            differences.append(f"{file.relative_to(PROJECT)}: {difference}")
        if server.psql("postgres", "-c", RIGHTS) != before:
            differences.append(f"{file.relative_to(PROJECT)}: rights or roles are not as they were")
        server.drop(database)
    return {"all": differences}


def before_install(server):
    """Each file of Tests/Attacks/before-install as a database's owner who is no superuser; then a superuser installs. Refused or not:
    the owner has no more rights than before, and nothing in our schemas is of the owner's making."""
    differences = []
    server.psql("postgres", "-c", "CREATE ROLE climate_squatter LOGIN")
    for file in sorted((PROJECT / "Tests/Attacks/before-install").glob("*.sql")):
        database = f"climate_squat_{file.stem}"
        server.psql("postgres", "-c", f"CREATE DATABASE {database} OWNER climate_squatter")
        server.psql(database, "-f", file, user="climate_squatter")
        before = server.psql("postgres", "-c", RIGHTS)
        done = subprocess.run([str(PROGRAM), "migrate", "up", "--dir", str(PROJECT / "sql"), "--database-url", server.database(database)],
                              capture_output=True, text=True, check=False, env={**os.environ})
        said = done.stdout + done.stderr
        expected = re.search(r"^-- expect: (\w+)", file.read_text(), re.M)
        if expected and (expected[1] == "installs") != (done.returncode == 0) or expected and expected[1] not in ("installs", "refused") and expected[1] not in said:
            differences.append(f"{file.name}: expected {expected[1]}, got exit {done.returncode}: {said.strip()[-300:]}")
        if done.returncode == 0:
            # The owner's traps may also wait for calls, and for whoever looks; we look under a search_path of our own.
            server.psql(database, "-c", "SELECT domainflow.create_queue('q'), domainflow.enqueue_job('q', 'k')", "-c",
                        "SELECT domainflow.log_authorization_decision('u', 't', 'r', 'a', 'allow')", "-c", "SELECT domainflow.maintain()")
            foreign = server.psql(database, "-c", "SET search_path = pg_catalog, pg_temp", "-c", FOREIGN)
            if foreign:
                differences.append(f"{file.name}: of the owner's making in our schemas: {foreign[:300]}")
        after = server.psql("postgres", "-c", RIGHTS)
        gained = sorted(line for line in set(after.splitlines()) - set(before.splitlines()) if not line.startswith("domainflow_"))
        if gained:
            differences.append(f"{file.name}: rights gained: {gained}")
        server.psql("postgres", "-c", f'DROP DATABASE "{database}" WITH (FORCE)')
    return {"all": differences}
