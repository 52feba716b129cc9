#!/usr/bin/env bash
# Prints the folder of PostgreSQL's isolation tests, from Debian's source package, which apt fetches the first time.
#
# usage: bench/source.sh MAJOR     The package is kept in .tools/source; apt's own lists are left alone, since few machines have `deb-src`.
set -euo pipefail
cd "$(dirname "$0")/.."
package=postgresql-${1:?usage: bench/source.sh MAJOR}
folder=$PWD/.tools/source/$package
if [ ! -d "$folder/isolation" ]; then
    rm -rf "$folder" && mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/parts"
    # Both forms of apt's sources: deb822 and one line each.
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] && sed -E 's/^Types:.*/Types: deb-src/; s/^deb /deb-src /; /^deb-src deb-src/d' "$file" >"$folder/parts/$(basename "$file")"
    done
    apt() {
        "$@" -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/parts" -o Dir::State::Lists="$folder/lists" \
            -o Dir::Cache="$folder/cache" -o APT::Sandbox::User="$(id -un)"
    }
    cd "$folder"
    apt apt-get update >apt.log 2>&1 || { tail -5 apt.log >&2; echo 'apt could not read the sources of packages.' >&2; exit 1; }
    # The newest version that the mirror still holds.
    for version in $(apt apt-cache showsrc "$package" | sed -n 's/^Version: //p' | sort -rV); do
        apt apt-get source --download-only "$package=$version" >>apt.log 2>&1 && break
    done
    tar -xjf "$package"_*.orig.tar.bz2 --strip-components=3 --wildcards '*/src/test/isolation' ||
        { tail -5 apt.log >&2; echo "apt could not fetch the source of $package." >&2; exit 1; }
    rm -rf lists cache
fi
echo "$folder/isolation"
