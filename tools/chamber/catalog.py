"""All climates, in order: name, what it shares with others (its group), whether it belongs to the short form, and what it does."""
import collections
import functools

from . import attacks, calls, clock, hostile, rooms, settings, topologies, ways
from .servers import Server, TEMPLATE, migrated

Climate = collections.namedtuple("Climate", "name short group run")


def by_room(differences, covered):
    """(room, text) pairs as {room: [text]}; rooms that were covered and have none get an empty list."""
    found = {room: [] for room in covered}
    for room, text in differences:
        found.setdefault(room if room in rooms.rooms() else "all", []).append(text)
    return found


def tests(server, database, options="", environment=None, only=None, judge=None):
    """All pgTAP files of all rooms in one database. `judge` makes differences of what a session said besides."""
    found = {}
    for room, files in rooms.rooms().items():
        found[room] = []
        for file in files:
            if only and file not in only:
                continue
            difference, said = rooms.run_file(server.client, server.database(database), file, options, environment)
            if difference:
                found[room].append(f"{file.relative_to(rooms.PROJECT)}: {difference}")
            found[room] += [f"{file.relative_to(rooms.PROJECT)}: {text}" for text in (judge(said) if judge else [])]
    return found


def under(names, server):
    """The tests under these settings, an installation under them, and the drift check under them."""
    options = settings.options(names, server.version)
    database = server.copy()
    found = tests(server, database, options)
    if len(names) > 1:
        # Which of them it is.
        for room, differences in found.items():
            if differences:
                files = {file for file in rooms.rooms()[room] for text in differences if text.startswith(str(file.relative_to(rooms.PROJECT)))}
                for name in names:
                    alone = tests(server, database, settings.options([name], server.version), only=files)[room]
                    found[room] += [f"({name} alone) {text}" for text in alone]
    server.drop(database)
    found["meta"] += installed_under(server, options)
    return found


def installed_under(server, options):
    """`migrate up` under settings makes the same catalog, and the drift check says the same."""
    import os
    from private_server import PROJECT, run
    from .servers import PROGRAM
    database = f"climate_installed_{server.count}"
    server.psql("postgres", "-c", f"CREATE DATABASE {database}")
    environment = {**os.environ, "PGOPTIONS": options}
    run([PROGRAM, "migrate", "up", "--dir", PROJECT / "sql", "--database-url", server.database(database)], env=environment)
    question = "SELECT domainflow.catalog_fingerprint() || (SELECT count(*) FROM domainflow.catalog_drift())"
    expected = server.psql(TEMPLATE, "-c", question)
    answers = {"installed under the settings": server.psql(database, "-c", question),
               "asked under the settings": run([server.client, "-XAtq", server.database(database), "-c", question], env=environment).strip()}
    server.drop(database)
    return [f"catalog_fingerprint() and number of drifts, {how}: {answer}, expected {expected}" for how, answer in answers.items() if answer != expected]


def hostile_names(server):
    database = server.copy()
    hostile.install(server, database, arithmetic=False)
    found = tests(server, database, hostile.OPTION, judge=hostile.captured)
    server.drop(database)
    return found


class Logins(Server):
    """A server whose template has the rows and logins of calls.py."""

    way_name = "steps"
    way, role = ways.WAYS[way_name]

    def __enter__(self):
        super().__enter__()
        prepare_logins(self)
        return self


def prepare_logins(server):
    server.attacked, server.reached = {}, set()
    server.prepared = server.copy("climate_prepared")
    calls.prepare(server, server.prepared)
    hostile.install(server, server.prepared)
    hostile.control(server, server.prepared)


class Way(ways.WayIn):
    """The same on a server of a version, installed by one of the ways in."""

    def __enter__(self):
        super().__enter__()
        prepare_logins(self)
        return self


@functools.cache
def way_group(major, way):
    """A group of one: the server is made when its turn comes."""
    def begin():
        return Way(major, way)
    begin.__name__ = f"PostgreSQL {major}, {way}"
    return begin


def called(server):
    return by_room(calls.permitted(server, server.prepared), rooms.rooms())


def called_in(kind, server):
    return by_room(calls.attacked(server, kind), rooms.rooms())


ATTACKS = {"attacks": attacks.files, "attacks by definers": attacks.definers, "attacks before install": attacks.before_install,
           "attacks before upgrade": attacks.before_upgrade}


def climates():
    made = [Climate(f"settings: {group}", True, settings_group(number), functools.partial(under, names))
            for number, (group, names) in enumerate(settings.GROUPS.items())]
    made.append(Climate("hostile search_path", True, settings_group(1), hostile_names))
    made += [
        Climate("roles: what each may", True, Logins, called),
        Climate("roles: a login without any", True, Logins, lambda server: by_room(calls.denied(server, server.prepared), rooms.rooms())),
        Climate("roles: hostile names", True, Logins, functools.partial(called_in, "names")),
        Climate("roles: hostile types", True, Logins, functools.partial(called_in, "types")),
        Climate("roles: temporary shadows", True, Logins, functools.partial(called_in, "shadows")),
        # Upgrades are in the full form only, by each way in.
        *(Climate(name, True, Logins, run) for name, run in ATTACKS.items() if run != attacks.before_upgrade),
        Climate("clock set back", True, clock.Clock, clock.set_back),
    ]
    made += [Climate(name, False, settings_group(2 + number % 2), functools.partial(under, [name]))
             for number, name in enumerate(settings.ALONE)]
    made += [Climate(f"{name}: {major}, {way}", False, way_group(major, way), run)
             for major in (15, 16, 18) for way in ways.WAYS for name, run in ATTACKS.items()]
    made.append(Climate("clock ten years ahead", False, clock.Clock, clock.ten_years))
    made += [Climate(name, False, topologies.Locales, functools.partial(topologies.locale, name, tests)) for name in topologies.LOCALES]
    made += [Climate(f"PostgreSQL {major}", False, topologies.version(major), functools.partial(topologies.whole, tests)) for major in (14, 16, 18)]
    made.append(Climate("PgBouncer", False, topologies.Pooler, topologies.pooled))
    made += [Climate(name, False, topology_group(name), functools.partial(alone, run))
             for name, run in (("standby", topologies.standby), ("logical subscriber", topologies.subscriber),
                               ("restored, lower transaction ids", topologies.restored), ("pg_upgrade 15 to 16", topologies.upgraded))]
    made += [Climate("scenarios", False, scenario_group(), functools.partial(topologies.scenarios, False)),
             Climate("scenarios, pinned horizon", False, scenario_group(), functools.partial(topologies.scenarios, True))]
    return made


def alone(run, place):
    """A climate that makes its own servers and covers all rooms."""
    return by_room(run(place), rooms.rooms())


@functools.cache
def topology_group(name):
    return type(name, (topologies.Nothing,), {})


@functools.cache
def scenario_group():
    return type("Scenarios", (Server,), {})


@functools.cache
def settings_group(number):
    """Groups of their own are what runs beside each other."""
    return type(f"Settings{number}", (Server,), {})
