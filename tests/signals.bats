#!/usr/bin/env bats
# What stops it, and what does not.

load helpers

# Signals 1 to 64, which include the two that libc keeps to itself.
every_signal() {
	seq 1 64
}

is() {
	local name
	for name in "${@:2}"; do
		[ "$1" -ne "$(kill -l "$name")" ] || return 0
	done
	return 1
}

# bats test_tags=holder
@test "SIGTERM and SIGINT end PID 1 with status 0, and no output on the way" {
	for signal in TERM INT; do
		hold "$PAUSE" >"$BATS_TEST_TMPDIR/out" 2>&1
		stops_with $signal 0
		[ ! -s "$BATS_TEST_TMPDIR/out" ]
	done
}

# bats test_tags=holder
@test "SIGTERM and SIGINT end an ordinary process with status 0" {
	for signal in TERM INT; do
		"$PAUSE" 2>/dev/null &
		pid=$!
		within 10 asleep $pid
		kill -$signal $pid
		within 10 gone $pid
		wait $pid
	done
}

@test "as PID 1 every other signal leaves it asleep, SIGKILL and SIGSTOP aside" {
	hold "$PAUSE"
	for signal in $(every_signal); do
		! is "$signal" TERM INT KILL STOP || continue
		kill -"$signal" "$pid"
		within 10 asleep "$pid" || { echo "signal $signal"; false; }
	done
	stops_with TERM 0
}

@test "as an ordinary process every other signal has its default action" {
	for signal in $(every_signal); do
		! is "$signal" TERM INT STOP TSTP TTIN TTOU || continue # the last four: in the next test
		env --default-signal "$PAUSE" 2>/dev/null & # bash ignores SIGINT and SIGQUIT for what it starts with &
		pid=$!
		within 10 asleep $pid
		kill -"$signal" $pid
		if is "$signal" CHLD CONT URG WINCH; then
			sleep 0.05
			asleep $pid
			kill $pid
			wait $pid
		else
			within 10 gone $pid
			status=0
			wait $pid || status=$?
			[ $status -eq $((128 + signal)) ] || { echo "signal $signal: status $status"; false; }
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
	within 10 stopped "$pid"
	kill -CONT "$pid"
	within 10 asleep "$pid"
	kill -STOP "$pid"
	within 10 stopped "$pid"
	kill -TERM "$pid"
	sleep 0.1
	stopped "$pid"
	stops_with CONT 0
}

# The freezer of either cgroup hierarchy: freezer make|add PID|freeze|thaw|remove
freezer() {
	local v1=/sys/fs/cgroup/freezer/pause-test-$BATS_SUITE_TEST_NUMBER-$$
	local v2=/sys/fs/cgroup/pause-test-$BATS_SUITE_TEST_NUMBER-$$
	if [ -d /sys/fs/cgroup/freezer ]; then
		case $1 in
		make) mkdir $v1 ;;
		add) echo "$2" >$v1/tasks ;;
		freeze) echo FROZEN >$v1/freezer.state ;;
		frozen) [ "$(cat $v1/freezer.state)" = FROZEN ] ;;
		thaw) echo THAWED >$v1/freezer.state ;;
		remove) rmdir $v1 ;;
		esac
	else
		case $1 in
		make) mkdir $v2 ;;
		add) echo "$2" >$v2/cgroup.procs ;;
		freeze) echo 1 >$v2/cgroup.freeze ;;
		frozen) grep -q '^frozen 1' $v2/cgroup.events ;;
		thaw) echo 0 >$v2/cgroup.freeze ;;
		remove) rmdir $v2 ;;
		esac
	fi
}

# bats test_tags=holder
@test "frozen and thawed by the cgroup freezer it sleeps on; SIGTERM to the frozen process ends it when thawed" {
	hold "$PAUSE"
	freezer make
	freezer add "$pid"
	freezer freeze
	within 10 freezer frozen
	freezer thaw
	within 10 asleep "$pid"
	freezer freeze
	within 10 freezer frozen
	kill -TERM "$pid"
	sleep 0.1
	! gone "$pid"
	freezer thaw
	within 10 gone "$pid"
	wait "$wrapper"
	within 10 freezer remove
}

# bats test_tags=holder
@test "a debugger that comes and goes does not wake it up for good" {
	hold "$PAUSE"
	timeout 1 strace -o "$BATS_TEST_TMPDIR/trace" -p "$pid" || true
	within 10 asleep "$pid"
	stops_with TERM 0
}
