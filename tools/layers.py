#!/usr/bin/env python3
"""Fails if a folder depends on a higher one, a type is outside the file named after it, or a folder has too many files.

usage: tools/layers.py [--list]     --list prints every folder with its number of files

A file depends on another if its code names a top-level type or function that the other declares. tools/layers.txt gives the order.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_FILES = 15
KINDS = "struct|class|enum|actor|protocol|typealias|func"
DECLARED = re.compile(rf"^(?!.*\b(?:file)?private\b)(?:@\w+(?:\([^)]*\))? +)*(?:(?:[a-z]+|nonisolated\(\w+\)) +)*?({KINDS}) +(\w+)", re.M)


def code(path):
    """The code without comments and without the text of literals, except for interpolations."""
    text = re.sub(r"//.*", "", path.read_text())
    return re.sub(r'"(?:[^"\\\n(]|\\[^(\n]|\()*"', '""', text)


def layers():
    for line in (ROOT / "tools/layers.txt").read_text().splitlines():
        if line and line[0] != "#":
            module, order = line.split(":", 1)
            yield ROOT / module, {name: place for place, names in enumerate(order.split()) for name in names.split("=")}


def check(module, order, problems):
    files = {path: code(path) for path in sorted(module.rglob("*.swift"))}
    folder = {path: path.relative_to(module).parts[0] if path.parent != module else "." for path in files}
    for name in sorted(set(folder.values()) - set(order)):
        problems.append(f"{module.name}/{name}: tools/layers.txt does not list it")
    declared = {}
    for path, text in files.items():
        for kind, name in DECLARED.findall(text):
            declared.setdefault(name, path)
            if kind not in ("func", "typealias") and path.stem.split("+")[0] != name:
                problems.append(f"{path.relative_to(ROOT)}: {name} belongs in a file named after it")
    for path, text in files.items():
        for name in sorted(set(re.findall(r"\w+", text)) & set(declared)):
            source, target = folder[path], folder[declared[name]]
            if source in order and target in order and order[target] > order[source]:
                problems.append(f"{path.relative_to(ROOT)}: it names {name}, which is in a higher layer: {source} -> {target}")


problems = []
for module, order in layers():
    check(module, order, problems)
counts = collections.Counter(path.parent for top in ("Sources", "Tests") for path in (ROOT / top).rglob("*.swift"))
for folder, count in sorted(counts.items()):
    if "--list" in sys.argv:
        print(f"{count:3} {folder.relative_to(ROOT)}")
    if count > MOST_FILES:
        problems.append(f"{folder.relative_to(ROOT)}: {count} files; the limit is {MOST_FILES}")
print("\n".join(problems) or f"layers: {sum(counts.values())} files in {len(counts)} folders, no dependency runs upwards; the largest folder has {max(counts.values())} files")
sys.exit(1 if problems else 0)
