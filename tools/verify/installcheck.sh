#!/usr/bin/env bash
# Runs pg_regress on a private server of the PostgreSQL that pg_config belongs to, with the extension installed there.
#
# usage: tools/verify/installcheck.sh [pg_config [pg_config of the pg_regress to use]]
set -euo pipefail
cd "$(dirname "$0")/../.."
pg_config=${1:-pg_config}
client=${2:-$pg_config}
[ -e "$("$pg_config" --sharedir)/extension/domainflow.control" ] || {
    echo "The extension is not installed in $("$pg_config" --sharedir): run \`make install PG_CONFIG=$pg_config\` first, as root if necessary." >&2
    exit 1
}
tools/with-cluster.sh --pg-bindir "$("$pg_config" --bindir)" make -s -C extension installcheck PG_CONFIG="$client" ||
    { cat extension/regress/regression.diffs 2>/dev/null; exit 1; }
