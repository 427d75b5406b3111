#!/usr/bin/env bash
# Runs test files and ends with "N passed, N failed, N skipped": suite.sh [--first | --platforms] FILE...
# --first stops at the first failure, and without root goes on as root of a user namespace, as far as that gets.
# --platforms goes on to the tests of the program for every other platform: those that do not need this machine's own
# kernel (tag "native").
# A file that takes longer than LIMIT seconds, by default 45 minutes, is ended, and what it has not run is failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# A test that starts make starts it as a person does, not as the make that runs this.
unset MAKELEVEL MAKEFLAGS MFLAGS

mode=
case ${1-} in
--first | --platforms) mode=$1 && shift ;;
esac
[ $# -gt 0 ] || {
	echo "usage: suite.sh [--first | --platforms] FILE..." >&2
	exit 2
}

# Namespaces, cgroups and engines want root.
if [ "$(id -u)" -ne 0 ]; then
	if [ "$mode" = --first ]; then
		unshare --user --map-root-user true 2>/dev/null || {
			echo "suite.sh: this kernel gives no user namespaces; run: sudo make check" >&2
			exit 1
		}
		exec unshare --user --map-root-user "$0" --first "$@"
	fi
	command -v sudo >/dev/null || {
		echo "suite.sh: these tests need root, and there is no sudo; without root: make check" >&2
		exit 1
	}
	exec sudo --preserve-env=CI,LIMIT "$0" ${mode:+"$mode"} "$@"
fi
command -v bats >/dev/null || {
	echo "suite.sh: bats is missing; install it, or run: make test" >&2
	exit 1
}

export limit=${LIMIT:-2700}
report=$(mktemp -d)
# An interrupt at a terminal does not reach what timeout(1) starts.
trap 'cat "$report"/*.pid 2>/dev/null | xargs -r kill -INT; rm -rf "$report"' EXIT
trap 'exit 1' HUP INT TERM

# What a run of bats says, each line with a name, kept and counted: tap NAME ARGUMENT...
tap() {
	local status=0 kept=$report/${1//\//-} name=${1#tests/}
	[ "$mode" != --first ] || export STOP_AT=$report/failed
	{
		echo "$BASHPID" >"$kept.pid"
		exec timeout --signal=INT --kill-after=60 "$limit" bats --timing --formatter tap "${@:2}" </dev/null 2>&1
	} | sed -u -E "s,^((not )?ok [0-9]+|#) ,\1 ${name%.bats}: ," | tee "$kept.tap" | sed -u '/^1\.\./d'
	status=${PIPESTATUS[0]}
	rm "$kept.pid" 2>/dev/null || return 1 # interrupted
	[[ $status != @(124|137) ]] || echo "# ${name%.bats}: not done after $limit seconds" | tee -a "$kept.tap"
	# A test that bats could not even start is a failed one.
	awk -v status="$status" -v first="${STOP_AT-}" '
		/^1\.\./ { planned = substr($0, 4) }
		/^ok .* # skip/ { skipped++; next }
		/^ok / { passed++ }
		/^not ok / { failed++ }
		END {
			lost = planned - passed - failed - skipped
			if (first && failed) lost = 0
			failed += lost > 0 ? lost : status && !failed
			print passed + 0, failed + 0, skipped + 0
		}' "$kept.tap" >"$kept.count"
}

# A file of tests, or the same promises of the program by another platform's file.
one() {
	case $1 in
	*.bats) tap "$1" "$1" ;;
	*) PLATFORM=$1 tap "$1" --filter-tags '!native' tests/program/*.bats ;;
	esac
}

# Side by side, each a run of bats of its own: they share no engine and no folder. One more than there are processors,
# since much of it is to wait for an engine.
if [ "$mode" = --first ]; then
	tap program "$@"
else
	export -f tap one
	export report mode
	# shellcheck disable=SC2016 # for the inner shell
	{
		printf '%s\n' "$@"
		[ "$mode" != --platforms ] || scripts/platforms.sh platform | grep -vx "$(scripts/platforms.sh --native)"
	} | xargs -d '\n' -P $(($(nproc) + 1)) -I{} bash -c 'one "$1"' bash {} || echo "0 1 0" >"$report/lost.count"
	# It may have been hundreds of lines ago, among those of other files.
	awk 'FNR == 1 { told = 1 }
		/^(1\.\.|ok )/ { told = 0 }
		/^not ok |: not done after / { told = 1 }
		told { if (!any++) print "# What failed:"; print }' "$report"/*.tap
fi

awk '{ passed += $1; failed += $2; skipped += $3 }
	END {
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed || !passed
	}' "$report"/*.count
