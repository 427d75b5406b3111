#!/usr/bin/env bats
# The main job on the real thing: the infra container of a podman pod.

load helpers

setup_file() {
	export STORE=$BATS_FILE_TMPDIR/podman
	mkdir -p "$STORE"
	# Not every machine lets limits be raised to podman's defaults.
	printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' >"$STORE/containers.conf"

	# Images from scratch: the program, and busybox with the tests' orphan maker.
	mkdir -p "$STORE/pause" "$STORE/tools/bin"
	cp "$PAUSE" "$STORE/pause/pause"
	tar -C "$STORE/pause" -c pause |
		podman import --quiet --change 'ENTRYPOINT ["/pause"]' --change 'USER 65535:65535' - localhost/pause
	cp "$(command -v busybox)" "$(helper orphans)" "$STORE/tools/bin"
	tar -C "$STORE/tools" -c bin | podman import --quiet --change 'ENV PATH=/bin' - localhost/tools
}

teardown_file() {
	podman pod rm --force --all >/dev/null
	podman rmi --force --all >/dev/null
	rm -rf "$STORE"
}

# Private storage and state; no network of the machine is touched.
podman() {
	CONTAINERS_CONF=$STORE/containers.conf command podman --cgroup-manager cgroupfs --runtime runc \
		--root "$STORE/root" --runroot "$STORE/run" --tmpdir "$STORE/tmp" --storage-driver vfs "$@"
}

@test "the pod's infra container is the program; a second container shares its namespaces and leaves it 200 orphans" {
	podman pod create --name pod --network none --share net,ipc,uts,pid \
		--infra-image localhost/pause --infra-command /pause
	podman pod start pod
	infra=$(podman pod inspect pod --format '{{.InfraContainerID}}')
	pid=$(podman inspect "$infra" --format '{{.State.Pid}}')
	within 10 asleep "$pid"
	cmp "/proc/$pid/exe" "$PAUSE"

	podman run --detach --pod pod --name second localhost/tools busybox sleep 1000
	[ "$(podman exec second busybox cat /proc/1/cmdline | tr -d '\0')" = /pause ]
	second=$(podman inspect second --format '{{.State.Pid}}')
	for name in net pid ipc uts; do
		[ "$(readlink "/proc/$second/ns/$name")" = "$(readlink "/proc/$pid/ns/$name")" ]
	done

	podman exec second orphans 100 alive
	podman exec second orphans 100 dead
	within 10 no_child "$pid"
	[ "$(podman exec second busybox ps -o stat | grep -c '^Z')" -eq 0 ]

	podman rm --force --time 0 second
	# Ten times what it takes; a program that ignores SIGTERM takes podman's ten seconds and ends with 137.
	start=$SECONDS
	podman pod stop pod
	[ $((SECONDS - start)) -lt 5 ]
	[ "$(podman inspect "$infra" --format '{{.State.ExitCode}}')" -eq 0 ]
	podman pod rm pod
}
