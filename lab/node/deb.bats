# A node in whose machine image the package was installed, before anything ran there.
# shellcheck disable=SC2016 # the scripts are the node's

load ../../tests/helpers
load ../../tests/engines/engines
load node
load subjects

IMAGE=${IMAGE%:*}:installed

setup_file() {
	start_node package
}

teardown_file() {
	stop_node
}

@test "package: systemd boots it, with cgroup v2, and no unit of ours fails" {
	runs_systemd
}

@test "package: at the first boot the image is in containerd, pinned, before the kubelet starts" {
	loaded_before_the_kubelet
}

@test "package: it is in Docker and podman, too" {
	is_in ctr docker podman
}

@test "package: the distribution's configuration is as it was" {
	leaves_configurations_alone
	node 60 'dpkg --verify pause-image'
}

@test "package: the page's setting gives sandboxes, in a slice of systemd's, which stop at SIGTERM with status 0" {
	sets_the_sandbox_image
	leaves_cgroups_to_systemd
	holds_a_sandbox kubepods.slice /kubepods.slice/cri-containerd-@.scope
}

@test "package: a podman pod starts, and stops by itself" {
	holds_a_podman_pod
}

@test "package: a Docker holder starts with a container of its network, and stops by itself" {
	holds_for_docker
}

@test "package: after a reboot everything is as it was" {
	is_the_same_after_a_reboot
}

@test "package: an engine that lost the image has it again when it starts" {
	node 300 'ctr -n k8s.io images rm --sync "$IMAGE"
		docker image rm "$IMAGE"
		systemctl restart containerd docker
		is_back() { docker image inspect "$IMAGE" && is_pinned; }
		within 120 is_back'
}

@test "package: removed while the node runs it takes the image along, and installed it brings it to every engine" {
	node 300 'dpkg --remove pause-image
		! docker image inspect "$IMAGE" || exit 1
		! podman image inspect "$IMAGE" || exit 1
		[ -z "$(ctr -n k8s.io images list -q)" ]
		! systemctl list-dependencies --plain containerd.service docker.service | grep load-pause || exit 1
		dpkg --install /root/pause-image.deb'
	is_in ctr docker podman
	runs_systemd
}
