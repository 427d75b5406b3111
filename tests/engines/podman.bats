#!/usr/bin/env bats
# The main job on the real thing: the infra container of a podman pod.

load ../helpers
load engines

setup_file() {
	use_podman
	podman load --quiet --input "$ROOT/dist/pause.tar"
	# busybox, with the tests' orphan maker
	mkdir -p "$BATS_FILE_TMPDIR/tools/bin"
	cp "$(command -v busybox)" "$(helper orphans)" "$BATS_FILE_TMPDIR/tools/bin"
	tar -C "$BATS_FILE_TMPDIR/tools" -c bin | podman import --quiet --change 'ENV PATH=/bin' - localhost/tools
}

teardown_file() {
	podman pod rm --force --all
	stop_engines
}

@test "the pod's infra container is the program; a second container shares its namespaces and leaves it 200 orphans" {
	podman pod create --name pod --network none --share net,ipc,uts,pid --infra-image "$IMAGE"
	podman pod start pod
	infra=$(podman pod inspect pod --format '{{.InfraContainerID}}')
	pid=$(podman inspect "$infra" --format '{{.State.Pid}}')
	within 60 asleep "$pid"
	cmp "/proc/$pid/exe" "$PAUSE"

	podman run --detach --pod pod --name second localhost/tools busybox sleep 1000
	[ "$(podman exec second busybox cat /proc/1/cmdline | tr -d '\0')" = /pause ]
	second=$(podman inspect second --format '{{.State.Pid}}')
	for name in net pid ipc uts; do
		[ "$(readlink "/proc/$second/ns/$name")" = "$(readlink "/proc/$pid/ns/$name")" ]
	done

	podman exec second orphans 100 alive
	podman exec second orphans 100 dead
	within 60 no_child "$pid"
	[ "$(podman exec second busybox ps -o stat | grep -c '^Z')" -eq 0 ]

	podman rm --force --time 0 second
	# a program that ignores SIGTERM is killed after that time, and ends with 137
	podman pod stop -t 100 pod
	[ "$(podman inspect "$infra" --format '{{.State.ExitCode}}')" -eq 0 ]
	podman pod rm pod
}
