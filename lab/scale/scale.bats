#!/usr/bin/env bats
# Many: a million orphans, ten thousand programs.

load ../../tests/helpers

# A burst of 30,000 processes does not fit into the usual number of process ids.
setup_file() {
	cat /proc/sys/kernel/pid_max >"$BATS_FILE_TMPDIR/pid_max"
	echo 4194304 >/proc/sys/kernel/pid_max
}

teardown_file() {
	cat "$BATS_FILE_TMPDIR/pid_max" >/proc/sys/kernel/pid_max
}

# What the kernel holds for it: mappings with their sizes and their resident parts.
memory() {
	grep -E '^[0-9a-f]+-|^(Rss|Pss|Anonymous|Swap|VmFlags|Size):' "/proc/$1/smaps"
}

@test "a million orphans, one by one and 30,000 at once: no zombie, no wake-up, no byte more" {
	hold "$PAUSE"
	memory "$pid" >"$BATS_TEST_TMPDIR/before"
	before=$(switches "$pid")
	SECONDS=0
	for phase in '1 dead 100000' '1 alive 100000' '30000 dead 14' '30000 alive 14'; do
		# shellcheck disable=SC2086
		nsenter --target "$pid" --pid -- "$(helper orphans)" $phase
		echo "# $phase: $SECONDS s" >&3
	done
	within 60 no_child "$pid"
	woken=$(($(switches "$pid") - before))
	echo "# 1,040,000 orphans in $SECONDS s: zombies 0, wake-ups $woken" >&3
	[ "$woken" -eq 0 ]
	memory "$pid" | diff "$BATS_TEST_TMPDIR/before" -
	stops_with TERM 0
}

# The kB per process, by the kernel's accounting of a cgroup and by what is available on the machine; a process of
# COUNT at once, and of the shell that starts them: crowd PROGRAM sets by_cgroup and available.
COUNT=10000
crowd() {
	local before usage=memory.usage_in_bytes
	make_cgroup memory
	[ "$version" = 1 ] || usage=memory.current
	before=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'echo 0 >"$1/cgroup.procs" && for i in $(seq "$2"); do "$3" & done; wait' - "$cgroup" $COUNT "$1" 2>/dev/null 3>&- &
	within 300 all_are_there
	sleep 3 # they settle
	all_are_there
	by_cgroup=$(awk -v n=$COUNT '{ printf "%.1f", $1 / 1024 / n }' "$cgroup/$usage")
	available=$(awk -v n=$COUNT -v b="$before" '/^MemAvailable/ { printf "%.1f", (b - $2) / n }' /proc/meminfo)
	remove_cgroup
}
all_are_there() {
	[ "$(wc -l <"$cgroup/cgroup.procs")" -eq $((COUNT + 1)) ]
}

@test "of 10,000 at once each costs less than Kubernetes' does" {
	crowd "$PAUSE"
	ours=$by_cgroup
	echo "# pause: $by_cgroup kB a process by its cgroup, $available kB by MemAvailable" >&3
	crowd "$(helper kubernetes)"
	echo "# Kubernetes-style: $by_cgroup kB a process by its cgroup, $available kB by MemAvailable" >&3
	awk -v a="$ours" -v b="$by_cgroup" 'BEGIN { exit !(a < b) }'
}
