#!/usr/bin/env bats
# What stops it, and what does not.

load ../helpers

# Whether a number is among those of signals: is 15 "$(kill -l TERM INT)"
is() {
	[[ $'\n'$2$'\n' == *$'\n'"$1"$'\n'* ]]
}

# bats test_tags=holder
@test "SIGTERM and SIGINT end PID 1 with status 0, and an ordinary process, with no output on the way" {
	for signal in TERM INT; do
		hold "$PAUSE" >"$BATS_TEST_TMPDIR/out" 2>&1
		stops_with $signal 0
		[ ! -s "$BATS_TEST_TMPDIR/out" ]
		start_ordinary "$PAUSE" 2>/dev/null
		within 60 asleep "$pid"
		stops_with $signal 0
	done
}

# An emulator as PID 1 hangs on a signal that it wants to die of
# bats test_tags=holder,native
@test "as PID 1 every other signal leaves it asleep, SIGKILL and SIGSTOP aside" {
	local spared
	spared=$(kill -l TERM INT KILL STOP)
	hold "$PAUSE"
	for signal in $(seq 64); do
		! is "$signal" "$spared" || continue
		kill -"$signal" "$pid"
		within 60 asleep "$pid" || { echo "signal $signal"; false; }
	done
	stops_with TERM 0
}

@test "as an ordinary process SIGPIPE, SIGXFSZ and SIGTTOU do nothing, and every other signal has its default action" {
	local spared harmless
	local -A started
	spared=$(kill -l TERM INT STOP TSTP TTIN) # the last three stop it, as in the next test
	# What a program blocks of these an emulator does not.
	[ "$PAUSE" = "$(pause_of "$PLATFORM")" ] || spared+=$'\n'$(kill -l TTOU)
	harmless=$(kill -l CHLD CONT URG WINCH PIPE XFSZ TTOU)
	# Beyond these an emulator has nothing of its own, and keeps some for itself.
	last=$([ "$PAUSE" = "$(pause_of "$PLATFORM")" ] && echo 64 || echo 31)
	for signal in $(seq "$last"); do
		! is "$signal" "$spared" || continue
		# posix_spawn(3) of glibc hands these two over ignored, and env(1) cannot touch them.
		[ "$signal" -ne 32 ] && [ "$signal" -ne 33 ] || continue
		# bash ignores SIGINT and SIGQUIT for what it starts with &
		start_ordinary env --default-signal "$PAUSE" 2>/dev/null
		started[$signal]=$pid
	done
	[ ${#started[@]} -ge 23 ]
	for signal in "${!started[@]}"; do
		within 60 asleep "${started[$signal]}"
		kill -"$signal" "${started[$signal]}"
	done
	sleep 0.05
	for signal in "${!started[@]}"; do
		pid=${started[$signal]} wrapper=$pid
		if is "$signal" "$harmless"; then
			asleep "$pid"
			stops_with TERM 0
		else
			ends_with $((128 + signal)) || { echo "signal $signal is not fatal"; false; }
		fi
	done
}

stopped() {
	[[ $(status_of "$1" State) == T* ]]
}

# bats test_tags=holder
@test "SIGSTOP holds it, SIGCONT goes on, SIGTERM in between ends it then" {
	hold "$PAUSE"
	kill -STOP "$pid"
	within 60 stopped "$pid"
	kill -CONT "$pid"
	within 60 asleep "$pid"
	kill -STOP "$pid"
	within 60 stopped "$pid"
	kill -TERM "$pid"
	sleep 0.1
	stopped "$pid"
	stops_with CONT 0
}

# The freezer of either hierarchy: freeze, thaw
freeze() {
	if [ "$version" = 1 ]; then echo FROZEN >"$cgroup/freezer.state"; else echo 1 >"$cgroup/cgroup.freeze"; fi
	within 60 grep -qE '^FROZEN|^frozen 1' "$cgroup"/{freezer.state,cgroup.events} 2>/dev/null
}

thaw() {
	if [ "$version" = 1 ]; then echo THAWED >"$cgroup/freezer.state"; else echo 0 >"$cgroup/cgroup.freeze"; fi
}

# bats test_tags=holder
@test "frozen and thawed by the cgroup freezer it sleeps on; SIGTERM to the frozen process ends it when thawed" {
	needs root
	hold "$PAUSE"
	make_cgroup freezer
	echo "$pid" >"$cgroup/cgroup.procs"
	freeze
	thaw
	within 60 asleep "$pid"
	freeze
	kill -TERM "$pid"
	sleep 0.1
	if ended "$wrapper"; then false; fi
	thaw
	within 60 ended "$wrapper"
	wait "$wrapper"
}

# It would be the emulator's debugger
# bats test_tags=holder,native
@test "a debugger that comes and goes does not wake it up for good" {
	needs strace
	hold "$PAUSE"
	local trace=$BATS_TEST_TMPDIR/trace before
	strace -p "$pid" 2>"$trace" 3>&- &
	within 60 grep -q "Process $pid attached" "$trace"
	kill -INT $!
	within 60 grep -q "Process $pid detached" "$trace"
	within 60 asleep "$pid"
	before=$(switches "$pid")
	sleep 0.1
	[ "$(switches "$pid")" -eq "$before" ]
	stops_with TERM 0
}
