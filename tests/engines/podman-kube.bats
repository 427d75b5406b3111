#!/usr/bin/env bats
# podman beyond a first pod: settings, rootless, `play kube`, digests.

load ../helpers
load engines

setup_file() {
	use_podman
	# the setting of the page, where a user would write it
	snippet podman-setting | sed 1d >>"$CONTAINERS_CONF"
	podman --version >&3
	(cd "$ROOT" && bash -euc "$(snippet podman-import)")
	busybox_image podman
}

teardown() {
	podman pod rm -fa
}

teardown_file() {
	stop_engines
}

infra_of() {
	podman pod inspect -f '{{.InfraContainerID}}' "$1"
}

infra_pid() {
	podman inspect -f '{{.State.Pid}}' "$(infra_of "$1")"
}

# The infra container runs this project's program.
held_by_pause() {
	local pid
	pid=$(infra_pid "$1")
	within 60 asleep "$pid"
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
	bash -euc "$(snippet podman-see)" | grep -x ".*-infra $IMAGE.*"
	stopped_by_itself conf
}

@test "the command line does the same where containers.conf says nothing" {
	local settings=$BATS_TEST_TMPDIR/containers.conf
	grep -v infra_ "$CONTAINERS_CONF" >"$settings"
	CONTAINERS_CONF=$settings podman pod create --name line --share ipc,uts --infra-image "$IMAGE"
	podman pod start line
	held_by_pause line
	stopped_by_itself line
}

@test "and so does a Quadlet pod: what the newest podman's generator makes of the example's files" {
	local unit line package settings=$BATS_TEST_TMPDIR/containers.conf units=$BATS_TEST_TMPDIR/units
	package=$("$ROOT/tests/tools/fetch-deb.sh" "podman:$(dpkg --print-architecture)/sid" './usr/libexec/podman/quadlet')
	cp -r "$ROOT/examples/quadlet" "$units"
	sed -i '/^\[Pod\]/aNetwork=none' "$units/web.pod"
	QUADLET_UNIT_DIRS=$units "$package/usr/libexec/podman/quadlet" -dryrun >"$BATS_TEST_TMPDIR/services"
	grep -v infra_ "$CONTAINERS_CONF" >"$settings"
	export CONTAINERS_CONF=$settings
	# in systemd's place: %t is a runtime folder, %N the unit's name; and here is no cgroup of a service to be split
	for unit in web-pod server; do
		awk -v "name=---$unit.service---" '/^---/ { on = $0 == name } on' "$BATS_TEST_TMPDIR/services" >"$BATS_TEST_TMPDIR/unit"
		for line in ExecStartPre ExecStart; do
			bash -euxc "$(sed -n "s,%t,$BATS_TEST_TMPDIR,g; s,%N,$unit,g; s/--cgroups=split//; s/^$line=//p" "$BATS_TEST_TMPDIR/unit")"
		done
	done
	held_by_pause systemd-web
	[ "$(podman inspect -f '{{.Pod}}' systemd-server)" = "$(podman pod inspect -f '{{.ID}}' systemd-web)" ]
	stopped_by_itself systemd-web
}

@test "rootless, a pod is held by pause in a user namespace, and stops by itself" {
	# shellcheck disable=SC2016 # for the inner shell
	rootless bash -euc '
		cat >"$CONTAINERS_STORAGE_CONF" <<<"[storage]
			driver = \"vfs\""
		podman load -i "$HOME/pause.tar"
		podman pod create --name rootless --share ipc,uts --infra-image "$1"
		podman pod start rootless
		infra=$(podman pod inspect -f "{{.InfraContainerID}}" rootless)
		pid=$(podman inspect -f "{{.State.Pid}}" "$infra")
		for try in {1..500}; do
			! cmp -s /proc/$pid/exe "$HOME/pause" || break
			sleep 0.02
		done
		cmp /proc/$pid/exe "$HOME/pause"
		[ "$(readlink /proc/$pid/ns/user)" != "$(readlink /proc/self/ns/user)" ]
		podman pod stop -t 100 rootless
		[ "$(podman inspect -f "{{.State.ExitCode}}" "$infra")" -eq 0 ]

		# Here it is root of its user namespace, with capabilities there; kept as the account it has none.
		podman pod create --name kept --userns=keep-id --share ipc,uts --infra-image "$1"
		podman pod start rootless kept
		for name in rootless kept; do
			podman inspect -f "{{.State.Pid}}" $(podman pod inspect -f "{{.InfraContainerID}}" $name) >"$HOME/$name"
			[ "$(stat -c %u /proc/$(cat "$HOME/$name"))" -eq $(id -u) ]
		done
		! grep -qx "CapEff:.0000000000000000" /proc/$(cat "$HOME/rootless")/status || exit 1
		grep -qx "CapEff:.0000000000000000" /proc/$(cat "$HOME/kept")/status
		podman pod rm -f -t 100 rootless kept
	' rootless "$IMAGE"
}

