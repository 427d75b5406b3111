# What holds on every node, whatever way the image came: load subjects
# shellcheck shell=bash disable=SC2016 # the scripts are the node's

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

# Nothing of the distribution's is another one.
leaves_configurations_alone() {
	node 300 'dpkg --verify containerd docker.io podman golang-github-containers-common'
}

# A sandbox is /pause, as runc starts it, in the cgroup that the kubelet asked for, and SIGTERM ends it with status 0:
# holds_a_sandbox PARENT CGROUP; @ in CGROUP stands for the sandbox's id
holds_a_sandbox() {
	node 300 "parent=$1 cgroup=$2"'
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
holds_a_podman_pod() {
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
holds_for_docker() {
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

# containerd as the page says, its table being in Debian's file already.
sets_the_sandbox_image() {
	local line
	line=$(snippet containerd-1-setting | sed -n "2s,pause.internal/pause:[0-9.]*[0-9],$IMAGE,p")
	node 300 "sed -i '/^ *\[plugins\.\"io\.containerd\.grpc\.v1\.cri\"\]\$/a $line' /etc/containerd/config.toml
		systemctl restart containerd"
}

# As kubeadm asks of every node whose kubelet leaves cgroups to systemd.
leaves_cgroups_to_systemd() {
	node 300 '
		cat >>/etc/containerd/config.toml <<-END
			[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
			runtime_type = "io.containerd.runc.v2"
			[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
			SystemdCgroup = true
		END
		systemctl restart containerd'
}

# What runs of each engine holds up the machine's going down for nothing; afterwards it can be run again, and the holder
# does so by itself.
is_the_same_after_a_reboot() {
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
