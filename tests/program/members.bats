#!/usr/bin/env bats
# What others in its pod can do to it, and what not: the claims of SECURITY.md. They are the kernel's rules: the same
# on every platform.
# bats file_tags=native

bats_require_minimum_version 1.5.0
load ../helpers

# What CRI-O gives the infra container, whose user it does not take from the image as the others do.
CRIO=+chown,+dac_override,+fsetid,+fowner,+setgid,+setuid,+setpcap,+net_bind_service,+kill

# As in its image: PID 1, user and group 65535, no capability.
setup() {
	needs root
	held_as 65535
}

# Starts it with a user and group, and capabilities, in a PID namespace with a /proc of its own: held_as ID[CAPABILITIES]
held_as() {
	become "$1"
	# shellcheck disable=SC2016 # for the inner shell
	hold unshare --mount sh -c 'mount -t proc proc /proc && exec "$@"' sh "${become[@]}" "$PAUSE"
}

# Runs a command there: as 1000+kill COMMAND...
as() {
	become "$1"
	nsenter --target "$pid" --pid --mount -- "${become[@]}" "${@:2}"
}

# Sets become to what gives a command this user and group, and no capability but these. The kernel would forget at the
# change that the process is to end with its parent.
become() {
	local id=${1%%+*} sets
	sets=-all${1#"$id"}
	sets=${sets/+/,+}
	become=(setpriv --reuid="$id" --regid="$id" --clear-groups --no-new-privs --pdeathsig=keep
		--inh-caps="$sets" --ambient-caps="$sets" --bounding-set="$sets")
}

cannot_signal() {
	# shellcheck disable=SC2016 # for the inner shell
	run -0 as "$1" sh -c 'for signal; do kill -"$signal" 1 && exit 1; done; exit 0' sh TERM INT HUP KILL STOP
	[ "$(grep -c 'not permitted' <<<"$output")" -eq 5 ]
}

# SIGTERM and SIGINT end it, and no other signal does anything to it.
can_only_end() {
	local before
	before=$(switches "$pid")
	# shellcheck disable=SC2016,SC2046 # for the inner shell; a word each
	as "$1" sh -euc 'for signal; do kill -"$signal" 1; done' sh $(seq 1 31 | grep -vx -e 2 -e 15)
	asleep "$pid"
	[ "$(switches "$pid")" -eq "$before" ]
	as "$1" sh -c "kill -${2:-TERM} 1" || true # its end ends the sender, too
	within 60 ended "$wrapper"
	wait "$wrapper"
}

cannot_trace() {
	needs strace
	run -1 as "$1" timeout 20 strace -p 1
	[[ $output == *'ptrace(PTRACE_SEIZE, 1): Operation not permitted'* ]]
}

# The tracer sees it end: the very call that the others are refused.
can_trace() {
	local trace=$BATS_TEST_TMPDIR/trace
	needs strace
	as "$1" strace -p 1 2>"$trace" 3>&- &
	within 60 grep -q 'Process 1 attached' "$trace"
	within 60 asleep "$pid"
	stops_with TERM 0
	within 60 grep -q 'exit_group(0)' "$trace"
}

# Where Yama goes no further than this: 1 leaves it to parents and CAP_SYS_PTRACE, 2 to the latter, 3 to nobody.
can_trace_up_to_yama() {
	if [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -le "$1" ]; then
		can_trace "$2"
	else
		cannot_trace "$2"
		stops_with TERM 0
	fi
}

@test "another user without capabilities can neither signal nor trace it; CAP_KILL lets it do what its own user can" {
	cannot_signal 1000
	cannot_trace 1000
	cannot_trace 1000+kill
	can_only_end 1000+kill
}

@test "its own user can end it with SIGTERM or SIGINT, and not with SIGKILL, SIGSTOP or any other" {
	can_only_end 65535 TERM
	held_as 65535
	can_only_end 65535 INT
}

@test "its own user can trace it, as any process without capabilities, where Yama does not forbid it" {
	can_trace_up_to_yama 0 65535
}

@test "CAP_SYS_PTRACE lets another user trace it, and not signal it" {
	cannot_signal 1000+sys_ptrace
	can_trace_up_to_yama 2 1000+sys_ptrace
}

@test "under CRI-O, which makes it uid 0, root without capabilities can end it, and its image's user can nothing" {
	stops_with TERM 0
	held_as "0$CRIO"
	cannot_signal 65535
	cannot_trace 65535
	cannot_trace 0
	can_only_end 0
}

@test "under CRI-O, root with the same capabilities can trace it" {
	stops_with TERM 0
	held_as "0$CRIO"
	can_trace_up_to_yama 0 "0$CRIO"
}

@test "it holds no capability, no descriptor but 0 to 2, no code that can be written, no data that can be executed" {
	[ "$(grep -cE '^Cap(Inh|Prm|Eff|Bnd|Amb):.0000000000000000$' "/proc/$pid/status")" -eq 5 ]
	[ "$(find "/proc/$pid/fd" -type l | wc -l)" -eq 3 ]
	! grep -qE '^[^ ]+ .?.?wx' "/proc/$pid/maps" || false
	[ "$(grep -cE '^[^ ]+ .w' "/proc/$pid/maps")" -eq 1 ]
	stops_with TERM 0
}
