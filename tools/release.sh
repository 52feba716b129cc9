#!/usr/bin/env bash
# Makes a release of the SQL, of the program, or of both. Each version is defined in one place; this script checks or writes the others.
#
# usage: tools/release.sh [--sql x.y.z] [--program x.y.z]
# --sql freezes the unreleased steps and generates the extension's scripts; sql/functions/meta/version.sql must
# already return the version.
# --program writes Sources/domainflow/Output/ProgramVersion.swift, and refuses while steps are unreleased.
# The script commits nothing: its last lines list what is left to do by hand.
set -euo pipefail
cd "$(dirname "$0")/.."
# make hands its VERSION and PROGRAM down to every command and make below it, and PGXS takes PROGRAM for one to build.
unset MAKEFLAGS MAKEOVERRIDES VERSION PROGRAM
stop() { printf '%s\n' "$@" >&2; exit 1; }
sql= program=
while [ $# -gt 0 ]; do
    [[ $1 =~ ^--(sql|program)$ && ${2:-} =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "usage: make release [VERSION=x.y.z] [PROGRAM=x.y.z]" >&2; exit 64; }
    declare "${1#--}=$2"
    shift 2
done
[ -n "$sql$program" ] || { echo "usage: make release [VERSION=x.y.z] [PROGRAM=x.y.z]" >&2; exit 64; }
grep -q "^## ${program:-$sql}\$" CHANGELOG.md || stop "CHANGELOG.md has no section '## ${program:-$sql}': write it first."

if [ -n "$sql" ]; then
    grep -q "'$sql'" sql/functions/meta/version.sql ||
        stop "sql/functions/meta/version.sql does not return $sql: keep the released text with domainflow migrate supersede, edit the file, and include it in a new step."
    # The fingerprint that a database with these steps reports before they are frozen.
    fingerprint=$(tools/with-cluster.sh bash -euc '"$DOMAINFLOW" migrate up --dir sql >/dev/null 2>&1; psql -XAtqc "SELECT domainflow.catalog_fingerprint()"')
    "$DOMAINFLOW" migrate freeze --release "$sql" --fingerprint "$fingerprint" --dir sql --extension-dir extension
    # META.json also contains the version of its own specification, which must stay.
    sed -i "/meta-spec/,/}/! s/\"version\": \"[0-9.]*\"/\"version\": \"$sql\"/; s/domainflow--[0-9.]*\.sql/domainflow--$sql.sql/" extension/META.json
    sed -i "s/domainflow-[0-9.]*\.plain\.sql/domainflow-$sql.plain.sql/g" README.md docs/*.md
fi
[ -z "$program" ] || sed -i "s/static let text = \".*\"/static let text = \"$program\"/" Sources/domainflow/Output/ProgramVersion.swift

swift build -c release --product domainflow
carried=$("$DOMAINFLOW" --version)
case $carried in *unreleased*) stop "$carried: release the SQL too, with make release VERSION=x.y.z PROGRAM=x.y.z" ;; esac
"$DOMAINFLOW" migrate freeze --check --dir sql
[ -z "$sql" ] || tools/verify/equality.py
cat <<END
Ready to commit: $carried
  1. read CHANGELOG.md against \`git log\` since the last release
  2. make test && make matrix
  3. git add -A && git commit -m 'Release ${program:-SQL $sql}'
END
