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

teardown() {
	list_sandboxes | remove_sandboxes 10
}

teardown_file() {
	stop_engines
	rmdir_cgroups
}

not() {
	! "$@"
}

# A container in $sandbox whose process is the program from a mount, as JSON: create_kept MOUNT
create_kept() {
	jq -cn --arg id "$sandbox" --argjson pod "$(pod kept CONTAINER | jq .config)" --argjson mount "$1" '{
		pod_sandbox_id: $id,
		sandbox_config: $pod,
		config: {
			metadata: {name: "kept"},
			image: {image: "docker.io/library/busybox:latest"},
			command: ["/keep/pause"],
			mounts: [{container_path: "/keep", readonly: true} + $mount],
			linux: {security_context: {namespace_options: {network: "NODE", pid: "CONTAINER"}}}
		}
	}' | cri CreateContainer | jq -r .containerId
}

# Whether it is started, is pause, reaps a hundred orphans, and stops by itself: keeps ID
keeps() {
	local work
	jq -cn --arg id "$1" '{container_id: $id}' >"$BATS_TEST_TMPDIR/container"
	cri StartContainer <"$BATS_TEST_TMPDIR/container"
	# shellcheck disable=SC2016 # for the shell in there
	work='i=0; while [ $((i += 1)) -le 100 ]; do (sleep 0.01 &); done'
	jq -cn --arg id "$1" --arg work "$work" '{container_id: $id, cmd: ["sh", "-c", $work]}' | cri ExecSync |
		jq -e '.exitCode == 0'
	pid=$(ctr tasks list | awk -v id="$1" '$1 == id { print $2 }')
	cmp "/proc/$pid/exe" "$PAUSE"
	within 60 no_child "$pid"
	jq -cn --arg id "$1" '{container_id: $id, timeout: 100}' | cri StopContainer
	[ "$(cri ContainerStatus <"$BATS_TEST_TMPDIR/container" | jq .status.exitCode)" -eq 0 ]
}

@test "ctr: the program is mounted, keeps the container up for exec, and ends at SIGTERM" {
	cd "$BATS_FILE_TMPDIR/keep"
	bash -euxc "$(snippet keep-ctr keep-alive)"
	pid=$(ctr tasks list | awk '$1 == "box" { print $2 }')
	cmp "/proc/$pid/exe" "$PAUSE"
	ctr tasks exec --exec-id work box sh -c '(sleep 0.01 &)'
	within 60 no_child "$pid"
	ctr tasks exec --exec-id busy --detach box sh -c "trap 'exit' TERM; while :; do sleep 0.1; done"
	busy() { [ "$(ctr tasks ps box | awk 'NR > 1' | wc -l)" -gt 1 ]; }
	within 60 busy
	bash -euxc "$(snippet keep-end-ctr keep-alive)"
	within 60 not busy
	bash -euxc "$(snippet keep-ctr-stop keep-alive)"
	within 60 gone "$pid"
	within 60 ctr containers delete box
}

@test "CRI: a directory of the node that is mounted has the program, as a ConfigMap's volume does" {
	run_sandbox directory
	keeps "$(create_kept "$(jq -cn --arg folder "$BATS_FILE_TMPDIR/keep" '{host_path: $folder}')")"
}

@test "CRI: an image volume has it, the whole image at /keep; containerd before 2.1 knows none and says so" {
	local volume
	run_sandbox volume
	volume=$(jq -cn --arg image "$IMAGE" '{image: {image: $image}}')
	case $(containerd --version) in
	*" 1."*)
		run create_kept "$volume"
		[[ $output == 'cri.py: CreateContainer: '*'failed to mkdir "": '* ]]
		;;
	*) keeps "$(create_kept "$volume")" ;;
	esac
}
