# containerd as a Kubernetes node has it, and the kubelet's side of the conversation: load cri
# shellcheck shell=bash

# containerd whose CRI answers, with the archive imported as docs/runtimes.md says; CRI then calls the image pinned where
# this containerd can pin.
start_containerd_cri() {
	start_containerd
	answers containerd cri_answers
	import_image
	settled_in_cri "$IMAGE" | jq -e ".pinned == $(pins)" >/dev/null
}

# Takes the setting that is there now.
restart_containerd() {
	stop_daemon containerd
	run_containerd
	answers containerd cri_answers
}
cri_answers() {
	cri ListPodSandbox <<<'{}'
}

import_image() {
	(cd "$ROOT" && page containerd-import)
}

teardown() {
	remove_all_sandboxes
}

teardown_file() {
	stop_engines
	rmdir_cgroups
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

# Sends the requests on standard input: cri CALL[,CALL...] [AT_ONCE]
# To start Python takes a quarter of a second of a processor: what ctr can say, too, it is asked for.
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
	within 60 not image_in_cri "$mark" >/dev/null
	image_in_cri "$1"
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
	[ -n "$sandbox" ] || return 1 # also where errors are not looked at: there is nothing to wait for
	pid=$(task_pid "$sandbox")
	within 60 asleep "$pid"
}

# The process of a sandbox or a container: task_pid ID
task_pid() {
	ctr tasks list | awk -v id="$1" '$1 == id { print $2 }'
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
	cri StopPodSandbox,RemovePodSandbox "${1:-1}" <<<"$requests" >/dev/null
}

remove_all_sandboxes() {
	ctr containers list --quiet 'labels."io.cri-containerd.kind"==sandbox' | remove_sandboxes 10
}

list_sandboxes() {
	cri ListPodSandbox <<<'{}' | jq -r '.items[].id'
}

# Creates a container in $sandbox with these fields of a configuration, as JSON, and starts it: start_container CONFIG
# Sets container to its id.
start_container() {
	container=$(jq -cn --arg id "$sandbox" --argjson pod "$(pod any | jq .config)" --argjson config "$1" '{
		pod_sandbox_id: $id,
		sandbox_config: $pod,
		config: ({
			metadata: {name: "container"},
			linux: {security_context: {namespace_options: {network: "NODE", pid: "CONTAINER"}}}
		} * $config)
	}' | cri CreateContainer | jq -r .containerId)
	[ -n "$container" ] || return 1
	of_container StartContainer
}

# A call about it: of_container CALL [FIELD]
of_container() {
	jq -cn --arg id "$container" "{container_id: \$id, ${2-}}" | cri "$1"
}

# Waits for its end by itself, which must be that of success.
container_succeeds() {
	within 60 container_ended
	[ "$(of_container ContainerStatus | jq .status.exitCode)" -eq 0 ]
}
container_ended() {
	[ "$(of_container ContainerStatus | jq -r .status.state)" = CONTAINER_EXITED ]
}
