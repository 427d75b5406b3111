#!/usr/bin/env bats
# What a write can meet, on every kind of stream: an ordinary process goes on holding without its warning; the answer to
# an option ends with status 1, an error with status 2. No signal that a write raises ends or stops any of them.

load ../helpers

setup() {
	stream=$(helper stream)
	cd "$BATS_TEST_TMPDIR"
}

# Kinds of streams, which stream.c makes; and what becomes of another program that writes to one: the number of the
# error, or 128 and the number of the signal.
KINDS='
closed 9
read-only 9
directory 9
device-full 28
file-full 153
sealed 1
no-reader 141
no-room 11
peer-gone 141
unconnected 107
unaddressed 89
no-file 22
hung-up 5
'

# Calls a function with each kind and that number, with all at once.
on_each_kind() {
	local kind number failed=''
	local -A jobs
	while read -r kind number; do
		[ -n "$kind" ] || continue
		"$1" "$kind" "$number" 3>&- &
		jobs[$kind]=$!
	done <<<"$KINDS"
	[ ${#jobs[@]} -eq 13 ]
	for kind in "${!jobs[@]}"; do
		wait "${jobs[$kind]}" || failed+=" $kind"
	done
	echo "failed:$failed"
	[ -z "$failed" ]
}

# Whether a command ends with a status: status 1 COMMAND...
status() {
	local status=0
	timeout 60 "${@:2}" >"$BATS_TEST_TMPDIR/$BASHPID" 2>&1 || status=$?
	[ "$status" -eq "$1" ] || { echo "status $status, not $1: ${*:2}"; return 1; }
}

fails() {
	status "$2" "$stream" "$1" 2
}

@test "a stream that takes nothing is one: another program's write fails, or raises a signal that ends it" {
	on_each_kind fails
}

# How PROGRAM is started may be said by the words of start.
holds() {
	# shellcheck disable=SC2086 # words, or none
	start_ordinary "$stream" "$1" 2 $start "$PAUSE"
	within 60 asleep_or_ended && asleep "$pid" && stops_with TERM 0
}

asleep_or_ended() {
	asleep "$pid" || ended "$wrapper"
}

@test "whatever the write of its warning meets, an ordinary process holds, and stops with status 0" {
	start=''
	on_each_kind holds
}

@test "the same where its parent ignores these signals, or blocks all" {
	for start in 'env --ignore-signal' 'env --block-signal'; do
		on_each_kind holds
	done
}

answers() {
	status 1 "$stream" "$1" 1 "$PAUSE" -v &&
		status 1 "$stream" "$1" 1 unshare --pid --fork "$PAUSE" -h &&
		status 2 "$stream" "$1" 2 "$PAUSE" --typo &&
		status 2 "$stream" "$1" 2 unshare --pid --fork "$PAUSE" --typo
}

@test "what an option asks for and cannot be written has status 1, what is not understood 2, as PID 1 and not" {
	needs namespaces
	on_each_kind answers
}

@test "status 1 where stdout takes only a part of the text" {
	head -c 1020 /dev/zero >part
	# shellcheck disable=SC2016 # for the inner shell
	status 1 sh -c 'ulimit -f 2 && exec "$0" -h >>part' "$PAUSE" # of 512 bytes each
	[ "$(wc -c <part)" -eq 1024 ]
}

# An emulator has the default action for SIGTTOU, whatever the program blocks.
# bats test_tags=native
@test "in the background of a terminal with tostop, where another program stops, it holds, warns, and answers" {
	needs namespaces
	status 150 "$stream" background 2 # SIGTTOU
	start_ordinary "$stream" background 2 "$PAUSE" >out
	within 60 has_child_or_ended "$wrapper"
	pid=$(children_of "$wrapper")
	within 60 asleep_or_ended
	asleep "$pid"
	stops_with TERM 0
	[ "$(tr -d '\r' <out)" = 'pause: warning: not PID 1' ]
	for start in '' 'unshare --pid --fork'; do
		# shellcheck disable=SC2086 # words, or none
		timeout 60 "$stream" background 1 $start "$PAUSE" -v >out
		[ "$(tr -d '\r' <out)" = "pause $(cat "$ROOT/VERSION") $PLATFORM" ]
	done
}

# A pipe without room, descriptor 7 to write to and 8 to keep it open.
open_full_pipe() {
	mkfifo pipe
	exec 8<>pipe
	exec 7>pipe
	dd if=/dev/zero of=pipe oflag=nonblock bs=4096 2>/dev/null || true
}

blocked() {
	[[ $(cat "/proc/$1/wchan") == *pipe_write* ]]
}

# What it has to say waits for a reader: it stops all the same.
stops_while_blocked() {
	within 60 blocked "$pid"
	stops_with TERM 0
}

@test "while its warning waits in a full pipe, SIGTERM ends it" {
	open_full_pipe
	start_ordinary "$PAUSE" 2>&7
	stops_while_blocked
	start_ordinary env --block-signal "$PAUSE" 2>&7
	stops_while_blocked
	hold "$PAUSE" 2>&7
	stops_with TERM 0
}

@test "while an answer or an error waits in a full pipe, SIGTERM ends it, as PID 1 and not" {
	open_full_pipe
	for start in start_pid1 start_ordinary; do
		for option in -h -v; do
			$start "$PAUSE" $option >&7
			stops_while_blocked
		done
		$start env --block-signal "$PAUSE" -v >&7
		stops_while_blocked
		$start "$PAUSE" --typo 2>&7
		stops_while_blocked
	done
}
