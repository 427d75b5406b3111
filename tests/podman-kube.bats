#!/usr/bin/env bats
# podman beyond a first pod: settings, rootless, `play kube`, digests.

load helpers
load engines

setup_file() {
	use_podman
	# the setting of the page, where a user would write it
	snippet podman-setting | sed 1d >>"$CONTAINERS_CONF"
	podman --version >&3
	podman load -i "$ROOT/dist/pause.tar"
	busybox_image podman
}

teardown() {
	podman pod rm -fa
}

teardown_file() {
	stop_engines
}

infra_of() {
	podman pod inspect "$1" | jq -r .InfraContainerID
}

infra_pid() {
	podman inspect -f '{{.State.Pid}}' "$(infra_of "$1")"
}

# The infra container runs this project's program.
held_by_pause() {
	local pid
	pid=$(infra_pid "$1")
	within 10 asleep "$pid"
	cmp "/proc/$pid/exe" "$PAUSE"
}

# Its infra container ended by itself: killed, its status would be 137.
stopped_by_itself() {
	podman pod stop -t 100 "$1"
	[ "$(podman inspect -f '{{.State.ExitCode}}' "$(infra_of "$1")")" -eq 0 ]
}

@test "containers.conf alone makes pause hold every new pod, and the pod stops by itself" {
	podman pod create --name conf --share ipc,uts
	podman pod start conf
	held_by_pause conf
	stopped_by_itself conf
}

@test "the command line does the same where containers.conf says nothing" {
	local settings=$BATS_TEST_TMPDIR/containers.conf
	grep -v infra_ "$CONTAINERS_CONF" >"$settings"
	CONTAINERS_CONF=$settings podman pod create --name line --share ipc,uts --infra-image "$IMAGE" --infra-command /pause
	podman pod start line
	held_by_pause line
	stopped_by_itself line
}

@test "podman shows the digest of this machine's manifest in the archive" {
	podman pod create --name digest --share ipc,uts
	local digest
	digest=$(podman inspect -f '{{.ImageDigest}}' "$(infra_of digest)")
	manifest_digests | grep -Fx "$digest"
}
# The index's and this machine's manifest's, out of the archive.
manifest_digests() {
	local index
	index=$(tar -xOf "$ROOT/dist/pause.tar" index.json | jq -r '.manifests[0].digest')
	echo "$index"
	tar -xOf "$ROOT/dist/pause.tar" "blobs/sha256/${index#sha256:}" | jq -r '.manifests[].digest'
}

@test "play kube: two containers of a Pod manifest reach each other on localhost, and it goes down again" {
	play_kube "$ROOT/examples/kubernetes/pod.yaml"
	held_by_pause pair
	within 30 answer_heard pair-asker
	podman play kube --down "$ROOT/examples/kubernetes/pod.yaml"
	[ -z "$(podman pod ps -q)" ]
}
answer_heard() {
	podman logs "$1" 2>&1 | grep -q '^answer$'
}
play_kube() {
	podman play kube --network none "$1"
}
# The pod of a manifest's Deployment or DaemonSet, as a Pod of its name.
pod_of() {
	python3 - "$1" <<-'PY'
		import sys, yaml
		*_, workload = yaml.safe_load_all(open(sys.argv[1]))
		template = workload["spec"]["template"]
		template["metadata"]["name"] = workload["metadata"]["name"]
		print(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", **template}))
	PY
}

@test "the balloon's and the prepull's pods run under play kube, and stop by themselves" {
	local manifest
	for manifest in balloon prepull; do
		# play kube knows Deployments and not DaemonSets: the same pod, as a pod
		pod_of "$ROOT/examples/kubernetes/$manifest.yaml" >"$BATS_TEST_TMPDIR/$manifest.yaml"
		play_kube "$BATS_TEST_TMPDIR/$manifest.yaml"
		held_by_pause $manifest
		[ "$(podman inspect -f '{{.State.Running}}' $manifest-hold)" = true ]
		podman pod stop -t 100 $manifest
		[ "$(podman inspect -f '{{.State.ExitCode}}' $manifest-hold)" -eq 0 ]
	done
}
