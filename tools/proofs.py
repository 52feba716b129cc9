#!/usr/bin/env python3
"""Fails if a public function does not name its proof, or if a function with qualified operators does not name its measure.

Proof: the last line of the header comment, `-- Proof: <scenario>, <test>`. Each path must exist, and its file must mention the function.
Measure: a PL/pgSQL function without SET search_path that writes OPERATOR(pg_catalog.=) begins with `-- hot: <measure>`, a measure of
bench/*.py. A generator of such functions may have the line too. SQL functions are exempt: a SET clause would keep them from being inlined.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Released before a measure was required. A file that gains a measure or SET search_path leaves this list; no file is added.
UNMEASURED = set("""
    entity/atomic_update_entity_state state/_judge_transition state/state_at
""".split())


def proof_problems(name, last_line):
    if not (match := re.fullmatch(r"-- Proof: (\S+(?:, \S+)*)", last_line)):
        yield f"the last line of the header is not `-- Proof: <path>, ...`: {last_line}"
        return
    for path in match[1].split(", "):
        if not (ROOT / path).is_file():
            yield f"proof {path} does not exist"
        elif not re.search(rf"\b{name}\b", (ROOT / path).read_text()):
            yield f"proof {path} does not mention {name}"


def hot_problems(function, lines, text):
    hot = lines[0].removeprefix("-- hot: ") if lines[0].startswith("-- hot: ") else None
    # Lines that continue the statement, not text inside a body.
    needed = "OPERATOR(pg_catalog." in text and not re.search(r"^SET search_path", text, re.M) and "\nLANGUAGE plpgsql" in text
    if hot and hot not in MEASURES:
        yield f"bench/*.py has no measure named {hot}"
    if needed and not hot and function not in UNMEASURED:
        yield "uses qualified operators instead of SET search_path, but its first line does not justify them with `-- hot: <measure>`"
    if function in UNMEASURED and (hot or not needed):
        yield "no longer needs its entry in the list UNMEASURED of tools/proofs.py"


MEASURES = set(re.findall(r'@harness\.measure\("([^"]+)"', "".join(p.read_text() for p in (ROOT / "bench").glob("*.py"))))
problems, functions = [], sorted((ROOT / "sql/functions").glob("*/*.sql"))
for path in functions:
    text, function = path.read_text(), f"{path.parent.name}/{path.stem}"
    header = re.match(r"(?:--.*\n)+(?=CREATE )", text)
    lines = header[0].splitlines() if header else [""]
    found = [] if path.stem.startswith("_") else list(proof_problems(path.stem, lines[-1]))
    problems += [f"{path.relative_to(ROOT)}: {problem}" for problem in found + list(hot_problems(function, lines, text))]
for function in sorted(UNMEASURED):
    if not (ROOT / f"sql/functions/{function}.sql").is_file():
        problems.append(f"tools/proofs.py: UNMEASURED names {function}, which does not exist")
print("\n".join(problems) or f"proofs: {len(functions)} files, every public function names its proof")
sys.exit(1 if problems else 0)
