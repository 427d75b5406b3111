# Loaded by every .bats file: `load helpers`.
# shellcheck shell=bash

ROOT=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
export LC_ALL=C

# A column of src/platforms, of all platforms or of one: of elf linux/arm/v7
of() {
	"$ROOT/scripts/platforms.sh" "$@"
}

# What is made once for all files that suite.sh runs, or for one run of bats: what a test takes is mostly what it starts.
SHARED=${SUITE_TMPDIR:-$BATS_RUN_TMPDIR}
if [ ! -e "$SHARED/platforms" ]; then
	# shellcheck disable=SC2086 # a word each
	{ of --native && of platform ${ONLY-}; } >"$SHARED/platforms.$$"
	mv "$SHARED/platforms.$$" "$SHARED/platforms"
fi
# This machine's platform; and all, or those that ONLY names: make then builds no more, either.
mapfile -t PLATFORMS <"$SHARED/platforms"
native=${PLATFORMS[0]}
PLATFORMS=("${PLATFORMS[@]:1}")
[ -z "${ONLY-}" ] || export MAKEFLAGS="PLATFORMS=${ONLY// /\\ }"

# The file of a platform: pause_of linux/arm/v7
pause_of() {
	echo "$ROOT/build/${1//\//-}/pause"
}

# Links a platform's file again, with its symbols, into a file, and requires that it is what ships: link linux/arm/v7 FILE
link() {
	local command
	command=$(cat "$(dirname "$(pause_of "$1")")/command")
	(cd "$ROOT" && eval "$command -o $2")
	"$ROOT/src/trim.sh" "$2" "$2.trimmed"
	cmp "$2.trimmed" "$(pause_of "$1")"
}

# Calls a function with each platform, as many at once as there are processors: on_each FUNCTION
on_each() {
	# shellcheck disable=SC2163 # the function's name
	export -f of pause_of link "$1"
	export ROOT BATS_TEST_TMPDIR
	# shellcheck disable=SC2016 # for the inner shell
	printf '%s\n' "${PLATFORMS[@]}" | xargs -P "$(nproc)" -I{} bash -euo pipefail -c '"$0" "$1"' "$1" {}
}

# Whether this machine's kernel executes a file; 126 is what a shell makes of ENOEXEC.
executes() {
	local status=0
	"$1" -v >/dev/null 2>&1 || status=$?
	[ $status -ne 126 ]
}

# The emulator of a platform's programs. Debian 14 has dropped its longer name: emulator_of linux/arm/v7
emulator_of() {
	local emulator
	emulator=qemu-$(of qemu "$1")
	command -v "$emulator-static" || command -v "$emulator" || { echo "$emulator is missing" >&2 && return 1; }
}

# What starts a platform's file: itself where the kernel executes it, else a script that puts the emulator in its place,
# as the oldest processor of the platform that it has.
starter_of() {
	local file emulator script=$SHARED/${1//\//-}
	file=$(pause_of "$1")
	if [ ! -x "$script" ]; then
		if executes "$file"; then
			echo "$file"
			return
		fi
		emulator=$(emulator_of "$1")
		printf '#!/bin/sh\nexec %s -cpu %s "%s" "$@"\n' "$emulator" "$(of cpu "$1")" "$file" >"$script.$$"
		chmod +x "$script.$$"
		mv "$script.$$" "$script"
	fi
	echo "$script"
}

# The platform under test, this machine's if none is given, and what starts its file, if none is given.
PLATFORM=${PLATFORM:-$native}
PAUSE=${PAUSE:-$(starter_of "$PLATFORM")}
# And another one.
# shellcheck disable=SC2034 # for the tests
OTHER=${PLATFORMS[-1]}
[ "$OTHER" != "$PLATFORM" ] || OTHER=${PLATFORMS[0]}

# What a failed test left behind.
teardown() {
	local job
	for job in $(jobs -p); do
		kill -KILL "$job" 2>/dev/null || true
	done
	[ -z "${cgroup-}" ] || remove_cgroup
}

# What a test needs beside a compiler: programs, the rights of root, or that of making namespaces. `make check` does
# without, and says so; anywhere else what is missing fails the test: needs root strace
needs() {
	local need
	for need; do
		case $need in
		root) grep -q 4294967295 /proc/self/uid_map && [ -n "${NAMESPACES-1}" ] ;;
		namespaces) [ -n "${NAMESPACES-1}" ] ;;
		*) command -v "$need" >/dev/null ;;
		esac || {
			[ -z "${CHECK-}" ] || skip "needs $need"
			echo "needs $need"
			return 1
		}
	done
}

# Tries a command every 20 ms, and after half a second every 200 ms, until it succeeds, for at most $1 seconds. Deadlines
# are generous: they decide between done and never, on a machine that is busy with something else.
within() {
	local deadline=$((SECONDS + $1)) tries=0
	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		if [ $((tries += 1)) -le 25 ]; then sleep 0.02; else sleep 0.2; fi
	done
}

