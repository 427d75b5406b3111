#!/usr/bin/env bash
# Runs a command with a file of tests, one for each row of `machines`: each.sh tests/suite.sh
# bats runs only what stands in a file, and reports a row of its own for nothing else.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/common.bash
. "$folder/../../scripts/common.bash"

[ $# -gt 0 ] || usage 'COMMAND [ARGUMENT ...]'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -v folder="$folder" '
	BEGIN { print "load \"" folder "/boots\"" }
	/^#/ || !NF { next }
	!heading++ { next }
	{ print "@test \"" $1 " on " $2 "\" {\n\tboots " $1 " " $2 "\n}" }' "$folder/machines" >"$work/kernels.bats"
"$@" "$work/kernels.bats"
