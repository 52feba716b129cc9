#!/usr/bin/env bash
# Installs the packages that one level needs and this machine lacks; returns at once when none is missing.
#
# usage: tools/setup.sh run|test|bench|matrix|climate      each level includes `run`; `test` is included in the later ones
# As root or with passwordless sudo it uses apt; otherwise it prints the exact command and exits with 1. Python tools go to .tools/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
level=${1:?usage: tools/setup.sh run|test|bench|matrix|climate}

stop() { printf '%s\n' "$@" >&2; exit 1; }

command -v swift >/dev/null ||
    stop 'No Swift toolchain: install Swift 6.2 or newer from https://www.swift.org/install and have `swift` on the PATH.'

# The major version of the newest server on this machine, or nothing.
installed_major() { { ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null || true; } | cut -d/ -f5 | sort -n | tail -1; }

# packages LEVEL MAJOR
packages() {
    local major=$2
    printf '%s\n' "postgresql${major:+-$major}" libpq-dev libssl-dev pkg-config
    [ "$1" = run ] && return
    printf '%s\n' make openssl faketime pgbouncer python3 python3-venv libtap-parser-sourcehandler-pgtap-perl \
        "postgresql-server-dev-$major" "postgresql-$major-pgtap" "postgresql-$major-plpgsql-check" "postgresql-$major-hypopg"
    [ "$1" = bench ] && printf '%s\n' bzip2 sqitch libdbd-pg-perl
    return 0
}

missing() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s ' "$name"
    done
}

# One dpkg-query for all names: one query per name would take most of the time of an unchanged `make run`.
all_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed)" = $# ]
}

install_packages() {
    local names=$1 as_root=
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || stop "Missing: $names" 'Install with:' \
            "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $names"
        as_root=sudo
    fi
    echo "Installing with apt: $names"
    # The first PostgreSQL package on a Debian machine also starts a system cluster on port 5432. This setting prevents that, and
    # lasts only while apt runs, so that servers installed later behave as Debian intends.
    local conf=/etc/postgresql-common/createcluster.conf ours=
    if [ ! -e "$conf" ]; then
        ours=1
        $as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | $as_root tee "$conf" >/dev/null
    fi
    local result=0
    { $as_root apt-get -q update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold $names; } >.tools/apt.log 2>&1 || result=$?
    if [ -n "$ours" ]; then
        if [ -e /usr/share/postgresql-common/createcluster.conf ]
        then $as_root cp /usr/share/postgresql-common/createcluster.conf "$conf"
        else $as_root rm -f "$conf"
        fi
    fi
    [ "$result" = 0 ] || { tail -5 .tools/apt.log >&2; stop "apt failed; the full log is in .tools/apt.log."; }
}

# Python tools with fixed versions: a new release of a linter must not fail an old commit.
install_venv() {
    local wanted=tools/requirements-$1.txt marker=.tools/venv/$1.txt
    cmp -s "$wanted" "$marker" && return
    echo "Installing into .tools/venv: $(grep -v '^#' "$wanted" | tr '\n' ' ')"
    local python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    { [ -x .tools/venv/bin/pip ] || "$python" -m venv .tools/venv; } &&
        .tools/venv/bin/pip install -q --disable-pip-version-check -r "$wanted" ||
        stop "pip could not install $wanted into .tools/venv."
    cp "$wanted" "$marker"
}

mkdir -p .tools
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    major=$(installed_major)
    [ -n "$major" ] ||
        major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -1) || true
    if [ -z "$major" ]; then
        # A fresh machine has no package lists, so Debian's version is known only after the server is installed.
        install_packages "$(missing $(packages run ''))"
        major=$(installed_major)
    fi
    all_installed $(packages "$level" "$major") || install_packages "$(missing $(packages "$level" "$major"))"
elif ! pkg-config --exists libpq libcrypto 2>/dev/null || ! command -v initdb >/dev/null; then
    stop 'This machine has no apt: install the PostgreSQL server (14 or newer, with its bin folder on the PATH), libpq, libcrypto and pkg-config.'
fi

case $level in test | bench | matrix | climate) install_venv test ;; esac
case $level in matrix | climate) install_venv matrix ;; esac
case $level in climate) install_venv climate ;; esac
