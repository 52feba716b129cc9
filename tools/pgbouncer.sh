#!/usr/bin/env bash
# Runs the tests of PQClient through PgBouncer in transaction mode. Tests that need a session of their own are skipped with a reason.
#
# usage: tools/pgbouncer.sh [filter]     default: PQClientTests
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/usr/sbin
command -v pgbouncer >/dev/null || { echo 'pgbouncer is not installed: run tools/setup.sh test' >&2; exit 1; }
if [ -z "${PGHOST:-}" ]; then
    # A caller that sets DOMAINFLOW has already built it.
    [ -n "${DOMAINFLOW:-}" ] || swift build --build-tests
    exec tools/with-cluster.sh "$0" "$@"
fi
export PQCLIENT_TEST_DIRECT_URL=$DATABASE_URL

folder=$(mktemp -d /tmp/dfb-XXXXXX)
trap 'kill "$pooler" 2>/dev/null || true; rm -rf "$folder"' EXIT
cat >"$folder/pgbouncer.ini" <<END
[databases]
* = host=$PGHOST port=$PGPORT user=$PGUSER
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = $folder
auth_type = any
pool_mode = transaction
default_pool_size = 40
max_client_conn = 500
ignore_startup_parameters = extra_float_digits,options
log_connections = 0
log_disconnections = 0
END
# PgBouncer refuses to run as root, and only the server's user may open the server's socket.
as_user=()
if [ "$(id -u)" = 0 ]; then
    user=$(stat -c %U "$PGHOST")
    chown -R "$user" "$folder"
    as_user=(setpriv --reuid "$user" --clear-groups)
fi
"${as_user[@]}" pgbouncer -q "$folder/pgbouncer.ini" >"$folder/log" 2>&1 &
pooler=$!
export PQCLIENT_TEST_URL="postgresql:///$PGDATABASE?host=$folder&port=6432&user=$PGUSER"
for _ in $(seq 100); do
    if psql -X -q -A -t "$PQCLIENT_TEST_URL" -c 'SELECT 1' >/dev/null 2>&1; then break; fi
    kill -0 "$pooler" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
swift test --skip-build --filter "${1:-PQClientTests}"
