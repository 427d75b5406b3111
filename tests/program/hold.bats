#!/usr/bin/env bats
# make run: the main job, for a person to see.
# bats file_tags=native

load ../helpers

setup() {
	[[ $BATS_TEST_DESCRIPTION == *'its arguments' ]] || needs namespaces
	cd "$BATS_TEST_TMPDIR"
	folder=$(dirname "$PAUSE")
}

# Starts a command line in the background with its output in the file out; sets runner.
start() {
	rm -f out # the former one's would do
	# bash ignores SIGINT and SIGQUIT for what it starts with &.
	env --default-signal "$@" </dev/null >out 2>&1 3>&- &
	runner=$!
	within 60 says_or_ended
	grep -q '^Ctrl-C stops it' out || { cat out; false; }
	pid=$(sed -n 's/.*process \([0-9]*\) out here.*/\1/p' out)
}

says_or_ended() {
	grep -q '^Ctrl-C stops it' out || ended $runner
}

# Whether the process that was named is the program, under the name that it has in its image.
held() {
	[ "$(tr '\0' ' ' <"/proc/$1/cmdline")" = "/pause " ]
} 2>/dev/null

not_held() {
	! held "$1"
}

@test "it starts /pause as PID 1 of new PID, network, IPC and UTS namespaces, and says what is held" {
	start "$ROOT/scripts/hold.sh" "$folder"
	held "$pid"
	[ "$(status_of "$pid" NSpid | awk '{ print $NF }')" -eq 1 ]
	for name in pid net ipc uts; do
		[ "$(readlink "/proc/$pid/ns/$name")" != "$(readlink "/proc/self/ns/$name")" ]
		grep -qF "$(readlink "/proc/$pid/ns/$name")" out
	done
	kill -INT $runner
	wait $runner
}

@test "the nsenter line that it prints joins the namespaces" {
	start "$ROOT/scripts/hold.sh" "$folder"
	read -ra join < <(sed -n 's/^  \(nsenter .*\) COMMAND$/\1/p' out)
	for name in net ipc uts; do
		[ "$("${join[@]}" readlink /proc/self/ns/$name)" = "$(readlink "/proc/$pid/ns/$name")" ]
	done
	# shellcheck disable=SC2016
	[ "$("${join[@]}" sh -c 'echo $$')" -lt 10 ]
	kill -INT $runner
	wait $runner
}

@test "SIGINT and SIGTERM stop it: the last line says in how many milliseconds and with which status, nothing stays" {
	for signal in INT TERM; do
		start "$ROOT/scripts/hold.sh" "$folder"
		kill -$signal $runner
		status=0
		wait $runner || status=$?
		[ $status -eq 0 ]
		tail -n 1 out | grep -qE "^SIG$signal: it stopped in [0-9]+\.[0-9] ms with status 0$"
		not_held "$pid"
	done
}

@test "make run builds and holds; a stop of make stops the program" {
	start make -C "$ROOT" run
	kill -TERM $runner
	wait $runner || true
	within 60 not_held "$pid"
	grep -q 'with status 0$' out
}

@test "make run in a terminal: Ctrl-C stops it" {
	mkfifo keys
	env --default-signal script -qefc "make -C '$ROOT' run" typescript <keys >out 2>&1 3>&- &
	runner=$!
	exec 9>keys
	within 60 grep -q '^Ctrl-C stops it' out
	pid=$(sed -n 's/.*process \([0-9]*\) out here.*/\1/p' out)
	printf '\003' >&9
	within 60 not_held "$pid"
	exec 9>&-
	wait $runner || true
	grep -q 'SIGINT: it stopped in .* ms with status 0' out
}

@test "an ordinary user runs it, too, in a user namespace" {
	needs root
	cp -r "$folder" mine
	cp "$ROOT/scripts/hold.sh" .
	chmod -R a+rX "$BATS_RUN_TMPDIR" .
	start setpriv --reuid 12345 --regid 12345 --clear-groups ./hold.sh mine
	[ "$(status_of "$pid" Uid | awk '{ print $1 }')" -eq 12345 ]
	read -ra join < <(sed -n 's/^  \(nsenter .*\) COMMAND$/\1/p' out)
	[ "$(setpriv --reuid 12345 --regid 12345 --clear-groups "${join[@]}" readlink /proc/self/ns/net)" \
		= "$(readlink "/proc/$pid/ns/net")" ]
	kill -INT $runner
	wait $runner
	grep -q 'with status 0$' out
}

@test "it says what is wrong with its arguments" {
	status=0
	"$ROOT/scripts/hold.sh" /nowhere 2>err || status=$?
	[ $status -eq 2 ]
	grep -q usage err
}
