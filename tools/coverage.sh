#!/usr/bin/env bash
# Measures what the tests cover: statements and branches of PL/pgSQL (at least 95 %), lines of Swift (at least 85 %).
#
# usage: tools/coverage.sh [sql|swift ...]     default: both
# sql runs all pgTAP files under plpgsql_check's profiler, whose counters are in shared memory and so survive the tests' ROLLBACKs.
# DATABASE_URL may name an empty database of a server with shared_preload_libraries = plpgsql_check and plpgsql_check.profiler = on;
# otherwise the script starts a private one. The functions that manage_entity generates vanish when their test rolls back, so they do
# not count. swift counts the files below Sources, not what the build generates. The reports are in coverage/.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p coverage

coverage_sql() {
    local files=() result=0
    # A caller that sets DOMAINFLOW has already built it.
    if [ -z "${DOMAINFLOW:-}" ]; then
        swift build --quiet --product domainflow || return 1
        export DOMAINFLOW=$PWD/.build/debug/domainflow
    fi
    if [ -z "${DATABASE_URL:-}" ]; then
        tools/with-cluster.sh --set shared_preload_libraries=plpgsql_check --set plpgsql_check.profiler=on tools/coverage.sh sql
        return
    fi
    # pg_prove cuts a URL off at its second equals sign.
    read -r PGHOST PGPORT PGUSER PGDATABASE < <(psql "$DATABASE_URL" -X -q -c '\echo :HOST :PORT :USER :DBNAME')
    export DATABASE_URL PGHOST PGPORT PGUSER PGDATABASE
    psql -X -q -c 'CREATE EXTENSION IF NOT EXISTS plpgsql_check' -c 'CREATE EXTENSION IF NOT EXISTS pgtap' || return 1
    psql -X -q -A -t -c 'SELECT plpgsql_profiler_reset_all()' >/dev/null || return 1
    "$DOMAINFLOW" migrate up >/dev/null || return 1
    mapfile -t files < <(find Tests/SQL -name '*.sql' | sort)
    # A failing test still covers what it reached, so the report comes first.
    pg_prove --quiet "${files[@]}" || result=1
    psql -X -q -v ON_ERROR_STOP=1 -f tools/coverage.sql | tee coverage/sql.txt
    [ "$result" = 0 ] || { echo 'coverage: some pgTAP tests failed.' >&2; return 1; }
    # The last line of the report: all functions, statements, branches.
    awk -F'|' '/^ *all functions/ { s = $2; b = $3 } END { exit !(s >= 95 && b >= 95) }' coverage/sql.txt ||
        { echo 'coverage: PL/pgSQL is below 95 %.' >&2; return 1; }
}

coverage_swift() {
    # As many tests in parallel as in test.sh. Tests that start the program start the instrumented one.
    export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8
    DOMAINFLOW=$PWD/.build/coverage/debug/domainflow swift test --enable-code-coverage --scratch-path .build/coverage || return 1
    python3 tools/coverage.py 85 "$(swift test --show-codecov-path --scratch-path .build/coverage)" | tee coverage/swift.txt
}

failed=()
for part in ${*:-sql swift}; do
    printf '\n== %s\n' "$part"
    "coverage_$part" || failed+=("$part")
done
[ ${#failed[@]} = 0 ] || { echo "coverage: FAILED: ${failed[*]}" >&2; exit 1; }
