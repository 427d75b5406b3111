#!/usr/bin/env bats
# SIGTERM at every single instruction between exec and sleep.
# bats file_tags=native

load ../helpers

setup() {
	step=$(helper step)
	"$step" || [ $? -ne 77 ] || skip "this processor's instructions are not the ones that step.c knows"
}

@test "at whatever instruction of its start SIGTERM comes, it ends; the kernel drops it before PID 1 has a handler" {
	needs namespaces
	for way in ordinary pid1; do
		run "$step" $way "$PAUSE"
		echo "# $way: $output" >&3
		[ "$status" -eq 0 ]
	done
	# The window, from exec on: nothing but what rt_sigaction needs, and no more than SECURITY.md says.
	[[ $output =~ ([0-9]+)' instructions from exec to sleep, '([0-9]+) ]]
	[ "${BASH_REMATCH[2]}" -le "$(sed -n 's/.*in the first \([0-9]*\) instructions after exec.*/\1/p' "$ROOT/SECURITY.md")" ]
}
