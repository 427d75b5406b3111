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
	[ "/proc/$1/cwd" -ef / ]
}

# As PID 1: starts the command line, requires what every start promises.
holds_and_stops() {
	hold "$@"
	holds_nothing "$pid"
	stops_with TERM 0
}

# The same as an ordinary process, and where a blocked warning keeps it from its sleep.
holds_and_stops_as_ordinary() {
	start_ordinary "$@"
	within 60 holds_nothing "$pid"
	stops_with TERM 0
}

@test "with every signal blocked, or SIGTERM, SIGINT and SIGCHLD ignored" {
	holds_and_stops env --block-signal "$PAUSE"
	holds_and_stops_as_ordinary env --block-signal "$PAUSE" 2>/dev/null
	holds_and_stops env --ignore-signal=TERM --ignore-signal=INT --ignore-signal=CHLD "$PAUSE"
	holds_and_stops_as_ordinary env --ignore-signal "$PAUSE" 2>/dev/null
}

# bats test_tags=holder
@test "with SIGCHLD blocked and ignored: orphans leave no zombie" {
	hold env --block-signal=CHLD --ignore-signal=CHLD "$PAUSE"
	reaps_and_stops
}

@test "with descriptors 0 to 2 closed" {
	holds_and_stops "$PAUSE" <&- >&- 2>&-
	holds_and_stops_as_ordinary "$PAUSE" <&- >&- 2>&-
}

@test "with 200 inherited descriptors and one of four digits, of which none stays" {
	for _ in $(seq 200); do
		exec {fd}<"$PAUSE"
	done
	[ "$fd" -gt 200 ]
	exec 1000<"$PAUSE"
	holds_and_stops "$PAUSE"
	holds_and_stops_as_ordinary "$PAUSE" 2>/dev/null
	# And the first that it may not hold, which is bats' own.
	# shellcheck disable=SC2016
	holds_and_stops sh -c 'exec 3<"$0" && exec "$0"' "$PAUSE"
}

# An emulator has no way to hand it over
# bats test_tags=holder,native
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

@test "with a SIGTERM that was blocked and came before exec: it ends at once" {
	needs namespaces
	for argument in '' -v --typo; do
		# shellcheck disable=SC2016
		pending=(env --block-signal=TERM sh -c 'kill -TERM $$ && exec "$0" "$@"' "$PAUSE" ${argument:+"$argument"})
		timeout 60 "${pending[@]}" >out 2>&1
		timeout 60 unshare --pid --fork "${pending[@]}" >>out 2>&1
		[ ! -s out ]
	done
}

# bats test_tags=holder
@test "idle it is never woken and uses no processor time" {
	hold "$PAUSE"
	# utime and stime, counted in ticks
	ticks() { cut -d ' ' -f 14,15 "/proc/$pid/stat"; }
	before="$(switches "$pid") $(ticks)"
	sleep 1
	[ "$(switches "$pid") $(ticks)" = "$before" ]
	stops_with TERM 0
}
