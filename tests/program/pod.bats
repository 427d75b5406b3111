#!/usr/bin/env bats
# What others in its pod can do to it, and what not: the claims of SECURITY.md.
# bats file_tags=native

bats_require_minimum_version 1.5.0
load ../helpers

# As in its image: PID 1, user and group 65535, no capability.
setup() {
	needs root
	hold setpriv --reuid=65535 --regid=65535 --clear-groups --bounding-set=-all --no-new-privs "$PAUSE"
}

# Runs a command in the PID namespace of the pod: as ID COMMAND...
as() {
	nsenter --target "$pid" --pid --mount -- \
		setpriv --reuid="$1" --regid="$1" --clear-groups --bounding-set=-all --no-new-privs "${@:2}"
}

@test "another user without capabilities can neither signal nor trace it" {
	needs strace
	for signal in TERM INT HUP KILL STOP; do
		run -1 as 1000 sh -c "kill -$signal 1"
		[[ $output == *'not permitted'* ]]
	done
	run -1 as 1000 strace -p "$pid"
	asleep "$pid"
	stops_with TERM 0
}

@test "its own user can end it with SIGTERM or SIGINT, and not with SIGKILL, SIGSTOP or any other" {
	before=$(switches "$pid")
	for signal in $(seq 1 31); do
		[ "$signal" -eq 2 ] || [ "$signal" -eq 15 ] || as 65535 sh -c "kill -$signal 1"
	done
	asleep "$pid"
	[ "$(switches "$pid")" -eq "$before" ]
	as 65535 sh -c 'kill -TERM 1' || true # its end ends the sender, too
	within 60 ended "$wrapper"
}

@test "its own user can trace it, as any process without capabilities; what it changes dies with it" {
	needs strace
	if [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -gt 0 ]; then
		run -1 as 65535 strace -p "$pid"
	else
		timeout -s INT 2 setpriv --reuid=65535 --regid=65535 --clear-groups --bounding-set=-all --no-new-privs \
			strace -p "$pid" 2>"$BATS_TEST_TMPDIR/trace" || true
		grep -q attached "$BATS_TEST_TMPDIR/trace"
	fi
	within 60 asleep "$pid"
	stops_with TERM 0
}

@test "it holds no capability, no descriptor but 0 to 2, no code that can be written, no data that can be executed" {
	[ "$(grep -cE '^Cap(Inh|Prm|Eff|Bnd|Amb):.0000000000000000$' "/proc/$pid/status")" -eq 5 ]
	[ "$(find "/proc/$pid/fd" -type l | wc -l)" -eq 3 ]
	! grep -qE '^[^ ]+ .?.?wx' "/proc/$pid/maps" || false
	[ "$(grep -cE '^[^ ]+ .w' "/proc/$pid/maps")" -eq 1 ]
	stops_with TERM 0
}
