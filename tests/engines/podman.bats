#!/usr/bin/env bats
# The main job on the real thing: the infra container of a podman pod.

bats_require_minimum_version 1.5.0
load ../helpers
load engines

setup_file() {
	use_podman
	podman load --quiet --input "$ROOT/dist/pause.tar"
	busybox_image podman
}

teardown() {
	empty podman
}

# Starts a pod that shares its PID namespace; sets infra to the container that holds it, and pid to its process.
start_pod() {
	podman pod create --name "$1" --network none --share net,ipc,uts,pid --infra-image "$IMAGE"
	podman pod start "$1"
	infra=$(infra_of "$1")
	held_by_pause "$infra"
}

@test "the pod's infra container is the program; a second container shares its namespaces and leaves it 200 orphans" {
	start_pod pod

	podman run --detach --pod pod --name second --volume "$(helper orphans):/orphans:ro" busybox sleep 1000
	[ "$(podman exec second busybox cat /proc/1/cmdline | tr -d '\0')" = /pause ]
	second=$(pid_of second)
	for name in net pid ipc uts; do
		[ "$(readlink "/proc/$second/ns/$name")" = "$(readlink "/proc/$pid/ns/$name")" ]
	done

	podman exec second /orphans 100 alive
	podman exec second /orphans 100 dead
	within 60 no_child "$pid"
	[ "$(podman exec second busybox ps -o stat | grep -c '^Z')" -eq 0 ]

	podman rm --force --time 0 second
	# a program that ignores SIGTERM is killed after that time, and ends with 137
	pod_stops_by_itself pod
}

@test "podman run takes the image's user, without capabilities; a pod's infra container is root with podman's own" {
	local defaults
	podman run --detach --network none --name holder "$IMAGE"
	held_by_pause holder
	[ "$(rights_of "$pid")" = "65535:65535 0000000000000000 no_new_privs 0 rw" ]
	stops_by_itself holder

	# What podman gives root in any container.
	defaults=$(podman run --rm --network none busybox busybox sed -n 's/^CapEff:.//p' /proc/self/status)
	[ "$defaults" != 0000000000000000 ]
	start_pod rights
	echo "# a pod's infra container: $(rights_of "$pid")" >&3
	[ "$(rights_of "$pid")" = "0:0 $defaults no_new_privs 0 rw" ]
}

# A command in a container of the pod, which has these options beside: in_pod POD "OPTION ..." COMMAND...
in_pod() {
	local options
	read -ra options <<<"$2"
	podman run --rm --pod "$1" "${options[@]}" busybox busybox "${@:3}"
}

@test "in a pod root ends the infra container without any capability, and another user with CAP_KILL alone" {
	local options
	start_pod members
	for options in "--user=65535" "--user=65535 --cap-drop=ALL" "--user=1" "--user=1 --cap-drop=ALL"; do
		run -1 in_pod members "$options" kill -TERM 1
		[[ $output == *"not permitted"* ]]
		# The kernel asks the same as for tracing, Yama aside.
		run -1 in_pod members "$options" readlink /proc/1/exe
	done
	# Root that has less than podman gives the infra container cannot trace it.
	for options in "--cap-drop=KILL" "--cap-drop=ALL"; do
		run -1 in_pod members "$options" readlink /proc/1/exe
	done
	[ "$(in_pod members "--user=0" readlink /proc/1/exe)" = /pause ]
	run -1 in_pod members "--user=1 --cap-drop=ALL --cap-add=KILL" readlink /proc/1/exe
	asleep "$pid"

	for options in "--user=0" "--cap-drop=KILL" "--cap-drop=ALL" "--user=1 --cap-drop=ALL --cap-add=KILL"; do
		start_pod ended
		# Its end ends the sender, too.
		in_pod ended "$options" sh -c 'kill -TERM 1; sleep 100' || true
		within 60 gone "$pid"
		[ "$(podman wait "$infra")" -eq 0 ]
		podman pod rm --force --time 100 ended
	done
}
