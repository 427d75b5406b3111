#!/usr/bin/env bats
# Lines of docs/runtimes.md beyond a runtime's one setting: digests, snapshotters, pins, kubeadm's upgrade, podman's
# drop-in and id maps.

load ../helpers
load engines
load cri

setup_file() {
	start_containerd_cri
	containerd --version >&3
	use_podman
	podman --version >&3
}

teardown() {
	list_sandboxes | remove_sandboxes 10
	podman rm --force --all
}

teardown_file() {
	stop_engines
	rmdir_cgroups
}

# Writes another image into containerd's setting, and restarts it: sandbox_image_is NAME
sandbox_image_is() {
	sed -i -E "s,^( *sandbox(_image)? = ).*,\1\"$1\"," "$ENGINES/containerd.toml"
	stop_daemon containerd
	start_daemon containerd containerd --config "$ENGINES/containerd.toml"
	answers containerd ctr version
	within 60 cri ListPodSandbox <<<'{}' >/dev/null 2>&1
}

# Runs a block of the page as its reader does, in the repository: page NAME
page() {
	(cd "$ROOT" && bash -euo pipefail -c "$(snippet "$1")")
}

# What containerd's CRI says of the image: true or false
pinned() {
	cri ListImages <<<'{}' | jq --arg name "$IMAGE" '.images[] | select(.repoTags | index($name)) | .pinned'
}

# containerd 1.6 or none of its successors
is_16() {
	[[ $(containerd --version) == *" 1.6."* ]]
}

@test "containerd: an imported image is pinned, but by 1.6 of before the end of 2023" {
	[ "$(pinned)" = "$(is_16 && echo false || echo true)" ]
}

@test "containerd: a digest in the setting finds the image after the page's lines, and not before" {
	local digest name
	digest=$(tar -xOf "$ROOT/dist/pause.tar" index.json | jq -r '.manifests[0].digest')
	for name in "$IMAGE@$digest" "${IMAGE%:*}@$digest"; do
		sandbox_image_is "$name"
		run run_sandbox before
		[[ $status -ne 0 && $output == *"failed to get sandbox image"* ]]
		page containerd-digest
		run_sandbox after
		cmp "/proc/$pid/exe" "$PAUSE"
		remove_sandboxes <<<"$sandbox"
		ctr images remove "${IMAGE%:*}@$digest"
	done
	sandbox_image_is "$IMAGE"
}

@test "containerd: the page's import for another snapshotter unpacks the image there, and pods start" {
	ctr images remove --sync "$IMAGE"
	[ -z "$(ctr snapshots --snapshotter native list | sed 1d)" ]
	page "containerd-$(is_16 && echo 1.6 || echo 2)-snapshotter"
	[ -n "$(ctr snapshots --snapshotter native list | sed 1d)" ]
	run_sandbox native
}

@test "kubeadm: the image answers the upgrade's check under Kubernetes' name, and leaves its own when that is removed" {
	local check=registry.k8s.io/pause:3.10.2 container
	page kubeadm-upgrade
	run_sandbox check
	container=$(jq -cn --arg id "$sandbox" --arg image $check --argjson pod "$(pod check | jq .config)" '{
		pod_sandbox_id: $id,
		sandbox_config: $pod,
		config: {
			metadata: {name: "check"},
			image: {image: $image},
			args: ["-v"],
			linux: {security_context: {run_as_user: {value: 999}, readonly_rootfs: true,
				namespace_options: {network: "NODE", pid: "CONTAINER"}}}
		}
	}' | cri CreateContainer | jq -r .containerId)
	jq -cn --arg id "$container" '{container_id: $id}' >"$BATS_TEST_TMPDIR/container"
	cri StartContainer <"$BATS_TEST_TMPDIR/container"
	within 60 container_ended
	[ "$(cri ContainerStatus <"$BATS_TEST_TMPDIR/container" | jq .status.exitCode)" -eq 0 ]
	list_sandboxes | remove_sandboxes
	ctr images remove --sync $check
	run_sandbox after
}

@test "podman: a file of containers.conf.d gives every new pod the image, beside the machine's own settings" {
	podman load -q -i "$ROOT/dist/pause.tar"
	local settings=$BATS_TEST_TMPDIR/containers command
	cp -r /etc/containers "$settings"
	mkdir -p "$settings/containers.conf.d"
	cp "$CONTAINERS_CONF" "$settings/containers.conf.d/10-machine.conf"
	# shellcheck disable=SC2016 # for the inner shell
	command='mount --bind "$1" /etc/containers
		unset CONTAINERS_CONF
		podman pod create --name dropped --share ipc,uts
		podman pod start dropped
		podman inspect --format "{{.ImageName}}" "$(podman pod inspect --format "{{.InfraContainerID}}" dropped)"
		podman pod rm --force dropped'
	drops() {
		unshare --mount --propagation private -- bash -euc "$command" drops "$settings"
	}
	[ -z "$(drops | grep -Fx "$IMAGE" || true)" ]
	snippet podman-setting >"$settings/containers.conf.d/50-pause.conf"
	drops | grep -Fx "$IMAGE"
}

# Runs a function of this file where root has 65,536 ids to give away, in a mount namespace that podman's mounts share.
with_ids() {
	echo containers:1000000:65536 >"$BATS_TEST_TMPDIR/ids"
	# a newer podman looks for the account, too
	(cat /etc/passwd && echo "containers:x:64002:64002::/:/bin/false") >"$BATS_TEST_TMPDIR/passwd"
	# shellcheck disable=SC2163 # the function's name
	export -f "$1" snippet within asleep status_of
	export BATS_TEST_TMPDIR ROOT PAUSE
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private -- bash -euo pipefail -c '
		mount --bind "$1" /etc/subuid
		mount --bind "$1" /etc/subgid
		mount --bind "$2" /etc/passwd
		$3' with_ids "$BATS_TEST_TMPDIR/ids" "$BATS_TEST_TMPDIR/passwd" "$1"
}

@test "podman: where few ids are to be had, a holder of user 1 starts, without capabilities; as it is, one takes all" {
	podman load -q -i "$ROOT/dist/pause.tar"
	with_ids shares_ids
	run podman run --rm --uidmap 0:100000:1024 --gidmap 0:100000:1024 "$IMAGE" -v
	[[ $status -ne 0 && $output == *"doesn't map UID 65535"* ]]
	podman run --rm --uidmap 0:100000:1024 --gidmap 0:100000:1024 --user 1:1 "$IMAGE" -v
}
shares_ids() {
	local pid
	podman run -d --userns=auto "$IMAGE"
	! podman run -d --userns=auto "$IMAGE" 2>"$BATS_TEST_TMPDIR/error" || return 1
	grep -E 'available IDs|unused IDs' "$BATS_TEST_TMPDIR/error"
	podman rm --force --all

	podman run -d --userns=auto --user 1:1 "$IMAGE"
	eval "$(snippet podman-ids)"
	pid=$(podman inspect -f '{{.State.Pid}}' holder)
	within 60 asleep "$pid"
	cmp "/proc/$pid/exe" "$PAUSE"
	[ "$(status_of "$pid" CapEff)" = 0000000000000000 ] || return 1
	[ "$(awk '{ sum += $3 } END { print sum }' "/proc/$pid/uid_map")" -eq 1024 ] || return 1
	podman rm --force --all
}
