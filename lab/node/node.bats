# A node of Debian 13, and what holds on it, whatever way the image came. WAY=cloud-init, the default: the loader, by
# cloud-init as examples/cloud-init.sh writes it. WAY=package: the package, installed in the machine's image before
# anything ran there.
# shellcheck disable=SC2016 # the scripts are the node's

load ../../tests/helpers
load ../../tests/engines/engines
load node

WAY=${WAY:-cloud-init}
[ "$WAY" = cloud-init ] || IMAGE=${IMAGE%:*}:installed

setup_file() {
	start_node "$WAY"
}

teardown_file() {
	stop_node
}

runs_systemd() {
	[ "$(node 60 'cat /proc/1/comm; stat -f -c %T /sys/fs/cgroup')" = $'systemd\ncgroup2fs' ]
	node 60 '! systemctl --failed --plain --no-legend | grep -E "load-pause|containerd|docker|podman|kubelet" || exit 1'
}

# The kubelet of this boot was started once, and found the image there, and pinned.
loaded_before_the_kubelet() {
	local seen
	seen=$(node 60 'grep "^$(cat /proc/sys/kernel/random/boot_id) " /var/log/kubelet')
	echo "$seen"
	[ "$(wc -l <<<"$seen")" -eq 1 ]
	cut -d ' ' -f 2- <<<"$seen" | jq -e --arg image "$IMAGE" '.images[] | select(.repoTags | index($image)) | .pinned'
}

is_in() {
	local engine
	for engine; do
		case $engine in
		ctr) node 60 'is_pinned' ;;
		*) node 60 "$engine image inspect \$IMAGE >/dev/null" ;;
		esac
	done
}

@test "systemd boots it, with cgroup v2, and no unit of ours fails" {
	runs_systemd
	[ "$WAY" = package ] || [ "$(node 60 'cloud-init status')" = "status: done" ]
}

@test "at the first boot the image is in containerd, pinned, before the kubelet starts" {
	loaded_before_the_kubelet
	is_in ctr
}

@test "it is in Docker and podman, too: the package's units have loaded it there, cloud-init's are started by hand" {
	[ "$WAY" = package ] || node 300 'systemctl start load-pause@docker.service load-pause@podman.service'
	is_in docker podman
}

# Nothing of the distribution's is another one.
@test "the distribution's configuration is as it was" {
	node 300 'dpkg --verify containerd docker.io podman golang-github-containers-common'
	[ "$WAY" = cloud-init ] || node 60 'dpkg --verify pause-image'
}

