# A node that gets the loader by cloud-init, as examples/cloud-init.sh writes it.

load ../../tests/helpers
load ../../tests/engines/engines
load node
load subjects

setup_file() {
	start_node cloud-init
}

teardown_file() {
	stop_node
}

@test "cloud-init: systemd boots it, with cgroup v2, and no unit of ours fails" {
	runs_systemd
	[ "$(node 60 'cloud-init status')" = "status: done" ]
}

@test "cloud-init: at the first boot the image is in containerd, pinned, before the kubelet starts" {
	loaded_before_the_kubelet
	is_in ctr
}

@test "cloud-init: the unit loads it into Docker and podman, too" {
	node 300 'systemctl start load-pause@docker.service load-pause@podman.service'
	is_in docker podman
}

@test "cloud-init: the distribution's configuration is as it was" {
	leaves_configurations_alone
}

@test "cloud-init: the page's setting gives sandboxes, which stop at SIGTERM with status 0" {
	sets_the_sandbox_image
	holds_a_sandbox /kubepods /kubepods/@
}

@test "cloud-init: a podman pod starts, and stops by itself" {
	holds_a_podman_pod
}

@test "cloud-init: a Docker holder starts with a container of its network, and stops by itself" {
	holds_for_docker
}

@test "cloud-init: after a reboot everything is as it was" {
	is_the_same_after_a_reboot
}
