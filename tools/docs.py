#!/usr/bin/env python3
"""Checks the names in the documentation; tools/docs.sh calls it with a database that contains DomainFlow.

Files: each relative link, path in backticks and path in a code block must name an existing file, and a versioned script must be the newest.
Functions: the table of docs/<room>.md lists the public functions of the room, as `name(argument [, optional argument])`, and the roles
that may call each; names, arguments and roles must match the catalog. Each SQLSTATE must be in the registry.

usage: tools/docs.py page ...
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_README_LINES = 149
FOLDERS = r"\.ci|Plugins|Scenarios|Snippets|Sources|Tests|bench|deploy|docs|extension|sql|tools"
PATH = re.compile(rf"(?<![\w./-])(?:(?:{FOLDERS})/[\w./+-]*|Makefile\b|[A-Z]+\.md\b)(?=(.?))", re.S)
ROW = re.compile(r"^\| `(\w+)\((.*?)\)` \| (.+) \| ([a-z, ]+) \|$", re.M)
problems = []


def query(text):
    run = subprocess.run(["psql", "-XAtq", "-F", "|", "-c", text], check=True, capture_output=True, text=True)
    return [line.split("|") for line in run.stdout.splitlines()]


def named_files(page, text):
    """Pairs of the text on the page and the file that it names."""
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", link):
            yield link, page.parent / link.split("#")[0]
    for code in re.findall(r"^```.*?^```|`[^`\n]+`", text, re.M | re.S):
        for match in PATH.finditer(code):
            # A placeholder, as in sql/functions/<room>/, stands for any file in the folder.
            placeholder = match[1] and match[1] in "<*{…"
            yield match[0], ROOT / (match[0].rpartition("/")[0] if placeholder else match[0].rstrip("."))


def check_files(page, text):
    for name, path in named_files(page, text):
        if not path.exists():
            problems.append(f"{page.relative_to(ROOT)}: {name} does not exist")
    newest = re.search(r"^default_version *= *'([^']+)'", (ROOT / "extension/domainflow.control").read_text(), re.M)[1]
    for name, version in re.findall(r"(domainflow-[-\d.]*?(\d+\.\d+\.\d+)(?:\.plain)?\.sql)", text):
        if version != newest:
            problems.append(f"{page.relative_to(ROOT)}: {name} is not of the newest version, {newest}")


def check_functions(page, text, catalog):
    room = page.stem
    names = {path.stem for path in (ROOT / "sql/functions" / room).glob("*.sql") if not path.stem.startswith("_")}
    rows = {name: (arguments, roles) for name, arguments, _, roles in ROW.findall(text)}
    for name in sorted(names ^ set(rows)):
        problems.append(f"docs/{room}.md: {name} is {'missing from the table' if name in names else 'not a public function of the room'}")
    for name in sorted(names & set(rows)):
        for found, true, what in zip(rows[name], catalog[name], ("arguments", "roles")):
            if found != true:
                problems.append(f"docs/{room}.md: the {what} of {name} are ({true}), not ({found})")


def main():
    pages = [pathlib.Path(name).resolve() for name in sys.argv[1:]]
    known = {state for state, in query("SELECT e.sqlstate FROM domainflow.error_codes() AS e")}
    # Optional arguments come last.
    catalog = {name: (arguments, roles) for name, arguments, roles in query("""
        SELECT p.proname,
               regexp_replace(concat(array_to_string(a.names[:a.required], ', '), ' [, ' || NULLIF(array_to_string(
                   a.names[a.required + 1:], ', '), '') || ']'), '^ \\[, ', '['),
               (SELECT string_agg(substr(g.grantee::regrole::text, 12), ', ' ORDER BY g.grantee::regrole::text)
                  FROM aclexplode(p.proacl) AS g WHERE g.grantee <> p.proowner)
          FROM pg_proc AS p
         CROSS JOIN LATERAL (
               SELECT ARRAY(SELECT substr(n.name, 3) FROM unnest(p.proargnames) WITH ORDINALITY AS n (name, place)
                             WHERE n.place <= p.pronargs OR p.proargmodes[n.place] = 'i' ORDER BY n.place),
                      p.pronargs - p.pronargdefaults) AS a (names, required)
         WHERE p.pronamespace = 'domainflow'::regnamespace AND p.proname !~ '^_'""")}
    for page in pages:
        text = page.read_text()
        check_files(page, text)
        if (ROOT / "sql/functions" / page.stem).is_dir() and page.parent == ROOT / "docs":
            check_functions(page, text, catalog)
        for state in sorted(set(re.findall(r"\bDF\d{3}\b", text)) - known):
            problems.append(f"{page.relative_to(ROOT)}: SQLSTATE {state} is not in the registry")
    for room in (ROOT / "sql/functions").iterdir():
        if not (ROOT / f"docs/{room.name}.md").is_file():
            problems.append(f"docs/{room.name}.md does not exist")
    lines = len((ROOT / "README.md").read_text().splitlines())
    if lines > MOST_README_LINES:
        problems.append(f"README.md has {lines} lines; the limit is {MOST_README_LINES}")
    print("\n".join(problems) or f"docs: the names in {len(pages)} pages are correct", file=sys.stderr if problems else sys.stdout)
    return 1 if problems else 0


sys.exit(main())
