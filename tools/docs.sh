#!/usr/bin/env bash
# Runs the commands that README.md and the pages of docs/ show, and checks the names in them (tools/docs.py).
#
# A `console` block is a psql session in a fresh database with DomainFlow: psql must print what the page prints. An `sh` block runs in a
# fresh empty database and must succeed; its `make` lines only have to name a target. Tests/CommandTests/ReadmeTests.swift runs
# the Swift snippet.
# usage: tools/docs.sh [page ...]     default: all pages
set -uo pipefail
cd "$(dirname "$0")/.."
if [ -z "${PGHOST:-}" ]; then exec tools/with-cluster.sh "$0" "$@"; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$(realpath "${DOMAINFLOW:-.build/debug/domainflow}")" "$folder/domainflow"
export PATH=$folder:$PATH
shopt -s nullglob
pages=("$@")
[ $# -gt 0 ] || pages=(README.md docs/*.md docs/*/*.md)
prompt="^domainflow[-=*!('\"\$]+[#>] ?"
passed=0
failed=0
fail() { failed=$((failed + 1)); echo "$1" >&2; }

# Writes a page's blocks in one language to files whose names end with the line number of the block.
blocks() {
    rm -f "$folder"/block.*
    awk -v language="$2" -v out="$folder/block." '
        /^```/ { inside = !inside && $0 == "```" language; if (inside) name = sprintf("%s%05d", out, NR + 1); next }
        inside { print > name }' "$1"
}

fresh_database() {
    psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS docs WITH (FORCE)' -c "CREATE DATABASE docs TEMPLATE $1" 2>/dev/null
    export PGDATABASE=docs
}

unset DATABASE_URL
psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS docs_template WITH (FORCE)' -c 'CREATE DATABASE docs_template' 2>/dev/null
PGDATABASE=docs_template domainflow migrate up >/dev/null 2>&1 || { echo 'migrate up failed' >&2; exit 1; }

for page in "${pages[@]}"; do
    blocks "$page" sh
    for block in "$folder"/block.*; do
        while read -r _ target _; do
            grep -q "^$target:" Makefile || fail "$page names make $target, which is not a target"
        done < <(grep '^make ' "$block" || true)
        sed -i '/^make /d' "$block"
        fresh_database template1
        if bash -euo pipefail "$block" >"$folder/out" 2>&1; then
            passed=$((passed + 1))
        else
            cat "$block" "$folder/out" >&2
            fail "$page:$((10#${block##*.})): these commands failed"
        fi
    done

    blocks "$page" console
    for block in "$folder"/block.*; do
        fresh_database docs_template
        sed -nE "s/$prompt//p" "$block" >"$folder/input"
        # The page may omit empty lines at the end, since $() drops them.
        printf '%s\n' "$(psql -X <"$folder/input" 2>&1)" >"$folder/found"
        printf '%s\n' "$(sed -E "/$prompt/d" "$block")" >"$folder/expected"
        if [ ! -s "$folder/input" ]; then
            fail "$page:$((10#${block##*.})): a console block without a prompt"
        elif diff -u --label "$page" --label psql "$folder/expected" "$folder/found"; then
            passed=$((passed + 1))
        else
            fail "$page:$((10#${block##*.})): psql printed different output"
        fi
    done
done

# Last, because it also checks the length of README.md.
PGDATABASE=docs_template tools/docs.py "${pages[@]}" || failed=$((failed + 1))
[ $failed = 0 ] || { echo "docs: $failed checks failed" >&2; exit 1; }
echo "docs: $passed blocks of ${#pages[@]} pages passed"
