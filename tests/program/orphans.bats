#!/usr/bin/env bats
# What PID 1 of a shared PID namespace owes to the others: it reaps.

load ../helpers

# bats test_tags=holder
@test "500 orphans, alive or dead when re-parented, leave no zombie and cause no wake-up, even while it is stopped" {
	hold "$PAUSE"
	for state in alive dead; do
		before=$(switches "$pid")
		leave_orphans 500 $state
		within 60 no_child "$pid"
		[ "$(switches "$pid")" -eq "$before" ]
	done
	kill -STOP "$pid"
	leave_orphans 50 alive
	leave_orphans 50 dead
	within 60 no_child "$pid"
	kill -CONT "$pid"
	stops_with TERM 0
}

@test "zombies inherited through exec are gone, of whatever process group, and those of clone(2) without SIGCHLD too" {
	hold "$(helper launch)" zombies "$PAUSE"
	no_child "$pid"
	stops_with TERM 0
}

# bats test_tags=holder
@test "a child that was alive at exec and ends later leaves no zombie" {
	mkfifo "$BATS_TEST_TMPDIR/gate"
	# shellcheck disable=SC2016
	hold sh -c 'cat "$1" & exec "$0"' "$PAUSE" "$BATS_TEST_TMPDIR/gate"
	[ "$(children_of "$pid" | wc -w)" -eq 1 ]
	: >"$BATS_TEST_TMPDIR/gate"
	within 60 no_child "$pid"
	stops_with TERM 0
}
