#!/usr/bin/env bash
# Runs test files (all of tests/ without an argument) and ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# Namespaces, cgroups and engines want root.
[ "$(id -u)" -eq 0 ] || exec sudo --preserve-env=CI "$0" "$@"

[ $# -gt 0 ] || set -- tests/*.bats
report=$(mktemp)
trap 'rm -f "$report"' EXIT
bats --timing --formatter tap "$@" </dev/null | tee "$report"
status=${PIPESTATUS[0]}

skipped=$(grep -c '^ok .* # skip' "$report")
passed=$(($(grep -c '^ok ' "$report") - skipped))
failed=$(grep -c '^not ok ' "$report")
planned=$(sed -n 's/^1\.\.//p' "$report" | head -n 1)

# A test that bats could not even start is a failed one.
lost=$((${planned:-0} - passed - skipped - failed))
[ "$lost" -le 0 ] || failed=$((failed + lost))
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
