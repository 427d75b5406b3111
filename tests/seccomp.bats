#!/usr/bin/env bats
# profiles/seccomp.json: what pause calls, what an engine calls before it, and nothing else.

load helpers
load bundle

PROFILE=$ROOT/profiles/seccomp.json

teardown() {
	oci runc delete --force held 2>/dev/null || true
}

# Names of a rule of the profile, sorted: 0 is what pause calls, 1 what engines call.
names() {
	jq -r ".syscalls[$1].names[]" "$PROFILE" | sort
}

# The names of what a program called, execve aside, that being its parent's.
traced() {
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$1" | grep -vx execve | sort -u
}

# The numbers of the profile's calls on this machine. Names that this machine has not got have no number.
numbers() {
	local name
	for name in $(names 0) $(names 1); do
		printf '#include <asm/unistd.h>\n__NR_%s\n' "$name" | gcc -E -P - | tail -n 1 | grep -x '[0-9]*' || true
	done
}

# Runs tests/outside.c as /pause under a profile, in runc's foreground: outside PROFILE
outside() {
	local platform program=$BATS_TEST_TMPDIR/outside
	platform=$(basename "$(dirname "$PAUSE")")
	gcc -std=c11 -O1 -ffreestanding -fno-stack-protector -fno-pic -no-pie -static -nostdlib \
		-DARCH="\"arch/${platform#linux-}.h\"" -o "$program" "$ROOT/tests/outside.c"
	bundle "$BATS_TEST_TMPDIR/bundle" "$program" "$1"
	jq --args '.process.args += $ARGS.positional' "$BATS_TEST_TMPDIR/bundle/config.json" $(numbers) \
		>"$BATS_TEST_TMPDIR/config"
	mv "$BATS_TEST_TMPDIR/config" "$BATS_TEST_TMPDIR/bundle/config.json"
	oci runc run --bundle "$BATS_TEST_TMPDIR/bundle" held
}

@test "its first rule is what strace sees of pause, from its start to its end" {
	local trace=$BATS_TEST_TMPDIR/trace
	strace -o "$trace" "$PAUSE" 3>&- &
	within 10 has_child $!
	pid=$(children_of $!)
	within 10 asleep "${pid% }"
	kill "${pid% }"
	wait $!
	diff <(names 0) <(traced "$trace")
}

@test "every other system call is refused with EPERM" {
	outside "$PROFILE"
}

@test "and one more name in the profile would be seen" {
	jq '.syscalls[0].names += ["getppid"]' "$PROFILE" >"$BATS_TEST_TMPDIR/profile"
	run outside "$BATS_TEST_TMPDIR/profile"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "$(printf '#include <asm/unistd.h>\n__NR_getppid\n' | gcc -E -P - | tail -n 1)" ]
}
