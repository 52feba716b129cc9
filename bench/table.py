"""Prints the table of bench/RESULTS.md from bench-results.jsonl: the newest result of each measure. With --write, replaces the table in that file."""
import json
import re
import subprocess
import sys

from harness import RESULTS, ROOT

newest = {}
for line in RESULTS.read_text().splitlines():
    record = json.loads(line)
    newest[record["name"]] = record


def release(commit):
    """The measured release, and the number of commits after it."""
    described = subprocess.run(["git", "describe", "--tags", commit.split("+")[0]], cwd=ROOT, capture_output=True, text=True)
    name, *more = described.stdout.strip().split("-") if described.returncode == 0 else [commit]
    return name + (f" + {more[0]}" if more else "")


def shown(number):
    return f"{number:,.0f}" if number >= 1000 else f"{number:.4g}"


lines = ["| measure | ours | against | ratio (quartiles) | goal | holds | release + commits |", "|---|---|---|---|---|---|---|"]
for name, r in sorted(newest.items()):
    lines.append(f"| {name} | {shown(r['ours'])} {r['unit']} | {shown(r['theirs'])} | {r['ratio']:.3f} "
                 f"({r['low']:.3f} to {r['high']:.3f}, {r['pairs']}) | {r['goal']} | {'yes' if r['holds'] else 'no'} "
                 f"| {release(r['commit'])} |")
table = "\n".join(lines)
if "--write" in sys.argv:
    page = ROOT / "bench/RESULTS.md"
    text = page.read_text()
    page.write_text(re.sub(r"(<!-- measures: .*? -->\n).*?(<!-- end of measures -->)", lambda m: m[1] + table + "\n" + m[2], text, flags=re.S))
else:
    print(table)