# containerd as the page says, its table being in Debian's file already; and for the package as kubeadm asks of every
# node whose kubelet leaves cgroups to systemd. A sandbox is /pause, as runc starts it, in the cgroup that the kubelet
# asked for, which has the sandbox's id for @.
@test "the page's setting gives sandboxes, the package's in a slice of systemd's, which stop at SIGTERM with status 0" {
	local line parent=/kubepods cgroup=/kubepods/@
	line=$(snippet containerd-1-setting | sed -n "2s,pause.internal/pause:[0-9.]*[0-9],$IMAGE,p")
	node 300 "sed -i '/^ *\[plugins\.\"io\.containerd\.grpc\.v1\.cri\"\]\$/a $line' /etc/containerd/config.toml
		systemctl restart containerd"
	if [ "$WAY" = package ]; then
		parent=kubepods.slice cgroup=/kubepods.slice/cri-containerd-@.scope
		node 300 '
			cat >>/etc/containerd/config.toml <<-END
				[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
				runtime_type = "io.containerd.runc.v2"
				[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
				SystemdCgroup = true
			END
			systemctl restart containerd'
	fi
	node 300 "parent=$parent cgroup=$cgroup"'
		jq -cn --arg parent "$parent" "{config: {metadata: {name: \"test\", uid: \"test\", namespace: \"test\"},
			linux: {cgroup_parent: \$parent, security_context: {namespace_options: {network: \"NODE\"}}}}}" >/root/pod
		sandbox=$(cri RunPodSandbox </root/pod | jq -r .podSandboxId)
		echo "{\"pod_sandbox_id\": \"$sandbox\"}" >/run/sandbox
		pid=$(jq -c ".verbose = true" /run/sandbox | cri PodSandboxStatus | jq -r .info.info | jq .pid)
		[ "$(tr "\0" " " <"/proc/$pid/cmdline")" = "/pause " ]
		ctr -n k8s.io containers list | grep "^$sandbox *$IMAGE "
		[ "$(cat "/proc/$pid/cgroup")" = "0::${cgroup/@/$sandbox}" ]

		ctr events >/run/events &
		trap "kill $!" EXIT
		sleep 2
		kill "$pid"
		is_not_ready() { [ "$(cri PodSandboxStatus </run/sandbox | jq -r .status.state)" = SANDBOX_NOTREADY ]; }
		within 60 is_not_ready
		grep /tasks/exit /run/events
		! grep exit_status /run/events || exit 1 # it leaves out a zero

		cri StopPodSandbox </run/sandbox
		cri RemovePodSandbox </run/sandbox
		[ "$(cri ListPodSandbox <<<"{}" | jq ".items | length")" -eq 0 ]'
}

# The engine's own time limit, ten seconds, is far from reached: what is killed ends with 137.
@test "a podman pod starts, and stops by itself" {
	node 300 '
		podman pod create --name pod --infra-image "$IMAGE"
		podman pod start pod
		infra=$(podman pod inspect --format "{{.InfraContainerID}}" pod)
		pid=$(podman inspect --format "{{.State.Pid}}" "$infra")
		[ "$(tr "\0" " " <"/proc/$pid/cmdline")" = "/pause " ]
		grep "^0::/machine.slice/.*$infra" "/proc/$pid/cgroup"
		podman pod stop pod
		[ "$(podman inspect --format "{{.State.ExitCode}}" "$infra")" -eq 0 ]
		podman pod rm pod'
}

# The page's lines, with an image of the node's own busybox.
@test "a Docker holder starts with a container of its network, and stops by itself" {
	local lines
	lines=$(snippet docker-hold | sed "s,pause.internal/pause:[0-9.]*[0-9],$IMAGE,")
	node 300 '
		mkdir -p /run/busybox/bin
		cp /bin/busybox /run/busybox/bin/sleep
		tar -c -C /run/busybox bin | docker import --change "ENV PATH=/bin" - busybox
		'"$lines"'
		[ "$(docker inspect -f "{{.State.Running}}" server)" = true ]
		pid=$(docker inspect -f "{{.State.Pid}}" holder)
		[ "$(tr "\0" " " <"/proc/$pid/cmdline")" = "/pause " ]
		grep "^0::/system.slice/docker-" "/proc/$pid/cgroup"
		docker rm -f server
		docker stop holder
		[ "$(docker inspect -f "{{.State.ExitCode}}" holder)" -eq 0 ]
		docker rm holder'
}

# What runs of each engine holds up the machine's going down for nothing; afterwards it can be run again, and the holder
# does so by itself.
@test "after a reboot everything is as it was" {
	node 300 '
		podman pod create --name pod --infra-image "$IMAGE"
		podman pod start pod
		docker run -d --name holder --restart unless-stopped "$IMAGE"
		cri RunPodSandbox </root/pod'
	reboot_node
	node 300 'journalctl -b -1 >/run/journal
		! grep -E "\.scope: .*(timed out|SIGKILL)" /run/journal || exit 1'
	runs_systemd
	loaded_before_the_kubelet
	is_in ctr docker podman
	node 300 '
		[ "$(docker inspect -f "{{.State.Running}}" holder)" = true ]
		docker rm -f holder
		podman pod start pod
		podman pod rm -f pod
		remove() {
			cri ListPodSandbox <<<"{}" | jq -c ".items[] | {pod_sandbox_id: .id}" >/run/sandboxes
			cri StopPodSandbox </run/sandboxes
			cri RemovePodSandbox </run/sandboxes
		}
		remove
		cri RunPodSandbox </root/pod
		remove'
}

@test "an engine that lost the image has it again when it starts" {
	[ "$WAY" = package ] || skip "the package's own"
	node 300 'ctr -n k8s.io images rm --sync "$IMAGE"
		docker image rm "$IMAGE"
		systemctl restart containerd docker
		is_back() { docker image inspect "$IMAGE" && is_pinned; }
		within 120 is_back'
}

@test "removed while the node runs it takes the image along, and installed it brings it to every engine" {
	[ "$WAY" = package ] || skip "the package's own"
	node 300 'dpkg --remove pause-image
		! docker image inspect "$IMAGE" || exit 1
		! podman image inspect "$IMAGE" || exit 1
		[ -z "$(ctr -n k8s.io images list -q)" ]
		! systemctl list-dependencies --plain containerd.service docker.service | grep load-pause || exit 1
		dpkg --install /root/pause-image.deb'
	is_in ctr docker podman
	runs_systemd
}
