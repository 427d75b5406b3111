#!/usr/bin/env bats
# The edition with the least memory: that it is one, that it is pause all the same, and where it is not moved.

load ../../tests/helpers
load ../../tests/engines/bundle

memory_of() {
	echo "$ROOT/build/${1//\//-}/pause-memory"
}

setup_file() {
	make --no-print-directory -C "$ROOT/lab" memory-programs >&2
}

setup() {
	EDITION=$(memory_of "$PLATFORM")
	cd "$BATS_TEST_TMPDIR"
}

# kB of page tables, and of memory of its own that is no file: the stack.
pages() {
	echo "$(status_of "$1" VmPTE | tr -d ' kB') $(status_of "$1" RssAnon | tr -d ' kB')"
}

# Its mappings, a word each: a path, or what the kernel calls them.
mappings() {
	awk '$6 != "[vsyscall]" { print $6 }' "/proc/$1/maps" | paste -sd ' '
}

# It has moved: it starts as PID 1, has its own page and the stack and one page of that, shows its command line, stops.
moves() {
	hold "$@"
	mapped "$(realpath "$EDITION")"
	[ "$(pages "$pid")" = "12 4" ]
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == *"$EDITION " ]]
	[ "$(readlink "/proc/$pid/exe")" = "$(realpath "$EDITION")" ]
	stops_with TERM 0
}

@test "all tests of the program pass on it: of signals, orphans, options, and of what it is started with" {
	env -i PATH="${PATH//\/usr\/libexec\/bats-core:/}" HOME="$HOME" PAUSE="$EDITION" \
		bats "$ROOT"/tests/program/{hold,signals,orphans,options,start,members,surroundings}.bats
}

@test "asleep it has two mappings, 12 kB of page tables, one page of stack, and its command line" {
	needs root
	[ "$native" = linux/amd64 ] || skip "the figures are those of amd64"
	for _ in {1..20}; do
		# Where the stack begins within the first pages of a table, 1 in 500 times, it has two.
		moves "$EDITION" || moves "$EDITION"
	done
}

@test "the same without address randomization, and with the mappings from the bottom" {
	moves setarch -R "$EDITION"
	moves setarch -L "$EDITION"
}

@test "the same with the smallest stack and with an unlimited one" {
	(ulimit -s 64 && moves "$EDITION")
	(ulimit -s unlimited && moves "$EDITION")
}

@test "under gVisor it holds and stops, with and without the seccomp profile that refuses its calls" {
	runsc=$("$ROOT/tests/tools/fetch-deb.sh" runsc:amd64/trixie './usr/bin/runsc')/usr/bin/runsc
	for profile in "" seccomp; do
		bundle "bundle$profile" "$EDITION"
		[ -n "$profile" ] || jq 'del(.linux.seccomp)' bundle/config.json >config
		[ -n "$profile" ] || mv config bundle/config.json
		gvisor run -bundle "bundle$profile" "held$profile" </dev/null 3>&- &
		run=$!
		within 60 is_running "held$profile"
		within 60 stops_when_told "held$profile" $run
		wait $run
	done
}
gvisor() {
	timeout 60 "$runsc" --root "$BATS_TEST_TMPDIR/runsc" --platform=systrap --network=none --ignore-cgroups "$@"
}
is_running() {
	[ "$(gvisor state "$1" 2>/dev/null | jq -r .status)" = running ]
}
stops_when_told() {
	gvisor kill "$1" TERM 2>/dev/null || true
	sleep 0.2
	ended "$2"
}
