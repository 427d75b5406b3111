# A node of Debian 13 in an emulated machine, one a test file: load node
# IMAGE is the name that the file's way of loading gives.
# shellcheck shell=bash

# Makes a node that was never booted, and boots it: start_node cloud-init|package
start_node() {
	local base
	needs root
	base=$("$ROOT/lab/node/base.sh")
	# Not under /tmp, which may be memory.
	NODE=$(mktemp -d "$(dirname "$base")/run.XXXXXX")
	export NODE
	"$ROOT/lab/node/disk.sh" "$base" "$NODE" "$1"
	"$ROOT/lab/node/machine.sh" "$base" "$NODE" >"$NODE/emulator" 2>&1 3>&- &
	echo $! >"$NODE/pid"
	within 60 [ -S "$NODE/agent" ] || {
		cat "$NODE/emulator"
		return 1
	}
	is_up
}

stop_node() {
	[ -n "${NODE-}" ] || return 0
	kill "$(cat "$NODE/pid")" 2>/dev/null || true
	within 60 node_is_gone
	rm -rf "$NODE"
}
node_is_gone() {
	! kill -0 "$(cat "$NODE/pid")" 2>/dev/null
}

# What scripts in the node have beside IMAGE: a call of containerd's CRI, cri CALL <REQUESTS, whether CRI says that the
# image is pinned, and the tests' within.
# shellcheck disable=SC2016 # for the inner shell
INSIDE='
cri() {
	PYTHONDONTWRITEBYTECODE=1 python3 /usr/local/lib/cri/cri.py /run/containerd/containerd.sock "$@"
}
is_pinned() {
	cri ListImages <<<"{}" | jq -e --arg image "$IMAGE" ".images[] | select(.repoTags | index(\$image)) | .pinned"
}
within() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do [ $SECONDS -lt $deadline ] || return 1; sleep 0.2; done
}
'

# Runs a script in the node as root, for at most as many seconds: node SECONDS SCRIPT
node() {
	local status=0
	(cd "$NODE" && "$ROOT/lab/node/agent.py" agent "$1") <<<"IMAGE=$IMAGE$INSIDE$2" || status=$?
	[ $status -ne 124 ] || tail -n 50 "$NODE/console" "$NODE/emulator"
	return $status
}

# Waits for the end of a boot: nothing is left to be started.
is_up() {
	node 900 'systemctl is-system-running --wait || systemctl --failed'
}

reboot_node() {
	local before
	before=$(boot_of_node)
	node 30 'systemctl --no-block reboot' || true # the agent may have gone before it said so
	within 600 boots_again "$before"
	is_up
}
boot_of_node() {
	node 60 'cat /proc/sys/kernel/random/boot_id'
}
boots_again() {
	local boot
	boot=$(boot_of_node 2>/dev/null) && [ "$boot" != "$1" ]
}
