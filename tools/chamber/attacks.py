"""The attack files, what prepared a database before DomainFlow came into it or was upgraded in it, and calls of every definer function."""
import re

from private_server import PROJECT

from . import calls, hostile, rooms, ways
from .servers import TEMPLATE, Skipped
from .ways import SQUATTER

# Roles of a whole cluster: what no attack may change.
RIGHTS = """
    SELECT format('%s: superuser %s, createrole %s, createdb %s, replication %s, bypassrls %s; member of %s', r.rolname, r.rolsuper, r.rolcreaterole,
                  r.rolcreatedb, r.rolreplication, r.rolbypassrls,
                  (SELECT COALESCE(string_agg(m.roleid::regrole::text, ', ' ORDER BY m.roleid::regrole::text), 'nothing') FROM pg_auth_members AS m WHERE m.member = r.oid))
      FROM pg_roles AS r WHERE r.rolname !~ '^pg_' ORDER BY 1"""

# What is of the squatter's making in our schemas, or within its reach there.
FOREIGN = """
    SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend AS d
      JOIN pg_namespace AS n ON n.oid = d.refobjid AND d.refclassid = 'pg_namespace'::regclass
      JOIN pg_shdepend AS s ON s.classid = d.classid AND s.objid = d.objid AND s.refobjid = 'climate_squatter'::regrole
     WHERE n.nspname IN ('domainflow', 'domainflow_generated') AND d.classid <> 'pg_extension'::regclass
    UNION ALL
    SELECT format('column %s of %s has type %s', a.attname, c.relname, a.atttypid::regtype) FROM pg_attribute AS a
      JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE c.relnamespace::regnamespace::text ~ '^domainflow' AND t.typowner = 'climate_squatter'::regrole
    UNION ALL
    SELECT format('function %s has a type of schema %s', p.oid::regprocedure, t.typnamespace::regnamespace) FROM pg_proc AS p
      JOIN pg_type AS t ON t.oid = ANY (p.proargtypes) OR t.oid = p.prorettype
     WHERE p.pronamespace::regnamespace::text ~ '^domainflow' AND t.typowner = 'climate_squatter'::regrole
    UNION ALL """ + calls.REACHABLE.format(role=SQUATTER)

DEFINERS = """
    SELECT p.oid::regprocedure, COALESCE(s.calls, 0) FROM pg_proc AS p LEFT JOIN pg_stat_user_functions AS s ON s.funcid = p.oid
     WHERE p.pronamespace IN ('domainflow'::regnamespace, 'domainflow_generated'::regnamespace) AND p.prosecdef ORDER BY 1"""

FINGERPRINT = ("-c", "SET ROLE NONE", "-c", "SET search_path = pg_catalog, pg_temp", "-c", "SELECT domainflow.catalog_fingerprint()")


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


def definers(server):
    """Each definer function that the catalog lists was called, by a role of ours or by a function that it may call, and answered, in sessions
    whose names, types and temporary tables are an attacker's: one that no attack calls is a difference. (What was captured is a
    difference of the climate of the session.)"""
    differences = []
    for kind in calls.SESSIONS:
        differences += [text for _, text in calls.attacked(server, kind)]
    counted = [line.rsplit("|", 1) for line in server.psql(server.prepared, "-c", DEFINERS).splitlines()]
    if not any(count != "0" for _, count in counted):
        differences.append("no call of a definer function was counted: track_functions")
    differences += [f"no attack calls the definer function {identity}" for identity, count in counted if count == "0" and identity not in server.reached]
    return {"all": sorted(set(differences))}


def expected(file, way):
    """`-- expect: installs`, `refused` or an SQLSTATE, or for some ways only: `-- expect trusted extension: DF302`."""
    found = dict(re.findall(r"^-- expect ?([\w ,]*): (\w+)", file.read_text(), re.M))
    return next((found[names] for names in found if way in names.split(", ")), found.get("", "installs"))


