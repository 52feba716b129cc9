"""Prints the line coverage of the Swift files below Sources, from the JSON that `swift test --enable-code-coverage` writes.

usage: coverage.py MINIMUM_PERCENT FILE     exits with 1 if the total is below the minimum
"""
import json
import os
import sys

minimum, path = float(sys.argv[1]), sys.argv[2]
root = os.path.join(os.getcwd(), "Sources") + os.sep
targets = {}
rows = []
with open(path, encoding="utf-8") as file:
    for entry in json.load(file)["data"][0]["files"]:
        if not entry["filename"].startswith(root):
            continue
        lines = entry["summary"]["lines"]
        name = entry["filename"][len(root):]
        rows.append((name, lines["covered"], lines["count"]))
        total = targets.setdefault(name.split(os.sep)[0], [0, 0])
        total[0] += lines["covered"]
        total[1] += lines["count"]


def percent(covered, count):
    return 100 * covered / count if count else 100.0


for name, covered, count in sorted(rows, key=lambda row: percent(row[1], row[2])):
    print(f"{percent(covered, count):6.1f} %  {covered:5}/{count:<5}  {name}")
print()
for name, (covered, count) in sorted(targets.items()):
    print(f"{percent(covered, count):6.1f} %  {covered:5}/{count:<5}  {name}")
covered, count = (sum(total[i] for total in targets.values()) for i in (0, 1))
print(f"{percent(covered, count):6.1f} %  {covered:5}/{count:<5}  all of Sources; the minimum is {minimum:g} %")
sys.exit(0 if count and percent(covered, count) >= minimum else 1)
