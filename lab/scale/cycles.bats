#!/usr/bin/env bats
# A node that starts and stops pods for a long time.

load ../../tests/helpers
load ../../tests/engines/engines
load ../../tests/engines/cri

CYCLES=${CYCLES:-1000}

setup_file() {
	start_containerd_cri
	containerd --version >&3
}

teardown_file() {
	list_sandboxes | remove_sandboxes 10
	stop_engines
	rmdir_cgroups
}

# Starts and stops this many sandboxes, four at once: cycle COUNT
cycle() {
	local number name ids
	for ((number = 0; number < $1; number += 50)); do
		ids=$(for name in $(seq $number $((number + 49))); do pod "cycle-$name"; done | cri RunPodSandbox 4 |
			jq -r .podSandboxId)
		[ "$(wc -l <<<"$ids")" -eq 50 ]
		remove_sandboxes 4 <<<"$ids"
		echo "# $((number + 50)) of $1" >&3
	done
}

# Everything of the kernel's that a sandbox takes. containerd's own threads and descriptors are its own affair.
taken() {
	echo "processes $(pgrep -fc "containerd-shim.*-address $CONTAINERD_ADDRESS" || true)"
	echo "pauses $(find "$CGROUP" -mindepth 2 -name cgroup.procs -exec cat {} + | wc -l)"
	echo "mounts $(grep -c "$ENGINES" /proc/self/mountinfo || true)"
	echo "cgroups $(find /sys/fs/cgroup -path "*/$PODS/*" -type d | wc -l)"
	echo "namespaces $(namespaces)"
	echo "folders $(find "$ENGINES/containerd-run" -mindepth 3 | wc -l)"
}

# Those of processes that run in a cgroup of ours, or that containerd holds open or has bound to a file.
namespaces() {
	{
		find "$CGROUP" -name cgroup.procs -exec cat {} + | while read -r process; do readlink "/proc/$process/ns/"*; done
		readlink "/proc/$(cut -d ' ' -f 1 "$ENGINES/containerd.pid")/fd/"* | grep -E '^(net|ipc|uts|pid|mnt):' || true
		awk '$9 == "nsfs" || $8 == "nsfs" { print $5 }' /proc/self/mountinfo | grep "$ENGINES" || true
	} | sort -u | wc -l
}

@test "a thousand sandboxes, started and stopped, leave no process, mount, namespace, cgroup or folder behind" {
	local before
	cycle 50
	before=$(taken)
	cycle "$CYCLES"
	diff <(echo "$before") <(taken)
}
