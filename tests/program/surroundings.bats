#!/usr/bin/env bats
# Odd places: one id, no /proc, no randomness, little or endless stack, memory strictly accounted.
# bats file_tags=native

load ../helpers

# Its folder holds nothing but the file.
setup() {
	room=$BATS_TEST_TMPDIR/room
	mkdir "$room"
	cp "$PAUSE" "$room/pause"
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/overcommit" ] || overcommit
}

# It holds, reaps and stops.
works() {
	within 60 asleep "$pid"
	reaps_and_stops
}

@test "in a user namespace with a single id it holds, reaps and stops" {
	for id in 0 65535; do
		start_pid1 unshare --user --map-user=$id --map-group=$id "$PAUSE"
		within 60 asleep "$pid"
		[ "$(awk '{ print $1, $3 }' "/proc/$pid/uid_map")" = "$id 1" ]
		works
	done
}

@test "without /proc, in a root that holds nothing else, it holds, reaps and stops" {
	start_pid1 chroot "$room" /pause
	within 60 asleep "$pid"
	[ "$(readlink "/proc/$pid/root")" = "$room" ]
	works
}

@test "as an ordinary process it leaves its core in its root, where the kernel has no path or program for cores" {
	# shellcheck disable=SC2016 # for the inner shell
	start_ordinary sh -c 'ulimit -c unlimited && exec chroot "$0" /pause' "$room" 2>/dev/null
	within 60 asleep "$pid"
	kill -ABRT "$pid"
	ends_with 134 # 128 + SIGABRT
	cores=$(find "$room" -type f ! -name pause | wc -l)
	case $(cat /proc/sys/kernel/core_pattern) in
	[/\|]*) [ "$cores" -eq 0 ] ;;
	*) [ "$cores" -eq 1 ] ;;
	esac
}

@test "without address space randomization it holds, reaps and stops, twice at the same addresses" {
	for i in 1 2; do
		start_pid1 setarch --addr-no-randomize "$PAUSE"
		within 60 asleep "$pid"
		cut -d ' ' -f 1,2 "/proc/$pid/maps" >"$BATS_TEST_TMPDIR/maps$i"
		works
	done
	cmp "$BATS_TEST_TMPDIR/maps1" "$BATS_TEST_TMPDIR/maps2"
}

@test "with a stack limit of 64 kB, 8 MB or none it holds, reaps and stops" {
	# exec wants room for arguments and environment in a quarter of it.
	for limit in 65536 131072 8388608 unlimited; do
		start_pid1 env -i prlimit --stack=$limit "$PAUSE"
		within 60 asleep "$pid"
		[ "$(awk '/^Max stack size/ { print $4 }' "/proc/$pid/limits")" = "$limit" ]
		works
	done
}

# Strict accounting, with room for what the machine already runs; without an argument, what was before.
overcommit() {
	local saved=$BATS_FILE_TMPDIR/overcommit
	if [ $# -gt 0 ]; then
		sysctl vm.overcommit_memory vm.overcommit_ratio >"$saved"
		sysctl -q vm.overcommit_ratio=10000 vm.overcommit_memory=2
	else
		sysctl -q -p "$saved"
		rm "$saved"
	fi
}

@test "with vm.overcommit_memory=2 it holds, reaps and stops, and commits its stack alone" {
	needs root sysctl
	overcommit strict
	start_pid1 "$PAUSE"
	within 60 asleep "$pid"
	committed=$(($(status_of "$pid" VmStk | tr -dc 0-9) + $(status_of "$pid" VmData | tr -dc 0-9)))
	works
	overcommit
	echo "# committed: $committed kB" >&3
	[ "$committed" -le 132 ]
}
