#!/usr/bin/env bats
# What it says: -h, -v, errors, statuses.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# Runs a command line and keeps status, out and err.
try() {
	status=0
	timeout 60 "$@" >out 2>err || status=$?
}

@test "-h and --help print what it is, its options and the signals that stop it, on stdout" {
	for option in -h --help; do
		try "$PAUSE" $option
		[ "$status" -eq 0 ]
		grep -q '^usage: pause .*-h|--help|-v|--version' out
		grep -q "Holds a pod's namespaces" out
		grep -q 'SIGTERM or SIGINT' out
		[ ! -s err ]
	done
}

@test "-v, -V and --version print one line, pause VERSION OS/ARCH, on stdout, whatever follows" {
	for arguments in -v -V --version '-v x' '-V -h' '--version --typo -v'; do
		# shellcheck disable=SC2086
		try "$PAUSE" $arguments
		[ "$status" -eq 0 ]
		[ "$(cat out)" = "pause $(cat "$ROOT/VERSION") $PLATFORM" ]
		[ "$(wc -l <out)" -eq 1 ]
		[ ! -s err ]
	done
}

@test "anything else is named on stderr with the usage, status 2, and nothing is held" {
	for argument in -x --helpx --hel -vv -- - '' x '-h ' '--version=1' '-?' -hv -H; do
		try "$PAUSE" "$argument"
		[ "$status" -eq 2 ]
		[ ! -s out ]
		[ "$(head -n 1 err)" = "pause: not understood: $argument" ]
		grep -q '^usage: pause ' err
	done
}

@test "of several arguments the first one decides" {
	for arguments in '--typo -v' 'a b' '-x -h'; do
		# shellcheck disable=SC2086
		try "$PAUSE" $arguments
		[ "$status" -eq 2 ]
		[ ! -s out ]
		[ "$(head -n 1 err)" = "pause: not understood: ${arguments%% *}" ]
	done
}

@test "it warns once when it is not PID 1, and only then" {
	start_ordinary "$PAUSE" 2>err
	within 60 asleep "$pid"
	stops_with TERM 0
	[ "$(cat err)" = "pause: warning: not PID 1" ]

	hold "$PAUSE" 2>err
	stops_with TERM 0
	[ ! -s err ]
}
