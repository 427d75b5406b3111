#!/usr/bin/env bash
# Runs tests, some files at a time, each by bats, and ends with "N passed, N failed, N skipped": suite.sh FILE|PLATFORM...
# A platform of src/platforms stands for the program's tests there: those that do not need this machine's own kernel
# (tag "native"). A file that takes longer than LIMIT seconds, by default 45 minutes, is ended, and has failed.
# With CHECK=1 no right is needed: what wants one, or a program that is not there, is skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# A test that starts make starts it as a person does, not as the make that runs this.
unset MAKELEVEL MAKEFLAGS MFLAGS
. scripts/common.bash

[ $# -gt 0 ] || { sed -n 's/^# .*: suite/usage: suite/p' "$0" >&2 && exit 2; }
need bats
# Namespaces, cgroups and engines want root. What a container or a kernel lacks is found by trying.
if [ -n "${CHECK-}" ]; then
	export NAMESPACES=1
	unshare --pid --fork true 2>/dev/null ||
		! unshare --user --map-root-user --pid --fork true 2>/dev/null || exec unshare --user --map-root-user "$0" "$@"
	unshare --pid --fork true 2>/dev/null || {
		NAMESPACES=
		echo "# Nobody here may make namespaces, as in most containers: what needs them is skipped."
	}
elif [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || fail "these tests need root, and there is no sudo; without root: make check"
	exec sudo --preserve-env=CI,LIMIT,WAY "$0" "$@"
fi

# The reports, and what the files share.
export SUITE_TMPDIR
SUITE_TMPDIR=$(mktemp -d) && chmod 755 "$SUITE_TMPDIR"
trap 'rm -rf "$SUITE_TMPDIR"' EXIT
# timeout(1) leaves the terminal's process group: an interrupt there ends xargs, whose end ends timeout and its bats.
one() {
	local what=("$1")
	[[ $1 == *.bats ]] || { export PLATFORM=$1 && what=(--filter-tags '!native' tests/program/*.bats); }
	mkdir -p "$SUITE_TMPDIR/tap/${1//\//-}"
	exec setpriv --pdeathsig INT timeout --verbose --signal=INT --kill-after=60 "${LIMIT:-2700}" bats --timing \
		--formatter tap --report-formatter tap --output "$SUITE_TMPDIR/tap/${1//\//-}" "${what[@]}" </dev/null
}
export -f one
# One more than there are processors, since much of it is to wait for an engine.
status=0
# shellcheck disable=SC2016 # for the inner shell
printf '%s\n' "$@" | xargs -d '\n' -P $(($(nproc) + 1)) -I{} bash -c 'one "$1"' bash {} 2>&1 || status=$?
# Of a file that it cannot load, bats 1.11 reports nothing.
for folder in "$SUITE_TMPDIR"/tap/*; do
	grep -qs '^1\.\.' "$folder/report.tap" || echo 1..1 >>"$folder/report.tap"
done
# What failed is said again: it may have been hundreds of lines ago. What was planned and has not been run has failed.
awk -v status=$status '
	/^1\.\./ { planned += substr($0, 4) }
	/^ok / { if (/ # skip/) skipped++; else passed++ }
	/^(1\.\.|ok |not ok )/ { told = /^not/ }
	told && !any++ { print "# What failed:" }
	told
	END {
		failed = planned - passed - skipped
		if (status && !failed) failed = 1
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed || !passed
	}' "$SUITE_TMPDIR"/tap/*/report.tap
