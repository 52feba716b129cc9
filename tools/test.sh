#!/usr/bin/env bash
# Runs every test, section by section; stops at the first section that fails, and names it.
#
# usage: tools/test.sh [section ...]     default: all but pgbouncer, which `make bench ONLY=client.pgbouncer` runs
# All sections use the debug build: an additional optimised build would take longer than it saves.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOMAINFLOW=${DOMAINFLOW:-$PWD/.build/debug/domainflow}

build() { swift build --build-tests; }

# Eight tests in parallel: with all of them, tests that watch a clock would wait for a processor. Up to three tests that fail run once
# more, on their own: a test that fails because the machine stalled says nothing about the change; a test that fails twice does.
unit() {
    local log failed
    log=$(mktemp)
    export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8
    swift test --skip-build 2>&1 | tee "$log"
    [ "${PIPESTATUS[0]}" = 0 ] && return
    failed=$(grep -oP '^✘ Test \K\w+(?=\(.*\) .*failed after)' "$log" | sort -u)
    echo && grep '^✘' "$log"
    [ -n "$failed" ] && [ "$(wc -l <<<"$failed")" -le 3 ] || return 1
    printf '\nRetried on their own: %s\n' "$(paste -sd' ' <<<"$failed")"
    swift test --skip-build --filter "/($(paste -sd'|' <<<"$failed"))\\(" && echo "UNSTABLE: $(paste -sd' ' <<<"$failed")"
}

# The client's tests again, with a pooler in transaction mode between client and server.
pgbouncer() { tools/pgbouncer.sh; }

# The steps are well-formed, and the released ones are unchanged.
steps() { "$DOMAINFLOW" migrate lint --dir sql && "$DOMAINFLOW" migrate freeze --check --dir sql; }

lint() { tools/lint.sh; }

pgtap() {
    tools/with-cluster.sh bash -euc '
        "$DOMAINFLOW" migrate up >/dev/null
        export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
        psql -X -q -c "CREATE EXTENSION pgtap"
        pg_prove --recurse --ext .sql Tests/SQL'
}

# Compiled authorization models against OpenFGA's own tests, which lie beside the project where it is built for release, and against a
# reference evaluator on random models.
authz() {
    tools/with-cluster.sh bash -euc '
        "$DOMAINFLOW" migrate up >/dev/null
        if [ -f "$1" ]; then .tools/venv/bin/python3 tools/verify/openfga.py "$1"; else echo "skipped: OpenFGA'"'"'s tests are not at $1"; fi
        .tools/venv/bin/python3 tools/verify/authz_random.py --models 60 2>/dev/null' authz ../shared/suites/openfga/consolidated_1_1_tests.yaml
}

equality() { tools/verify/equality.py; }

# The equality test has installed the extension into the private copy of PostgreSQL.
installcheck() { tools/verify/installcheck.sh "$(tools/verify/server.sh)/pg_config"; }

# Fails if a mutant survives or a harmless change is flagged. Exploring uses the gate module, which is built where the server's user can
# read it. Meanwhile every promise is explored once more without a mutant: both processes mostly wait for the server.
races() {
    local folder gate
    folder=$(mktemp -d /tmp/dfg-XXXXXX) && chmod 755 "$folder" &&
        gate=$(extension/gate/build.sh "$folder" "$(ls -d /usr/lib/postgresql/*/bin/pg_config | sort -V | tail -1)") || return 1
    tools/with-cluster.sh bash -uc '
        "$DOMAINFLOW" race explore --all --seconds 10 --gate "$1" >"$2/explore" 2>&1 &
        "$DOMAINFLOW" race mutate --harmless-seconds 0.5 --gate "$1" --history "$2"
        result=$?
        wait $! || result=1
        cat "$2/explore"
        exit $result' races "$gate" "$folder"
    local result=$?
    rm -rf "$folder"
    return $result
}

# The climates in which a release broke; `make climate` has them all.
climate() { tools/climate.py --short; }

docs() { tools/docs.sh; }

# The programs that the documentation shows. The build has compiled them; here each one runs against a fresh installation.
snippets() {
    tools/with-cluster.sh bash -euc '
        "$DOMAINFLOW" migrate up >/dev/null
        # The first program of the tutorial makes the queue.
        for file in Snippets/DomainFlow/ReceiptQueue.swift Snippets/*/*.swift; do
            ".build/debug/$(basename "$file" .swift)" >/dev/null || { echo "$file failed" >&2; exit 1; }
        done'
}

[ $# -gt 0 ] || set -- build unit steps lint pgtap authz equality installcheck races climate docs snippets
start=$SECONDS
for section in "$@"; do
    began=$SECONDS
    printf '\n== %s\n' "$section"
    "$section" || { printf '\nFAILED: %s (after %s s)\n' "$section" $((SECONDS - began)) >&2; exit 1; }
    printf -- '-- %s passed in %s s\n' "$section" $((SECONDS - began))
done
printf '\nAll %s sections passed in %s s\n' $# $((SECONDS - start))
