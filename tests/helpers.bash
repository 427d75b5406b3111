# Loaded by every .bats file: `load helpers`.
# shellcheck shell=bash

ROOT=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
export LC_ALL=C

# OCI name and emulator of each platform; "-" where an x86-64 machine runs it by itself.
# shellcheck disable=SC2034 # for the tests
PLATFORMS=(
	linux/amd64:- linux/386:-
	linux/arm64:qemu-aarch64-static linux/arm/v7:qemu-arm-static linux/arm/v6:qemu-arm-static
	linux/riscv64:qemu-riscv64-static linux/ppc64le:qemu-ppc64le-static linux/s390x:qemu-s390x-static
	linux/mips64le:qemu-mips64el-static linux/loong64:qemu-loongarch64-static
)

# The file of a platform: pause_of linux/arm/v7
pause_of() {
	echo "$ROOT/build/${1//\//-}/pause"
}

# This machine's own; another file to test can be given.
PLATFORM=$(make --no-print-directory -C "$ROOT" print-platform)
PAUSE=${PAUSE:-$(pause_of "$PLATFORM")}

# What a failed test left behind.
teardown() {
	local job
	for job in $(jobs -p); do
		kill -KILL "$job" 2>/dev/null || true
	done
}

# Tries a command every 20 ms until it succeeds, for at most $1 seconds. Deadlines are generous: they decide between
# done and never, on a machine that is busy with something else.
within() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.02
	done
}

# A program of the tests' own, compiled once per run: helper orphans -> its path
helper() {
	local program=$BATS_RUN_TMPDIR/${1##*/}
	[ -x "$program" ] || gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$program" "$ROOT/tests/$1.c" >&2
	echo "$program"
}

# A line of /proc/PID/status: status_of PID State
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null || true
}

# Whether a process that this shell started has ended. The shell is asked, not /proc: among tests that fork by the
# thousand a number is somebody else's soon.
ended() {
	[[ " $(jobs -rp | tr '\n' ' ') " != *" $1 "* ]]
}

# In rt_sigsuspend (or rt_sigtimedwait: the smallest edition), so that all of the set-up lies behind it.
asleep() {
	[[ $(cat "/proc/$1/wchan" 2>/dev/null) == *sig@(suspend|timedwait)* ]]
}

# How often the process has been woken, or put off the processor.
switches() {
	awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$1/status"
}

children_of() {
	cat "/proc/$1/task/$1/children" 2>/dev/null || true
}

# Starts a command line as PID 1 of a new PID namespace; sets pid to its number out here.
# Its standard streams are those of the call, so that a test can redirect them.
start_pid1() {
	unshare --pid --fork --kill-child -- "$@" 3>&- & # 3 is bats' own: it waits for its end
	wrapper=$!
	within 10 has_child "$wrapper"
	pid=$(children_of "$wrapper")
	pid=${pid% }
}

has_child() {
	[ -n "$(children_of "$1")" ]
}

# The same, and waits until it sleeps.
hold() {
	start_pid1 "$@"
	within 10 asleep "$pid"
}

# Sends a signal to $pid, started by start_pid1; requires its end, within a second times ten, with this status.
stops_with() {
	kill "-$1" "$pid"
	within 10 ended "$wrapper"
	local status=0
	wait "$wrapper" || status=$?
	[ "$status" -eq "$2" ]
}

# Requires that a process is there and has no child, dead or alive.
no_child() {
	[ -e "/proc/$1" ] && [ -z "$(children_of "$1")" ]
}
