#!/usr/bin/env bats
# What it says: -h, -v, errors, statuses.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# Runs a command line and keeps status, out and err.
try() {
	status=0
	"$@" >out 2>err || status=$?
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

@test "-v, -V and --version print one line, pause VERSION OS/ARCH, on stdout" {
	for option in -v -V --version; do
		try "$PAUSE" $option
		[ "$status" -eq 0 ]
		[ "$(cat out)" = "pause $(cat "$ROOT/VERSION") $PLATFORM" ]
		[ "$(wc -l <out)" -eq 1 ]
		[ ! -s err ]
	done
}

@test "status 1 where stdout cannot be written" {
	for option in -h -v; do
		for stdout in /dev/full /dev/null; do
			status=0
			"$PAUSE" $option >$stdout 2>err || status=$?
			[ "$status" -eq "$([ $stdout = /dev/full ] && echo 1 || echo 0)" ]
		done
		status=0
		"$PAUSE" $option >&- 2>err || status=$?
		[ "$status" -eq 1 ]
	done
}

@test "status 1 where stdout takes only a part of the text" {
	ulimit -f 1
	head -c 1020 /dev/zero >part
	status=0
	(trap '' XFSZ && exec "$PAUSE" -h >>part) || status=$?
	[ "$status" -eq 1 ]
	[ "$(wc -c <part)" -eq 1024 ]
}

@test "anything else is named on stderr with the usage, status 2, and nothing is held" {
	for argument in -x --helpx --hel -vv -- - '' x '-h ' '--version=1'; do
		try timeout 10 "$PAUSE" "$argument"
		[ "$status" -eq 2 ]
		[ ! -s out ]
		[ "$(head -n 1 err)" = "pause: not understood: $argument" ]
		grep -q '^usage: pause ' err
	done
}

@test "it warns once when it is not PID 1, and only then" {
	"$PAUSE" 2>err &
	pid=$!
	within 10 asleep $pid
	kill $pid
	wait $pid
	[ "$(cat err)" = "pause: warning: not PID 1" ]

	hold "$PAUSE" 2>err
	stops_with TERM 0
	[ ! -s err ]
}

@test "a refused signal set-up: which call and the errno as a number, status 1" {
	for refusal in rt_sigaction:EPERM:1 rt_sigaction:ENOSYS:38 rt_sigsuspend:EINVAL:22 rt_sigsuspend:133:133; do
		IFS=: read -r call error number <<<"$refusal"
		try timeout 10 strace -o trace -e inject="$call:error=$error" "$PAUSE"
		[ "$status" -eq 1 ]
		[ "$(tail -n 1 err)" = "pause: $call: errno $number" ]
	done
}
