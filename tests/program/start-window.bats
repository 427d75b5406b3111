#!/usr/bin/env bats
# SIGTERM at every single instruction between exec and sleep.

load ../helpers

setup() {
	[ "$PLATFORM" = linux/amd64 ] || skip "single steps of x86-64"
}

@test "an ordinary process ends, at whatever instruction of its start SIGTERM comes" {
	run "$(helper step)" ordinary "$PAUSE"
	echo "# ordinary process: $output" >&3
	[ "$status" -eq 0 ]
}

@test "PID 1 ends, at whatever instruction SIGTERM comes; before the handler stands, the kernel drops it" {
	run "$(helper step)" pid1 "$PAUSE"
	echo "# PID 1: $output" >&3
	[ "$status" -eq 0 ]
	# The window, from exec on: nothing but what rt_sigaction needs.
	[[ $output =~ ([0-9]+)' instructions from exec to sleep, '([0-9]+) ]]
	[ "${BASH_REMATCH[2]}" -le 40 ]
}
