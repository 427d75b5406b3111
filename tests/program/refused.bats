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
	: >"$err"
}

# Processor time in nanoseconds, and wake-ups, of each of these.
used() {
	local pid
	for pid; do
		cut -d ' ' -f 1 "/proc/$pid/schedstat"
		switches "$pid"
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

# goes_on CALL: refused with any errno, the call is done without, by PID 1 and by an ordinary process.
goes_on() {
	local errno start i pids=() wrappers=()
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		for start in start_pid1 start_ordinary; do
			$start "$refuse" "$1" "$errno" "$PAUSE" 2>>"$err"
			pids+=("$pid") wrappers+=("$wrapper")
		done
	done
	rests "${pids[@]}"
	for i in "${!pids[@]}"; do
		pid=${pids[i]} wrapper=${wrappers[i]}
		stops_with TERM 0
	done
}

# ends CALL: refused with any errno, the call is named and the status 1.
ends() {
	local errno
	needs namespaces
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		run -1 --separate-stderr timeout 60 unshare --pid --fork "$refuse" "$1" "$errno" "$PAUSE"
		[ "$stderr" = "pause: $1 refused; check seccomp" ]
		run -1 --separate-stderr timeout 60 "$refuse" "$1" "$errno" "$PAUSE"
		[ "${stderr##*$'\n'}" = "pause: $1 refused; check seccomp" ]
	done
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

@test "rt_sigaction refused: it says so and ends with status 1, since nothing could stop it" {
	ends rt_sigaction
}

@test "rt_sigsuspend refused: it says so and ends with status 1, since it could only spin" {
	ends rt_sigsuspend
}

@test "rt_sigprocmask refused: it holds and stops" {
	goes_on rt_sigprocmask
}

@test "wait4 refused: it holds and stops" {
	goes_on wait4
}

@test "close_range refused: it holds and stops" {
	goes_on close_range
}

@test "chdir refused: it holds and stops" {
	goes_on chdir
}

@test "getpid refused: it holds and stops, and warns as if it were not PID 1" {
	goes_on getpid
	[ "$(sort -u "$err")" = "pause: warning: not PID 1" ] && [ "$(wc -l <"$err")" -eq 8 ]
}

@test "write refused: it holds and stops, without the warning" {
	goes_on write
	[ ! -s "$err" ]
}

@test "write refused: status 1 for --version, 2 for what it does not understand" {
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		run -1 timeout 60 "$refuse" write "$errno" "$PAUSE" --version
		run -2 timeout 60 "$refuse" write "$errno" "$PAUSE" --nonsense
	done
}

@test "exit_group refused: the trap behind it ends PID 1 and an ordinary process" {
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		hold "$refuse" exit_group "$errno" "$PAUSE" 2>>"$err"
		stops_with TERM 132 # 128 + SIGILL
		run -132 timeout 60 "$refuse" exit_group "$errno" "$PAUSE" --version
	done
}

@test "every call refused at once: it ends" {
	needs namespaces
	all=rt_sigaction,rt_sigprocmask,wait4,close_range,chdir,getpid,write,rt_sigsuspend,exit_group
	for errno in $EPERM $ENOSYS $EINTR $EINVAL; do
		run -132 timeout 60 unshare --pid --fork "$refuse" $all "$errno" "$PAUSE"
		run -132 timeout 60 "$refuse" $all "$errno" "$PAUSE"
	done
}

@test "every resource limit at its smallest: it holds, reaps and stops" {
	# What exec itself does not survive without: 128 kB of stack, 1 MB of addresses; and one second of processor time.
	start_pid1 prlimit --core=0 --data=0 --fsize=0 --locks=0 --memlock=0 --msgqueue=0 --nice=0 --nofile=0 --nproc=0 \
		--rss=0 --rtprio=0 --rttime=0 --sigpending=0 --cpu=1 --stack=131072 --as=1048576 "$PAUSE" 2>"$err"
	rests "$pid"
	[ ! -s "$err" ]
	[ "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" -eq 0 ]
	nsenter --target "$pid" --pid -- "$(helper orphans)" 100 dead
	within 60 no_child "$pid"
	stops_with TERM 0
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
	nsenter --target "$pid" --pid -- "$(helper orphans)" 100 dead
	within 60 no_child "$pid"
	stops_with TERM 0
}

@test "without one page left in its cgroup it rests and reaps, and SIGTERM ends it" {
	needs root
	exhaust 1
	within 60 grep -qx 'under_oom 1' "$cgroup/memory.oom_control"
	rests "$pid"
	nsenter --target "$pid" --pid -- "$(helper orphans)" 100 dead
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
