#!/usr/bin/env bash
# Runs what README.md shows. Each `sh` block runs in a fresh database; the psql session must print what the README prints.
# `make` lines are only checked to name a target, and the Swift snippet is compiled and run by Tests/CommandTests/ReadmeTests.swift.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${PGHOST:-}" ]; then exec tools/with-cluster.sh "$0"; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "${DOMAINFLOW:-$PWD/.build/debug/domainflow}" "$folder/domainflow"
export PATH=$folder:$PATH

# Writes the blocks of one language to files block.1, block.2, ...
blocks() {
    rm -f "$folder"/block.*
    awk -v language="$1" -v out="$folder/block." '
        /^```/ { inside = !inside && $0 == "```" language; if (inside) n++; next }
        inside { print > (out n) }' README.md
}

fresh_database() {
    psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS readme WITH (FORCE)' -c 'CREATE DATABASE readme' 2>/dev/null
    export PGDATABASE=readme
    unset DATABASE_URL
}

passed=0
blocks sh
for block in "$folder"/block.*; do
    while read -r _ target _; do
        grep -q "^$target:" Makefile || { echo "README.md names make $target, which is no target" >&2; exit 1; }
    done < <(grep '^make ' "$block" || true)
    sed -i '/^make /d' "$block"
    fresh_database
    # Whatever is left in a changed order: one after the other, each must succeed.
    bash -euo pipefail "$block" >"$folder/out" 2>&1 || { cat "$block" "$folder/out" >&2; exit 1; }
    passed=$((passed + 1))
done

blocks console
for block in "$folder"/block.*; do
    fresh_database
    domainflow migrate up >/dev/null 2>&1
    sed -nE "s/^domainflow[=('\"-]# ?//p" "$block" >"$folder/input"
    psql -X <"$folder/input" >"$folder/found" 2>&1
    sed -E "/^domainflow[=('\"-]# ?/d" "$block" >"$folder/expected"
    diff -u --label README.md --label psql "$folder/expected" "$folder/found" ||
        { echo "README.md shows another psql session than psql does" >&2; exit 1; }
    passed=$((passed + 1))
done
echo "$passed blocks of README.md passed"
