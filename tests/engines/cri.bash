# containerd as a Kubernetes node has it, and the kubelet's side of the conversation: load cri
# shellcheck shell=bash

# crun refuses the hybrid cgroup layout: without its empty cgroup2 folder it sees cgroup v1 alone.
crun_for_this_machine() {
	if [ ! -d /sys/fs/cgroup/unified ]; then
		command -v crun
		return
	fi
	cat >"$ENGINES/crun" <<-'SH'
		#!/bin/sh
		exec unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified; exec crun "$@"' crun "$@"
	SH
	chmod +x "$ENGINES/crun"
	echo "$ENGINES/crun"
}

# containerd with the setting of docs/runtimes.md for its version, the archive imported as the page says; CRI then calls
# the image pinned where this containerd can pin. What comes after the setting is this machine's: no AppArmor, no right
# to lower an OOM score, folders of its own.
start_containerd_cri() {
	local runtime=io.containerd.grpc.v1.cri page=containerd-1
	if [[ $(containerd --version) == *" 2."* ]]; then
		runtime=io.containerd.cri.v1.runtime page=containerd-2
	fi
	{
		snippet $page-version
		cat <<-TOML
			root = "$ENGINES/containerd"
			state = "$ENGINES/containerd-run"
			[grpc]
			address = "$CONTAINERD_ADDRESS"
			[plugins."io.containerd.internal.v1.opt"]
			path = "$ENGINES/containerd-opt"
		TOML
		snippet $page-setting
		[ $page = containerd-1 ] || echo "[plugins.\"$runtime\"]"
		cat <<-TOML
			disable_apparmor = true
			restrict_oom_score_adj = true
			[plugins."$runtime".cni]
			conf_dir = "$ENGINES/cni"
			[plugins."$runtime".containerd.runtimes.runc]
			runtime_type = "io.containerd.runc.v2"
			[plugins."$runtime".containerd.runtimes.crun]
			runtime_type = "io.containerd.runc.v2"
			[plugins."$runtime".containerd.runtimes.crun.options]
			BinaryName = "$(crun_for_this_machine)"
		TOML
	} >"$ENGINES/containerd.toml"
	start_daemon containerd containerd --config "$ENGINES/containerd.toml"
	answers containerd ctr version
	within 60 cri ListPodSandbox <<<'{}' >/dev/null 2>&1 || {
		cat "$ENGINES/containerd.log"
		return 1
	}
	(cd "$ROOT" && bash -euc "$(snippet containerd-import)")
	settled_in_cri "$IMAGE" | jq -e ".pinned == $(pins)" >/dev/null
}

# The cgroup of this run's pods, and where they are counted: in a controller of cgroup v1, or in cgroup v2.
PODS=pause-test-${BATS_RUN_TMPDIR##*-}
CGROUP=/sys/fs/cgroup/pids/$PODS
[ -d /sys/fs/cgroup/pids ] || CGROUP=/sys/fs/cgroup/$PODS
export CGROUP

# The shims remove some at the same time.
rmdir_cgroups() {
	within 60 cgroups_are_gone
}
cgroups_are_gone() {
	find /sys/fs/cgroup -depth -path "*/$PODS*" -type d -exec rmdir {} + 2>/dev/null
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$PODS" 2>/dev/null)" ]
}

# Sends the requests on standard input: cri CALL [AT_ONCE]
cri() {
	[ -e "$ENGINES/cri.py" ] || "$ROOT/tests/tools/cri.sh" "$ENGINES"
	python3 "$ENGINES/cri.py" "$CONTAINERD_ADDRESS" "$@"
}

# What a kubelet is told of an image, its ID and whether it is pinned: image_in_cri NAME
image_in_cri() {
	cri ListImages <<<'{}' | jq -ce --arg name "$1" '.images[] | select(.repoTags | index($name))'
}