# Starts a holder and says as whom it runs out here, and what it may: up OPTION...
up() {
	local holder pid
	holder=$(podman run --detach "$@" "$IMAGE")
	pid=$(podman inspect -f '{{.State.Pid}}' "$holder")
	within 60 asleep "$pid"
	echo "$(status_of "$pid" Uid | cut -f 2) $(status_of "$pid" CapEff)"
	podman rm -f -t 100 "$holder" >/dev/null
}

@test "where a user namespace has fewer than 65,536 ids the image's user is refused, and --user 1:1 is the way out" {
	local none=0000000000000000 short=(--uidmap 0:100000:1024 --gidmap 0:100000:1024)
	run podman run --rm "${short[@]}" "$IMAGE" -v
	[ "$status" -ne 0 ]
	[[ $output == *"65535"* ]]
	[ "$(up "${short[@]}" --user 1:1)" = "100001 $none" ]
	# User 0 would do, too, and has capabilities.
	[[ $(up "${short[@]}" --user 0:0) == "100000 "* ]]
	[ "$(up "${short[@]}" --user 0:0)" != "100000 $none" ]
	[ "$(up --uidmap 0:100000:65536 --gidmap 0:100000:65536)" = "165535 $none" ]
}

@test "rootless with --userns=auto the first holder takes all 65,536 ids; with --user 1:1 there is room for others, as for pods" {
	# shellcheck disable=SC2016 # for the inner shell
	rootless bash -euxc '
		cat >"$CONTAINERS_STORAGE_CONF" <<<"[storage]
			driver = \"vfs\""
		podman load -i "$HOME/pause.tar"
		podman run -d --userns=auto --name first "$1"
		! podman run -d --userns=auto --name second "$1" 2>"$HOME/said" || exit 1
		cat "$HOME/said"
		grep -E "enough (available|unused) IDs" "$HOME/said"
		podman rm -f -t 100 first
		for name in one two; do
			podman run -d --userns=auto --user 1:1 --name $name "$1"
			podman pod create --userns=auto --name pod-$name --share ipc,uts --infra-image "$1"
			podman pod start pod-$name
		done
		for name in one two; do
			[ "$(podman inspect -f "{{.State.Status}}" $name)" = running ]
			grep -qx "CapEff:.0000000000000000" "/proc/$(podman inspect -f "{{.State.Pid}}" $name)/status"
			[ "$(podman pod inspect -f "{{.State}}" pod-$name)" = Running ]
		done
		podman stop -t 100 one two
		[ "$(podman inspect -f "{{.State.ExitCode}}" one two | xargs)" = "0 0" ]
		podman pod rm -f -t 100 pod-one pod-two
	' rootless "$IMAGE"
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
	within 60 answer_heard pair-asker
	podman play kube --down "$ROOT/examples/kubernetes/pod.yaml"
	[ -z "$(podman pod ps -q)" ]
}
answer_heard() {
	podman logs "$1" 2>&1 | grep -q '^answer$'
}
play_kube() {
	podman play kube --network none "$1"
}
# The pod of a manifest's Deployment or DaemonSet, as a Pod of its name. podman keeps init containers that are run
# always; those that are run once it removes, at times before they have ended.
pod_of() {
	python3 - "$1" <<-'PY'
		import sys, yaml
		*_, workload = yaml.safe_load_all(open(sys.argv[1]))
		template = workload["spec"]["template"]
		template["metadata"].update(
			name=workload["metadata"]["name"],
			annotations={"io.podman.annotations.init.container.type": "always"},
		)
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
		confined "$(podman inspect -f '{{.State.Pid}}' $manifest-hold)"
		podman pod stop -t 100 $manifest
		[ "$(podman inspect -f '{{.State.ExitCode}}' $manifest-hold)" -eq 0 ]
	done
}

@test "/pause -v ends with status 0 in a pod like that of the Job with which kubeadm begins an upgrade" {
	cat >"$BATS_TEST_TMPDIR/check.yaml" <<-YAML
		apiVersion: v1
		kind: Pod
		metadata:
		  name: check
		spec:
		  restartPolicy: Never
		  securityContext:
		    runAsNonRoot: true
		    runAsUser: 999
		    runAsGroup: 999
		  containers:
		    - name: check
		      image: $IMAGE
		      args: [-v]
	YAML
	play_kube "$BATS_TEST_TMPDIR/check.yaml"
	[ "$(podman wait check-check)" -eq 0 ]
	[ "$(podman logs check-check)" = "pause $(cat "$ROOT/VERSION") $PLATFORM" ]
}
