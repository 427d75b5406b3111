#!/usr/bin/env bats
# SIGTERM at every single instruction between exec and sleep.
# bats file_tags=native

load ../helpers

setup() {
	step=$(helper step)
	"$step" || [ $? -ne 77 ] || skip "this processor's instructions are not the ones that step.c knows"
}

@test "an ordinary process ends, at whatever instruction of its start SIGTERM comes" {
	run "$step" ordinary "$PAUSE"
	echo "# ordinary process: $output" >&3
	[ "$status" -eq 0 ]
}

@test "PID 1 ends, at whatever instruction SIGTERM comes; before the handler stands, the kernel drops it" {
	needs namespaces
	run "$step" pid1 "$PAUSE"
	echo "# PID 1: $output" >&3
	[ "$status" -eq 0 ]
	# The window, from exec on: nothing but what rt_sigaction needs, and no more than SECURITY.md says.
	[[ $output =~ ([0-9]+)' instructions from exec to sleep, '([0-9]+) ]]
	[ "${BASH_REMATCH[2]}" -le "$(sed -n 's/.*in the first \([0-9]*\) instructions after exec.*/\1/p' "$ROOT/SECURITY.md")" ]
}
