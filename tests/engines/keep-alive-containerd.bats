#!/usr/bin/env bats
# docs/keep-alive.md on containerd: a container of anybody's image that pause keeps up, by ctr, and as a kubelet has it
# started, with the program from a directory of the node (so does a ConfigMap come) and from an image volume.

load ../helpers
load engines
load cri

setup_file() {
	start_containerd_cri
	use_podman
	busybox_image podman
	podman save --quiet --format oci-archive docker.io/library/busybox:latest | ctr images import -
	mkdir "$BATS_FILE_TMPDIR/keep"
	install -m 555 "$PAUSE" "$BATS_FILE_TMPDIR/keep/pause"
}

# Starts a container in $sandbox whose process is the program from a mount: start_kept MOUNT
start_kept() {
	start_container "$(jq -cn --argjson mount "$1" '{
		image: {image: "docker.io/library/busybox:latest"},
		command: ["/keep/pause"],
		mounts: [{container_path: "/keep", readonly: true} + $mount]
	}')"
}

# Whether it is pause, reaps a hundred orphans, and stops by itself.
keeps_up() {
	# shellcheck disable=SC2016 # for the shell in there
	of_container ExecSync 'cmd: ["sh", "-c", "i=0; while [ $((i += 1)) -le 100 ]; do (sleep 0.01 &); done"]' |
		jq -e '.exitCode == 0'
	pid=$(task_pid "$container")
	cmp "/proc/$pid/exe" "$PAUSE"
	within 60 no_child "$pid"
	of_container StopContainer 'timeout: 100'
	container_succeeds
}

@test "ctr: the program is mounted, keeps the container up for exec, and ends at SIGTERM" {
	cd "$BATS_FILE_TMPDIR/keep"
	page keep-ctr
	pid=$(task_pid box)
	cmp "/proc/$pid/exe" "$PAUSE"
	ctr tasks exec --exec-id work box sh -c '(sleep 0.01 &)'
	within 60 no_child "$pid"
	ctr tasks exec --exec-id busy --detach box sh -c "trap 'exit' TERM; while :; do sleep 0.1; done"
	busy() { [ "$(ctr tasks ps box | awk 'NR > 1' | wc -l)" -gt 1 ]; }
	within 60 busy
	page keep-end-ctr
	within 60 not busy
	page keep-ctr-stop
	within 60 gone "$pid"
	within 60 ctr containers delete box
}

@test "CRI: a directory of the node that is mounted has the program, as a ConfigMap's volume does" {
	run_sandbox directory
	start_kept "$(jq -cn --arg folder "$BATS_FILE_TMPDIR/keep" '{host_path: $folder}')"
	keeps_up
}

@test "CRI: an image volume has it, the whole image at /keep; containerd before 2.1 knows none and says so" {
	local volume
	run_sandbox volume
	volume=$(jq -cn --arg image "$IMAGE" '{image: {image: $image}}')
	case $(containerd --version) in
	*" 1."*)
		run start_kept "$volume"
		[[ $output == 'cri.py: CreateContainer: '*'failed to mkdir "": '* ]]
		;;
	*)
		start_kept "$volume"
		keeps_up
		;;
	esac
}
