#!/usr/bin/env bash
# Makes a release: freezes its steps, generates the extension's scripts and the plain file, and shows that all ways in agree.
#
# usage: tools/release.sh x.y.z
# Nothing is committed: the last lines say what is left to do by hand.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "usage: make release VERSION=x.y.z" >&2; exit 64; }
grep -q "'$version'" sql/functions/meta/version.sql || {
    echo "sql/functions/meta/version.sql does not say $version: change it, in a new step that includes it." >&2; exit 1; }
grep -q "version: \"$version\"" Sources/domainflow/DomainFlowCommand.swift || {
    echo "Sources/domainflow/DomainFlowCommand.swift does not say $version: change what --version prints." >&2; exit 1; }
grep -q "^## $version" CHANGELOG.md || { echo "CHANGELOG.md has no section '## $version': write it first." >&2; exit 1; }

"$DOMAINFLOW" migrate freeze --release "$version" --dir sql --extension-dir extension
sed -i "s/^default_version = .*/default_version = '$version'/" extension/domainflow.control
# The version of META's own specification is not ours.
sed -i "/meta-spec/,/}/! s/\"version\": \"[0-9.]*\"/\"version\": \"$version\"/; s/domainflow--[0-9.]*\.sql/domainflow--$version.sql/" extension/META.json
swift build -c release --product domainflow
tools/verify/equality.py
cat <<END
Release $version is generated. Left to do:
  1. read CHANGELOG.md against \`git log\` since the last tag
  2. make test && make matrix
  3. git add sql extension CHANGELOG.md && git commit -m 'Release $version' && git tag $version
END
