# OCI bundles for runc and crun alone: load bundle
# shellcheck shell=bash

# An OCI bundle of the program: all capabilities dropped, a read-only root, no_new_privs, the seccomp profile.
# bundle FOLDER [PROGRAM [SECCOMP_PROFILE [ARGUMENT...]]]
bundle() {
	mkdir -p "$1"/rootfs/{proc,dev}
	cp "${2:-$PAUSE}" "$1/rootfs/pause"
	jq --args '{
		ociVersion: "1.0.2",
		root: {path: "rootfs", readonly: true},
		process: {
			args: (["/pause"] + $ARGS.positional), cwd: "/", user: {uid: 65535, gid: 65535},
			capabilities: {}, noNewPrivileges: true
		},
		mounts: [
			{destination: "/proc", type: "proc", source: "proc"},
			{destination: "/dev", type: "tmpfs", source: "tmpfs"}
		],
		linux: {namespaces: [{type: "pid"}, {type: "mount"}, {type: "ipc"}, {type: "uts"}, {type: "network"}], seccomp: .}
	}' -- "${@:4}" <"${3:-$ROOT/image/seccomp.json}" >"$1/config.json"
}

# runc, or crun where it can: crun refuses the hybrid cgroup layout, so it gets cgroup v1 alone.
oci() {
	if [ "$1" = crun ] && [ -d /sys/fs/cgroup/unified ]; then
		unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified; exec "$@"' crun crun --root "$BATS_TEST_TMPDIR/crun" "${@:2}"
	else
		"$1" --root "$BATS_TEST_TMPDIR/$1" "${@:2}"
	fi
}

# Starts a bundle: start_bundle RUNTIME FOLDER; sets pid to its process, asleep.
start_bundle() {
	local log=$BATS_TEST_TMPDIR/log
	oci "$1" run --detach --bundle "$2" --pid-file "$BATS_TEST_TMPDIR/pid" held </dev/null >"$log" 2>&1 3>&- || {
		cat "$log"
		return 1
	}
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	within 60 asleep "$pid"
}

# What runc and crun say of it: created, running, stopped
bundle_state() {
	oci "$1" state held | jq -r .status
}

bundle_stopped() {
	[ "$(bundle_state "$1")" = stopped ]
}
