#!/usr/bin/env bats
# Whatever it is started with: it still stops, and it still holds nothing.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

holds_nothing() {
	local fd
	for fd in "/proc/$1/fd/"[0-9]*; do
		[[ $fd == *'*' || ${fd##*/} -le 2 ]] || { echo "holds descriptor ${fd##*/}"; return 1; }
	done
	[ "$(readlink "/proc/$1/cwd")" = / ]
}

# As PID 1: starts the command line, requires what every start promises.
holds_and_stops() {
	hold "$@"
	holds_nothing "$pid"
	stops_with TERM 0
}

# The same as an ordinary process, and where a blocked warning keeps it from its sleep.
holds_and_stops_as_ordinary() {
	"$@" &
	pid=$!
	within 10 holds_nothing $pid
	sleep 0.1
	kill -TERM $pid
	within 10 ended $pid
	wait $pid
}

# bats test_tags=holder
@test "plainly" {
	hold "$PAUSE"
	stops_with TERM 0
}

@test "with every signal blocked" {
	holds_and_stops env --block-signal "$PAUSE"
	holds_and_stops_as_ordinary env --block-signal "$PAUSE" 2>/dev/null
}

@test "with SIGTERM, SIGINT and SIGCHLD ignored" {
	holds_and_stops env --ignore-signal=TERM --ignore-signal=INT --ignore-signal=CHLD "$PAUSE"
	holds_and_stops_as_ordinary env --ignore-signal "$PAUSE" 2>/dev/null
}

# bats test_tags=holder
@test "with SIGCHLD blocked and ignored: orphans leave no zombie" {
	hold env --block-signal=CHLD --ignore-signal=CHLD "$PAUSE"
	nsenter --target "$pid" --pid -- "$(helper orphans)" 100 dead
	within 60 no_child "$pid"
	stops_with TERM 0
}

@test "with descriptors 0 to 2 closed" {
	holds_and_stops "$PAUSE" <&- >&- 2>&-
	holds_and_stops_as_ordinary "$PAUSE" <&- >&- 2>&-
}

@test "with 200 inherited descriptors, of which none stays" {
	for _ in $(seq 200); do
		exec {fd}<"$PAUSE"
	done
	[ "$fd" -gt 200 ]
	holds_and_stops "$PAUSE"
	holds_and_stops_as_ordinary "$PAUSE" 2>/dev/null
}

# bats test_tags=holder
@test "with an empty argv" {
	hold "$(helper launch)" empty-argv "$PAUSE"
	stops_with TERM 0
}

@test "with a megabyte of environment" {
	big=$(head -c 130000 /dev/zero | tr '\0' x)
	holds_and_stops env A="$big" B="$big" C="$big" D="$big" E="$big" F="$big" G="$big" H="$big" "$PAUSE"
}

@test "in a deleted directory, which it lets go" {
	mkdir gone
	cd gone
	rmdir ../gone
	holds_and_stops "$PAUSE"
	holds_and_stops_as_ordinary "$PAUSE" 2>/dev/null
}

# A pipe, descriptor 7 to write to and 8 to keep it open.
open_pipe() {
	mkfifo pipe
	exec 8<>pipe
	exec 7>pipe
}

@test "with stderr a full pipe" {
	open_pipe
	dd if=/dev/zero of=pipe oflag=nonblock bs=4096 2>/dev/null || true
	holds_and_stops "$PAUSE" 2>&7
	holds_and_stops_as_ordinary "$PAUSE" 2>&7
	holds_and_stops_as_ordinary env --block-signal "$PAUSE" 2>&7
}

@test "with stderr a pipe that nobody reads" {
	open_pipe
	exec 8>&-
	holds_and_stops "$PAUSE" 2>&7
	holds_and_stops_as_ordinary env --default-signal=PIPE "$PAUSE" 2>&7
}

@test "with stderr /dev/full" {
	holds_and_stops "$PAUSE" 2>/dev/full
	holds_and_stops_as_ordinary "$PAUSE" 2>/dev/full
}

# bats test_tags=holder
@test "idle it is never woken and uses no processor time" {
	hold "$PAUSE"
	# utime and stime, counted in ticks
	ticks() { cut -d ' ' -f 14,15 "/proc/$pid/stat"; }
	before="$(switches "$pid") $(ticks)"
	sleep 4
	[ "$(switches "$pid") $(ticks)" = "$before" ]
	stops_with TERM 0
}
