#!/usr/bin/env bats
# What a write can meet, on every kind of stream: an ordinary process goes on holding without its warning; the answer to
# an option ends with status 1, an error with status 2. No signal that a write raises ends or stops any of them.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkfifo no-reader full
	exec 8<>full
	dd if=/dev/zero of=full oflag=nonblock bs=4096 2>/dev/null || true
}

# Kinds of streams that take nothing, and what becomes of another program that writes to one: status 1 of an error, or
# 128 and the number of the signal. A terminal that has hung up, or a socket without a peer, is no other case to the
# program: it asks whether the kernel took all, and for nothing else.
KINDS='
closed 1
device-full 1
file-full 153
no-reader 141
no-room 1
'

# Runs a command with a descriptor that is such a stream, in the place of the shell: on_stream KIND FD COMMAND...
on_stream() {
	case $1 in
	closed) eval "exec $2>&-" ;;
	device-full) eval "exec $2>/dev/full" ;;
	file-full) ulimit -f 0 && eval "exec $2>file" ;;
	no-reader) exec 7<>no-reader && eval "exec $2>no-reader" && exec 7<&- ;;
	# Without of=, dd makes the stream itself one that does not wait.
	no-room)
		eval "exec $2>full"
		dd status=none if=/dev/zero oflag=nonblock count=1 >&"$2" 2>&- || true
		;;
	esac
	exec "${@:3}"
}

# Calls a function with each kind and that number.
on_each_kind() {
	local kind number
	while read -r kind number; do
		[ -z "$kind" ] || "$1" "$kind" "$number" || { echo "$1 $kind"; return 1; }
	done <<<"$KINDS"
}

# Whether a command ends with a status: status 1 KIND FD COMMAND...
status() {
	local status=0
	(on_stream "$2" "$3" timeout 60 "${@:4}") >out 2>&1 3>&- || status=$?
	[ "$status" -eq "$1" ] || { echo "status $status, not $1: ${*:2}"; return 1; }
}

fails() {
	status "$2" "$1" 1 env --default-signal echo written
}

@test "a stream that takes nothing is one: another program's write fails, or raises a signal that ends it" {
	on_each_kind fails
}

# How it is started may be said by the words of start.
holds() {
	# shellcheck disable=SC2086 # words, or none
	start_ordinary on_stream "$1" 2 $start "$PAUSE"
	within 60 asleep_or_ended && asleep "$pid" && stops_with TERM 0
}

asleep_or_ended() {
	asleep "$pid" || ended "$wrapper"
}

@test "whatever the write of its warning meets, an ordinary process holds, also where its parent ignores signals" {
	for start in '' 'env --ignore-signal' 'env --block-signal'; do
		on_each_kind holds
	done
}

answers() {
	status 1 "$1" 1 "$PAUSE" -v &&
		status 1 "$1" 1 unshare --pid --fork "$PAUSE" -h &&
		status 2 "$1" 2 "$PAUSE" --typo &&
		status 2 "$1" 2 unshare --pid --fork "$PAUSE" --typo
}

@test "what an option asks for and cannot be written has status 1, what is not understood 2, as PID 1 and not" {
	needs namespaces
	on_each_kind answers
}

@test "status 1 where stdout takes only a part of the text" {
	head -c 1020 /dev/zero >part
	# shellcheck disable=SC2016 # for the inner shell
	run sh -c 'ulimit -f 2 && exec timeout 60 "$0" -h >>part' "$PAUSE" # of 512 bytes each
	[ "$status" -eq 1 ]
	[ "$(wc -c <part)" -eq 1024 ]
}

# An emulator has the default action for SIGTTOU, whatever the program blocks.
# bats test_tags=native
@test "in the background of a terminal with tostop, where another program stops, it holds, warns, and answers" {
	needs namespaces
	# shellcheck disable=SC2016 # for the inner shell
	printf '%s\n' 'stty tostop' 'set -m' '"$@" &' 'echo $! >pid' 'wait $!' >background
	run script -qec 'bash background echo written' /dev/null
	[ "$status" -eq 150 ] # SIGTTOU
	rm pid
	start_ordinary script -qec "bash background '$PAUSE'" /dev/null >out
	within 60 warned
	within 60 [ -s pid ]
	pid=$(<pid)
	within 60 asleep "$pid"
	stops_with TERM 0
	for start in '' 'unshare --pid --fork'; do
		run script -qec "bash background $start '$PAUSE' -v" /dev/null
		[ "$status" -eq 0 ]
		[ "${lines[0]%$'\r'}" = "pause $(cat "$ROOT/VERSION") $PLATFORM" ]
	done
}
warned() {
	grep -q '^pause: warning: not PID 1' out || ended "$wrapper"
}

blocked() {
	local where=
	read -r where <"/proc/$1/wchan" || true # it has no end of line
	[[ $where == *pipe_write* ]]
}

# What it has to say waits for a reader: it stops all the same.
stops_while_blocked() {
	within 60 blocked "$pid"
	stops_with TERM 0
}

@test "while a warning, an answer or an error waits in a full pipe, SIGTERM ends it, as PID 1 and not" {
	hold "$PAUSE" 2>full # which has no warning
	stops_with TERM 0
	for start in '' 'env --block-signal'; do
		# shellcheck disable=SC2086 # words, or none
		start_ordinary $start "$PAUSE" 2>full
		stops_while_blocked
	done
	for start in start_pid1 start_ordinary; do
		for option in -h -v; do
			$start "$PAUSE" $option >full
			stops_while_blocked
		done
		$start env --block-signal "$PAUSE" -v >full
		stops_while_blocked
		$start "$PAUSE" --typo 2>full
		stops_while_blocked
	done
}