# The same, when containerd's CRI has seen all that was done before. It learns of images by events, in their order: it
# has had the others when it knows, and when it has forgotten, a name that came after them.
settled_in_cri() {
	local mark=pause.internal/mark:$RANDOM
	ctr images tag "$1" "$mark" >/dev/null
	within 60 image_in_cri "$mark" >/dev/null
	ctr images rm "$mark" >/dev/null
	within 60 not_in_cri "$mark"
	image_in_cri "$1"
}
not_in_cri() {
	! image_in_cri "$1"
}

# Whether the containerd under test was seen to let an image be pinned. 1.6.20, Debian 12's, answers false whatever one
# does; 1.7.24, Debian 13's, and 2.1.9 answer true.
pins() {
	if [[ $(containerd --version) == *" 1.6.20"* ]]; then echo false; else echo true; fi
}

# A request for a sandbox on the host's network: pod NAME [POD|CONTAINER|NODE [HANDLER [SECCOMP_PROFILE]]]
pod() {
	jq -cn --arg name "$1" --arg pid "${2:-CONTAINER}" --arg handler "${3-}" --arg seccomp "${4-}" --arg parent "/$PODS" '{
		runtime_handler: $handler,
		config: {
			metadata: {name: $name, uid: $name, namespace: "test"},
			linux: {
				cgroup_parent: $parent,
				security_context: ({namespace_options: {network: "NODE", pid: $pid}} +
					if $seccomp == "" then {} else {seccomp: {profile_type: "Localhost", localhost_ref: $seccomp}} end)
			}
		}
	}'
}

# Runs one sandbox: sets sandbox to its id, and pid to its process, asleep.
run_sandbox() {
	sandbox=$(pod "$@" | cri RunPodSandbox | jq -r .podSandboxId)
	[ -n "$sandbox" ]
	pid=$(sandbox_info | jq .pid)
	within 60 asleep "$pid"
}

sandbox_info() {
	jq -cn --arg id "$sandbox" '{pod_sandbox_id: $id, verbose: true}' | cri PodSandboxStatus | jq -r .info.info
}

sandbox_state() {
	jq -cn --arg id "$sandbox" '{pod_sandbox_id: $id}' | cri PodSandboxStatus | jq -r .status.state
}

# Stops and removes the sandboxes whose ids it reads, N at once: remove_sandboxes [N]
remove_sandboxes() {
	local requests
	requests=$(jq -cR '{pod_sandbox_id: .}')
	[ -n "$requests" ] || return 0
	cri StopPodSandbox "${1:-1}" <<<"$requests" >/dev/null
	cri RemovePodSandbox "${1:-1}" <<<"$requests" >/dev/null
}

list_sandboxes() {
	cri ListPodSandbox <<<'{}' | jq -r '.items[].id'
}

# Runs a static program of this machine's in $sandbox and its PID namespace, to its end:
# run_in_pod NAME PROGRAM [ARGUMENT...]
run_in_pod() {
	local container
	container=$(jq -cn --arg id "$sandbox" --arg name "$1" --arg image "$IMAGE" --arg program "$2" \
		--argjson pod "$(pod "$1" POD | jq .config)" --args '{
			pod_sandbox_id: $id,
			sandbox_config: $pod,
			config: {
				metadata: {name: $name},
				image: {image: $image},
				command: ["/program"],
				args: $ARGS.positional,
				mounts: [{container_path: "/program", host_path: $program, readonly: true}],
				linux: {security_context: {namespace_options: {network: "NODE", pid: "POD"}}}
			}
		}' "${@:3}" | cri CreateContainer | jq -r .containerId)
	jq -cn --arg id "$container" '{container_id: $id}' >"$BATS_TEST_TMPDIR/container"
	cri StartContainer <"$BATS_TEST_TMPDIR/container" >/dev/null
	within 60 container_ended
	[ "$(cri ContainerStatus <"$BATS_TEST_TMPDIR/container" | jq .status.exitCode)" -eq 0 ]
}
container_ended() {
	[ "$(cri ContainerStatus <"$BATS_TEST_TMPDIR/container" | jq -r .status.state)" = CONTAINER_EXITED ]
}
