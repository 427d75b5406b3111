#!/usr/bin/env bats
# What it does when the kernel says no: each of its calls refused, no descriptor, no memory, no process to spare.
# Never a spin, never a hang, never a crash but the one that stands in for a refused exit_group.
# bats file_tags=native

bats_require_minimum_version 1.5.0
load ../helpers

EPERM=1 EINTR=4 EINVAL=22 ENOSYS=38

setup() {
	refuse=$(helper refuse)
	err=$BATS_TEST_TMPDIR/stderr
}

# Processor time in nanoseconds, and wake-ups, of each of these.
used() {
	local pid time
	for pid; do
		read -r time _ <"/proc/$pid/schedstat"
		echo "$time $(switches "$pid")"
	done
}

# Asleep, and so for good: neither woken nor on a processor for a tenth of a second, in which a spin would show.
rests() {
	local pid before
	for pid; do
		within 60 asleep "$pid"
	done
	before=$(used "$@")
	sleep 0.1
	[ "$(used "$@")" = "$before" ]
}

# Starts it with a call refused, with each errno, as PID 1 and as an ordinary process, and adds to pids and wrappers:
# refused CALL
refused() {
	local errno start
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		for start in start_pid1 start_ordinary; do
			$start "$refuse" "$1" "$errno" "$PAUSE" 2>>"$err.$1"
			pids+=("$pid") wrappers+=("$wrapper")
		done
	done
}

# Runs a command that must end with a status, as PID 1 and as an ordinary process: both STATUS COMMAND...
both() {
	run "-$1" --separate-stderr timeout 60 unshare --pid --fork "${@:2}"
	run "-$1" --separate-stderr timeout 60 "${@:2}"
}

@test "it makes nine system calls, the ones that are refused here" {
	needs strace
	strace -f -o "$BATS_TEST_TMPDIR/trace" "$PAUSE" 2>/dev/null 3>&- &
	tracer=$!
	within 60 grep -q rt_sigsuspend "$BATS_TEST_TMPDIR/trace"
	kill -TERM "$(awk 'NR == 1 { print $1 }' "$BATS_TEST_TMPDIR/trace")"
	wait $tracer
	calls=$(sed -En 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$BATS_TEST_TMPDIR/trace" | grep -vx execve | sort -u | paste -sd ' ')
	[ "$calls" = "chdir close_range exit_group getpid rt_sigaction rt_sigprocmask rt_sigsuspend wait4 write" ]
}

@test "rt_sigaction refused, or rt_sigsuspend refused: it says so, and ends with status 1, for it could only spin" {
	needs namespaces
	for call in rt_sigaction rt_sigsuspend; do
		for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
			both 1 "$refuse" $call "$errno" "$PAUSE"
			[ "${stderr##*$'\n'}" = "pause: $call refused; check seccomp" ]
		done
	done
}

@test "rt_sigprocmask, wait4, close_range, chdir, getpid or write refused: it holds and stops" {
	pids=() wrappers=()
	for call in rt_sigprocmask wait4 close_range chdir getpid write; do
		refused $call
	done
	rests "${pids[@]}"
	for i in "${!pids[@]}"; do
		pid=${pids[i]} wrapper=${wrappers[i]}
		stops_with TERM 0
	done
	[ "$(sort "$err.getpid" | uniq -c | xargs)" = "8 pause: warning: not PID 1" ]
	[ ! -s "$err.write" ]
}

@test "exit_group refused: the trap behind it ends PID 1 and an ordinary process, also where every call is refused" {
	all=rt_sigaction,rt_sigprocmask,wait4,close_range,chdir,getpid,write,rt_sigsuspend,exit_group
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		hold "$refuse" exit_group "$errno" "$PAUSE"
		stops_with TERM 132 # 128 + SIGILL
		run -132 timeout 60 "$refuse" exit_group "$errno" "$PAUSE" --version
		both 132 "$refuse" $all "$errno" "$PAUSE"
	done
}

@test "every resource limit at its smallest: it holds, reaps and stops" {
	# What exec itself does not survive without: 128 kB of stack, 1 MB of addresses; and one second of processor time.
	start_pid1 prlimit --core=0 --data=0 --fsize=0 --locks=0 --memlock=0 --msgqueue=0 --nice=0 --nofile=0 --nproc=0 \
		--rss=0 --rtprio=0 --rttime=0 --sigpending=0 --cpu=1 --stack=131072 --as=1048576 "$PAUSE" 2>"$err"
	rests "$pid"
	[ ! -s "$err" ]
	[ "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" -eq 0 ]
	reaps_and_stops
}

# In a cgroup of 4 MB, another process takes all that there is. $1 is what oom_control gets: 0, the kernel kills that
# process; 1, the process waits, and nobody in the cgroup gets one more page.
exhaust() {
	make_cgroup memory
	if [ "$version" = 1 ]; then
		echo $((4 << 20)) >"$cgroup/memory.limit_in_bytes"
		echo "$1" >"$cgroup/memory.oom_control"
	else
		[ "$1" -eq 0 ] || skip "version 2 of cgroups has no way to let a process wait for memory"
		echo $((4 << 20)) >"$cgroup/memory.max"
		echo 0 >"$cgroup/memory.swap.max"
	fi
	# shellcheck disable=SC2016
	start_pid1 sh -c 'echo 0 >"$1/cgroup.procs" && exec "$2"' - "$cgroup" "$PAUSE"
	within 60 asleep "$pid"
	# shellcheck disable=SC2016
	sh -c 'echo 0 >"$1/cgroup.procs" && exec tail /dev/zero' - "$cgroup" 3>&- &
	hog=$!
}

@test "when its cgroup runs out of memory the kernel takes another process; it rests, reaps and stops" {
	needs root
	exhaust 0
	status=0
	wait $hog || status=$?
	[ "$status" -eq 137 ]
	rests "$pid"
	reaps_and_stops
}

@test "without one page left in its cgroup it rests and reaps, and SIGTERM ends it" {
	needs root
	exhaust 1
	within 60 grep -qx 'under_oom 1' "$cgroup/memory.oom_control"
	rests "$pid"
	leave_orphans 100 dead
	within 60 no_child "$pid"
	grep -qx 'under_oom 1' "$cgroup/memory.oom_control"
	kill -TERM "$pid"
	within 60 ended "$wrapper"
	status=0
	wait "$wrapper" || status=$?
	# The kernel puts the handler's frame on the stack; where that takes another page, the end is a SIGSEGV.
	[ "$status" -eq 0 ] || [ "$status" -eq 139 ]
	kill -KILL $hog 2>/dev/null || true # it may have given up
	wait $hog || true
}

@test "with a full process table it reaps, and stops" {
	needs root
	make_cgroup pids
	hold "$PAUSE"
	echo "$pid" >"$cgroup/cgroup.procs"
	echo 20 >"$cgroup/pids.max"
	# shellcheck disable=SC2016
	run -1 sh -c 'echo 0 >"$1/cgroup.procs" && exec nsenter --target "$2" --pid -- "$3" 1000 alive' \
		- "$cgroup" "$pid" "$(helper orphans)"
	grep -qvx 'max 0' "$cgroup/pids.events"
	within 60 no_child "$pid"
	rests "$pid"
	stops_with TERM 0
}
