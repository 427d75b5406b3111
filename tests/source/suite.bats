#!/usr/bin/env bats
# tests/suite.sh, which runs the tests and counts them: a run of it within this one.

load ../helpers

setup() {
	mkdir "$BATS_TEST_TMPDIR/tmp"
	cd "$BATS_TEST_TMPDIR"
	# bats would take a line that begins with it for a test of this file
	local test=@test
	printf '%s "%s\n' $test 'passes" { true; }' $test 'fails" { false; }' $test 'is skipped" { skip; }' >mixed.bats
	# shellcheck disable=SC2016 # for the inner shell
	printf '%s "%s\n' $test 'passes" { true; }' $test 'hangs" { touch "$STUCK" && sleep infinity; }' \
		$test 'comes later" { true; }' >stuck.bats
	printf '%s\n' 'load nowhere' "$test"' "is not reached" { true; }' >broken.bats
}

# As from a shell: bats hands much of itself to what it starts, and puts its inner programs before itself in PATH.
run_tests() {
	exec env -i --default-signal PATH="${PATH#"$BATS_LIBEXEC:"}" TMPDIR="$PWD/tmp" STUCK="$PWD/stuck" "$@"
}

@test "it counts what passed, failed and was skipped, and what bats could not load; a file that hangs is ended" {
	run run_tests "$ROOT/tests/suite.sh" "$PWD/mixed.bats" "$PWD/broken.bats"
	[ "$status" -eq 1 ]
	[ "$(sed "1,/^# What failed:/d" <<<"$output" | grep -c "^not ok .* fails")" -eq 1 ]
	[ "${lines[-1]}" = "1 passed, 2 failed, 1 skipped" ]
	run run_tests LIMIT=10 "$ROOT/tests/suite.sh" "$PWD/stuck.bats"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "1 passed, 2 failed, 0 skipped" ]
	[ -z "$(ls -A tmp)" ]
}

@test "interrupted, as at a terminal, it stops with all that it started" {
	run_tests setsid "$ROOT/tests/suite.sh" "$PWD/stuck.bats" >said 2>&1 3>&- &
	within 300 test -e stuck
	kill -INT -- "-$!"
	within 300 ended $!
	within 300 nothing_is_left
}
nothing_is_left() {
	! pgrep -f "$PWD/stuck.bats" && [ -z "$(ls -A tmp)" ]
}
