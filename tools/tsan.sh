#!/usr/bin/env bash
# Runs tests under ThreadSanitizer. Prints every report, and fails if there is one or if a test fails.
#
# usage: tools/tsan.sh [filter]     default: PQClientTests
# It uses a separate build in .build/tsan, which takes some minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build/tsan
swift build --build-tests --sanitize=thread --scratch-path "$scratch"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang -O1 -fPIC -shared -Wall -Werror -o "$work/mutex.so" tools/tsan/mutex.c
swiftc -swift-version 6 -sanitize=thread -o "$work/selfcheck" tools/tsan/selfcheck.swift

# watched NAME command ...   writes reports to files; the status is not 0 if there are any
watched() {
    local name=$1
    shift
    LD_PRELOAD=$work/mutex.so TSAN_OPTIONS="log_path=$work/$name halt_on_error=0 exitcode=66 suppressions=$PWD/tools/tsan/suppressions" "$@"
}

watched lock "$work/selfcheck" lock || { cat "$work"/lock.*; echo 'ThreadSanitizer reports a contended lock as a race: see tools/tsan/mutex.c.' >&2; exit 1; }
! watched race "$work/selfcheck" race || { echo 'ThreadSanitizer does not report a real race.' >&2; exit 1; }

status=0
watched tests "$scratch/debug/domainflowPackageTests.xctest" --testing-library swift-testing --filter "${1:-PQClientTests}" || status=$?
cat "$work"/tests.* >&2 2>/dev/null || true
reports=$(cat "$work"/tests.* 2>/dev/null | grep -c '^WARNING: ThreadSanitizer' || true)
echo "tsan: $reports reports"
[ "$status" = 0 ] && [ "$reports" = 0 ]
