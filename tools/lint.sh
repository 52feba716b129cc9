#!/usr/bin/env bash
# Runs all linters over Swift and SQL, prints every finding, and fails if there is one.
#
# usage: tools/lint.sh [layers|swift|squawk|pgspot|proofs|plpgsql ...]     default: all
# squawk and pgspot come from .tools/venv, or else from the PATH. plpgsql needs a database with DomainFlow, and changes nothing in it:
# DATABASE_URL, or else a private one that the script creates.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/venv/bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The steps as the runner executes them, with their includes in place.
expand_steps() {
    ls "$work"/[0-9]*.sql >/dev/null 2>&1 || { build_program && "$DOMAINFLOW" migrate show --dir sql --into "$work"; }
}

lint_layers() { tools/layers.py; }

lint_swift() { swift format lint --strict --parallel --recursive Sources Tests Plugins Snippets Package.swift; }

lint_squawk() { expand_steps && squawk --config .squawk.toml --reporter gcc "$work"/[0-9]*.sql; }

# All steps as one script, because the schema that 0001 creates makes the later CREATE OR REPLACE safe.
# PS005 is left out: hot functions omit SET search_path, which costs a few per cent; PS001, PS009 and PS016 then check that
# every name in them is qualified. PS017 about the type text is left out too: pgspot knows
# the other built-in types, but not the arrays of this one.
lint_pgspot() {
    expand_steps || return 1
    # Its parser mistakes variables of our composite types for scalars, and gives up at the first assignment to a field.
    cat "$work"/[0-9]*.sql | sed -E 's/^( +[a-z_]+ +)domainflow\.[a-z_]+( *(;|:=))/\1record\2/' >"$work/all.sql"
    # PS003 about a hot definer: it does without SET search_path because every name in it is qualified, which PS016 and PS017 check.
    local hot
    hot=$(grep -l '^-- hot:' sql/functions/*/*.sql | sed 's#.*/##; s#\.sql$##' | paste -sd'|')
    pgspot --ignore PS005 "$work/all.sql" | grep -v '^PS017: Unqualified object reference: text in CAST' |
        grep -vE "^PS003: .*: domainflow\.($hot)\(" >"$work/findings"
    # A finding names a line of the whole script, so prefix it with the function.
    awk '
        NR == FNR { if (match($0, /FUNCTION domainflow\.[a-z_]+/) && !/COMMENT|GRANT|REVOKE/) name[FNR] = substr($0, RSTART + 9, RLENGTH - 9); next }
        /^PS/ { at = $NF; best = ""; for (l = at - 5; l <= at + 15; l++) if (best == "" && l in name) best = name[l]; print best ": " $0; found = 1 }
        END { exit found }' "$work/all.sql" "$work/findings" || return 1
    # The summary is followed by the errors that made pgspot give up.
    ! sed '1,/Errors:/d' "$work/findings" | grep .  && grep -q 'Errors:' "$work/findings" || { echo 'pgspot did not finish.'; return 1; }
}

# Every public function names the scenario and the test that prove it, and both exist.
lint_proofs() { tools/proofs.py; }

# A caller that sets DOMAINFLOW has already built it.
build_program() {
    [ -n "${DOMAINFLOW:-}" ] && return
    swift build --quiet --product domainflow && export DOMAINFLOW=$PWD/.build/debug/domainflow
}

lint_plpgsql() {
    if [ -z "${DATABASE_URL:-}" ]; then
        build_program || return 1
        tools/with-cluster.sh bash -euc '"$DOMAINFLOW" migrate up >/dev/null && exec tools/lint.sh plpgsql'
        return
    fi
    psql "$DATABASE_URL" -X -q -A -t -v ON_ERROR_STOP=1 -f tools/lint.sql >"$work/plpgsql" || { cat "$work/plpgsql"; return 1; }
    ! grep . "$work/plpgsql"
}

failed=()
for linter in "${@:-layers swift squawk pgspot proofs plpgsql}"; do
    for name in $linter; do
        "lint_$name" && echo "lint: $name ok" || failed+=("$name")
    done
done
[ ${#failed[@]} = 0 ] || { echo "lint: findings from ${failed[*]}" >&2; exit 1; }
