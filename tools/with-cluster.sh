#!/usr/bin/env bash
# Runs a command with a private, empty PostgreSQL that does not wait for the disk. PGHOST, PGPORT, PGUSER, PGDATABASE and DATABASE_URL
# point to it.
#
# usage: tools/with-cluster.sh [--pg-bindir folder] [--set name=value ...] command ...
set -euo pipefail
program=${DOMAINFLOW:-$(dirname "$0")/../.build/debug/domainflow}
[ -x "$program" ] || { echo "$0: $program does not exist: run \`swift build\` first, or name a program in DOMAINFLOW" >&2; exit 64; }
program=$(realpath "$program")
options=()
while [[ $1 == --pg-bindir || $1 == --set ]]; do options+=("$1" "$2"); shift 2; done

# Short, because a socket path has at most 107 bytes.
folder=$(mktemp -d /tmp/dft-XXXXXX)
chmod 755 "$folder"
dev() { (cd "$folder" && "$program" dev "$@"); }
trap 'dev stop >/dev/null 2>&1; rm -rf "$folder"' EXIT
dev start --set fsync=off "${options[@]}" >/dev/null
DATABASE_URL=$(dev url)
field() { sed -E "s|.*[?\&]$1=([^\&]*).*|\1|" <<<"$DATABASE_URL"; }
PGHOST=$(field host) PGPORT=$(field port) PGUSER=$(field user) PGDATABASE=$(sed -E 's|^[a-z]+:///([^?]*).*|\1|' <<<"$DATABASE_URL")
export DATABASE_URL PGDATABASE PGUSER PGHOST PGPORT
"$@"
