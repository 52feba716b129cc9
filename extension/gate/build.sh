#!/usr/bin/env bash
# Builds the gate module in a folder, which the server's user must be able to read, and prints its path.
#
# usage: extension/gate/build.sh FOLDER PG_CONFIG
set -euo pipefail
cp "$(dirname "$0")/Makefile" "$(dirname "$0")/domainflow_gate.c" "$1"
make -s -C "$1" PG_CONFIG="$2" >&2
echo "$1/domainflow_gate.so"