def judged(server, file, database, code, said, before):
    """What is wrong after an installation or an upgrade of a database that somebody had prepared."""
    name = f"{file.parent.name}/{file.name}"
    wanted = expected(file, server.way_name)
    if (wanted == "installs") != (code == 0) or wanted not in ("installs", "refused") and wanted not in said:
        yield f"{name}: expected {wanted}, got exit {code}: {said.strip()[-400:]}"
    if code == 0:
        # The traps may also wait for calls, and for whoever looks; we look under a search_path of our own.
        server.psql(database, "-c", "SET ROLE NONE", "-c", "SELECT domainflow.create_queue('q'), domainflow.enqueue_job('q', 'k')", "-c",
                    "SELECT domainflow.log_authorization_decision('u', 't', 'r', 'a', 'allow')", "-c", "SELECT domainflow.maintain()")
        foreign = server.psql(database, "-c", "SET ROLE NONE", "-c", "SET search_path = pg_catalog, pg_temp", "-c", FOREIGN)
        if foreign:
            yield f"{name}: of the attacker's making or within its reach: {foreign[:300]}"
        if server.psql(database, *FINGERPRINT) != server.psql(TEMPLATE, *FINGERPRINT):
            yield f"{name}: the catalog is not that of an installation in an empty database"
    # Whoever migrates later meets what was made for the runner.
    ways.tried([ways.PROGRAM, "migrate", "status", "--dir", ways.checkout()[0] / "sql", "--database-url", server.database(database)])
    # The role that installs acts for domainflow_definer while it does; what it is itself must not change.
    before, after = (set(re.sub(rf"^({ways.MANAGED}: .*); member of .*", r"\1", text, flags=re.M).splitlines())
                     for text in (before, server.psql("postgres", "-c", RIGHTS)))
    gained = sorted(line for line in after - before if not line.startswith("domainflow_"))
    if gained:
        yield f"{name}: rights gained: {gained}"


def squatted(server, folder, prepare):
    """A database for each file of a folder, which `prepare(file, database)` brings to where the installation or upgrade begins, and with it."""
    differences = []
    if not server.psql("postgres", "-c", f"SELECT rolname FROM pg_roles WHERE rolname = '{SQUATTER}'"):
        server.psql("postgres", "-c", f"CREATE ROLE {SQUATTER} LOGIN")
    found = sorted((PROJECT / "Tests/Attacks" / folder).glob("*.sql"))
    for file in found:
        database = f"climate_squat_{file.stem}"
        server.psql("postgres", "-c", f"CREATE DATABASE {database} OWNER {SQUATTER}")
        if server.role not in (None, SQUATTER):
            server.psql("postgres", "-c", f"GRANT CREATE ON DATABASE {database} TO {server.role}")
        before, code, said = prepare(file, database)
        differences += judged(server, file, database, code, said, before)
        server.psql("postgres", "-c", f'DROP DATABASE "{database}" WITH (FORCE)')
    return {"all": differences or ([] if found else [f"no file in {folder}"])}


def before_install(server):
    """Each file of Tests/Attacks/before-install as a database's owner who is no superuser; then it is installed. Refused or not:
    the owner has no more rights than before, and nothing in our schemas is of the owner's making or within its reach."""
    def prepare(file, database):
        server.psql(database, "-f", file, user=SQUATTER)
        return server.psql("postgres", "-c", RIGHTS), *server.way.install(server, database, server.role)
    return squatted(server, "before-install", prepare)


def before_upgrade(server):
    """Each file of Tests/Attacks/before-upgrade, as the login and in the release that it names; then the release is upgraded."""
    if server.role == SQUATTER:
        raise Skipped("only a superuser could create the extension of a release that had no domainflow_definer")

    def prepare(file, database):
        words = dict(re.findall(r"^-- (from|as): (\S+)$", file.read_text(), re.M))
        code, said = server.way.install(server, database, server.role, release=words["from"])
        if code:
            raise RuntimeError(f"{words['from']} cannot be installed: {said[-600:]}")
        server.psql(database, "-f", file, user=words["as"])
        return server.psql("postgres", "-c", RIGHTS), *server.way.upgrade(server, database, server.role)
    return squatted(server, "before-upgrade", prepare)
