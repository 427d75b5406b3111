#!/usr/bin/env bats
# runc and crun alone: an OCI bundle with everything taken away.

load ../helpers
load bundle

setup_file() {
	runc --version | head -n 1 >&3
	crun --version | head -n 1 >&3
}

teardown() {
	local runtime
	for runtime in runc crun; do
		oci $runtime delete --force held 2>/dev/null || true
	done
}

holds_with_nothing() {
	bundle "$BATS_TEST_TMPDIR/bundle"
	start_bundle "$1" "$BATS_TEST_TMPDIR/bundle"
	[ "$(bundle_state "$1")" = running ]
	[[ $(status_of "$pid" NSpid) == *$'\t1' ]]
	local set
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		[ "$(status_of "$pid" $set)" = 0000000000000000 ]
	done
	[ "$(status_of "$pid" NoNewPrivs)" -eq 1 ]
	[ "$(status_of "$pid" Seccomp)" -eq 2 ]
	awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo" | grep -q '^ro\b'
}

sigterm_ends() {
	bundle "$BATS_TEST_TMPDIR/bundle"
	start_bundle "$1" "$BATS_TEST_TMPDIR/bundle"
	oci "$1" kill held TERM
	within 60 bundle_stopped "$1"
}

# Runs it in the foreground and sends it a signal: ends_with RUNTIME SIGNAL STATUS
ends_with() {
	rm -f "$BATS_TEST_TMPDIR/pid"
	bundle "$BATS_TEST_TMPDIR/bundle"
	oci "$1" run --bundle "$BATS_TEST_TMPDIR/bundle" --pid-file "$BATS_TEST_TMPDIR/pid" held </dev/null 3>&- &
	within 60 [ -s "$BATS_TEST_TMPDIR/pid" ]
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	within 60 asleep "$pid"
	kill "-$2" "$pid"
	local status=0
	wait $! || status=$?
	[ "$status" -eq "$3" ]
}

survives_a_stop() {
	bundle "$BATS_TEST_TMPDIR/bundle"
	start_bundle "$1" "$BATS_TEST_TMPDIR/bundle"
	kill -STOP "$pid"
	within 60 stopped
	kill -CONT "$pid"
	within 60 asleep "$pid"
	[ "$(bundle_state "$1")" = running ]
}
stopped() {
	[[ $(status_of "$pid" State) == T* ]]
}

@test "runc holds a bundle without capabilities, on a read-only root, under no_new_privs and the seccomp profile" {
	holds_with_nothing runc
}

@test "crun does, too" {
	holds_with_nothing crun
}

@test "SIGTERM through runc ends it" {
	sigterm_ends runc
}

@test "SIGTERM through crun ends it" {
	sigterm_ends crun
}

@test "its end by SIGTERM or SIGINT is status 0 to runc's caller, and by SIGKILL 137" {
	ends_with runc TERM 0
	ends_with runc INT 0
	ends_with runc KILL 137
}

@test "the same with crun" {
	ends_with crun TERM 0
	ends_with crun INT 0
	ends_with crun KILL 137
}

@test "stopped and continued under the profile, it sleeps on, with runc and with crun" {
	survives_a_stop runc
	oci runc delete --force held
	survives_a_stop crun
}