# A program of the tests' own, or one that pause is compared with, compiled once: helper orphans -> its path
helper() {
	local program=$SHARED/$1 folder source
	for folder in tests/tools lab/bench/peers; do
		source=$ROOT/$folder/$1.c
		[ ! -e "$source" ] || break
	done
	[ -x "$program" ] || {
		"$(command -v gcc clang cc | head -n 1)" -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$program.$$" "$source" >&2
		mv "$program.$$" "$program"
	}
	echo "$program"
}

# The present files, without what was built, in a new folder, dated as now or otherwise: copy_sources FOLDER [DATE]
copy_sources() {
	mkdir -p "$1"
	(cd "$ROOT" && tar -c --exclude=./build --exclude=./dist --exclude=./.git .) | tar -x -C "$1"
	[ $# -eq 1 ] || find "$1" -exec touch -h -d "$2" {} +
}

# What is in a folder as a commit of a repository there: commit_all FOLDER
commit_all() {
	git -C "$1" init -q
	git -C "$1" add -A
	git -C "$1" -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false commit -q -m test
}

# A repository of the present files, with a commit and the version's tag: tagged_source FOLDER
tagged_source() {
	copy_sources "$1"
	commit_all "$1"
	git -C "$1" tag "v$(cat "$ROOT/VERSION")"
}

# A line of /proc/PID/status: status_of PID State
status_of() {
	local key value
	while IFS=$': \t' read -r key value; do
		[ "$key" != "$2" ] || echo "$value"
	done <"/proc/$1/status" || true
} 2>/dev/null

# Whether a process that this shell started has ended. The shell is asked, not /proc: among tests that fork by the
# thousand a number is somebody else's soon.
ended() {
	[[ $'\n'$(jobs -rp)$'\n' != *$'\n'"$1"$'\n'* ]]
}

# In rt_sigsuspend (or rt_sigtimedwait: the smallest edition), so that all of the set-up lies behind it.
asleep() {
	local where=
	read -r where <"/proc/$1/wchan" || true # it has no end of line
	[[ $where == *sig@(suspend|timedwait)* ]]
} 2>/dev/null

# How often the process has been woken, or put off the processor.
switches() {
	local key value sum=0
	while read -r key value; do
		[[ $key != *ctxt_switches: ]] || sum=$((sum + value))
	done <"/proc/$1/status"
	echo $sum
}

children_of() {
	local children=
	read -r children <"/proc/$1/task/$1/children" || true # nor has it
	echo "$children"
} 2>/dev/null

# A cgroup of this test's own with a controller, in version 1's hierarchy of it or in version 2's: make_cgroup memory
# Sets cgroup, and version; it goes with the test.
# shellcheck disable=SC2034 # version: for the tests
make_cgroup() {
	local at=/sys/fs/cgroup
	version=2
	if [ -d "$at/$1" ]; then
		at+=/$1 version=1
	elif [ "$1" != freezer ]; then
		echo "+$1" >"$at/cgroup.subtree_control"
	fi
	cgroup=$at/pause-test-${BATS_RUN_TMPDIR##*[-/]}-$BATS_TEST_NUMBER-$1
	mkdir "$cgroup"
}

# Ends what is in it, first of all thawed.
remove_cgroup() {
	{ echo THAWED >"$cgroup/freezer.state" || echo 0 >"$cgroup/cgroup.freeze"; } 2>/dev/null || true
	within 60 cgroup_is_gone
	cgroup=
}
cgroup_is_gone() {
	xargs -r kill -KILL <"$cgroup/cgroup.procs" || true
	rmdir "$cgroup"
} 2>/dev/null

# Starts a command line as PID 1 of a new PID namespace; sets pid to its number out here.
# Its standard streams are those of the call, so that a test can redirect them.
start_pid1() {
	needs namespaces
	unshare --pid --fork --kill-child -- "$@" 3>&- & # 3 is bats' own: it waits for its end
	wrapper=$!
	within 60 has_child_or_ended "$wrapper"
	pid=$(children_of "$wrapper")
	[ -n "$pid" ]
}

has_child_or_ended() {
	[ -n "$(children_of "$1")" ] || ended "$1"
}

# The same, and waits until it sleeps.
hold() {
	start_pid1 "$@"
	within 60 asleep "$pid"
}

# Starts a command line as an ordinary process; sets pid.
start_ordinary() {
	"$@" 3>&- &
	pid=$! wrapper=$!
}

# Sends a signal to $pid, started by one of these; requires its end, within a second times ten, with this status.
stops_with() {
	kill "-$1" "$pid"
	ends_with "$2"
}
ends_with() {
	within 60 ended "$wrapper" || return 1 # where errors are not looked at, wait would take for ever
	local status=0
	wait "$wrapper" || status=$?
	[ "$status" -eq "$1" ]
}

# Requires that a process is there and has no child, dead or alive.
no_child() {
	[ -e "/proc/$1" ] && [ -z "$(children_of "$1")" ]
}

# Leaves orphans to the PID 1 in the namespace of $pid: leave_orphans COUNT alive|dead
leave_orphans() {
	nsenter --target "$pid" --pid -- "$(helper orphans)" "$@"
}

# Requires that it reaps, and stops.
reaps_and_stops() {
	leave_orphans 100 dead
	within 60 no_child "$pid"
	stops_with TERM 0
}
