#!/usr/bin/env python3
"""The climate chamber: every room's tests under settings, roles, clocks and topologies that the developers' machines do not have.

usage: tools/climate.py [--short] [--list] [climate ...]

Runs each climate (default: all; --short: those in which a release broke) over all rooms and prints a table, climate x room: `ok`, `FAIL`
with its first difference below, `-` where a climate says nothing about a room, or why this machine cannot have the climate. Rooms, test
files, functions and scenarios are found in the folders and in the catalog: a new one takes part by being there. Two climates run at once.
A climate's name may be the beginning of one. Exit 1 when one failed. docs/design/climate.md has the reasons.
"""
import collections
import concurrent.futures
import contextlib
import sys
import threading
import time
import traceback

from chamber import catalog, rooms
from chamber.servers import Skipped

LOCK = threading.Lock()


class Table:
    """Prints a line when a climate ends, and the differences at the end."""

    def __init__(self, climates):
        self.rooms = [*rooms.rooms(), "all"]
        self.width = max(len(climate.name) for climate in climates)
        self.failed, self.skipped, self.cells = [], [], 0
        print(" " * self.width, *(room[:8].ljust(8) for room in self.rooms), "seconds", flush=True)

    def line(self, climate, found, seconds):
        """`found` is {room: differences}; a room that a climate covers has at least an empty list."""
        words = []
        for room in self.rooms:
            words.append(("-" if room not in found else "FAIL" if found[room] else "ok").ljust(8))
        with LOCK:
            self.cells += len(found)
            self.failed += [(climate.name, room, found[room]) for room in found if found[room]]
            print(climate.name.ljust(self.width), *words, f"{seconds:7.1f}", flush=True)

    def skip(self, climate, reason):
        with LOCK:
            self.skipped.append(climate.name)
            print(climate.name.ljust(self.width), "skipped:", reason, flush=True)

    def end(self, seconds):
        for climate, room, differences in self.failed:
            print(f"\n{climate}, {room}:" + "".join(f"\n    {text}" for text in differences[:6])
                  + (f"\n    and {len(differences) - 6} more" if len(differences) > 6 else ""))
        held = self.cells - len(self.failed)
        print(f"\n{held} of {self.cells} cells held, {len(self.skipped)} climates skipped, in {seconds:.0f} s")
        return 1 if self.failed else 0


def run_group(group, climates, table):
    """The climates of a group share what the group sets up: a server, as a rule."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            place = stack.enter_context(group())
        except Skipped as reason:
            for climate in climates:
                table.skip(climate, reason)
            return
        except Exception as error:
            for climate in climates:
                table.line(climate, {"all": [f"{group.__name__} could not be set up: {error}"]}, time.monotonic() - began)
            return
        for climate in climates:
            try:
                found = climate.run(place)
                table.line(climate, {room: list(differences) for room, differences in found.items()}, time.monotonic() - began)
            except Skipped as reason:
                table.skip(climate, reason)
            except Exception as error:
                text = str(error) if isinstance(error, (AssertionError, RuntimeError)) else traceback.format_exc()
                table.line(climate, {"all": [text[-900:]]}, time.monotonic() - began)
            began = time.monotonic()


def main():
    words = sys.argv[1:]
    short = "--short" in words
    wanted = [word for word in words if not word.startswith("--")]
    climates = [climate for climate in catalog.climates()
                if (not short or climate.short) and (not wanted or any(climate.name.startswith(word) for word in wanted))]
    if "--list" in words or not climates:
        print("\n".join(climate.name for climate in climates) or "no such climate")
        sys.exit(0 if climates else 2)
    groups = collections.defaultdict(list)
    for climate in climates:
        groups[climate.group].append(climate)
    began = time.monotonic()
    table = Table(climates)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run_group, group, members, table) for group, members in groups.items()]:
            done.result()
    sys.exit(table.end(time.monotonic() - began))


main()
