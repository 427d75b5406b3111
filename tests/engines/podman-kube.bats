#!/usr/bin/env bats
# podman beyond a first pod: settings, rootless, id maps, `play kube`.

load ../helpers
load engines

setup_file() {
	use_podman
	# the setting of the page, where a user would write it
	snippet podman-setting | sed 1d >>"$CONTAINERS_CONF"
	podman --version >&3
	(cd "$ROOT" && page podman-import)
	busybox_image podman
}

teardown() {
	empty podman
}

@test "containers.conf alone makes pause hold every new pod, and the pod stops by itself" {
	podman pod create --name conf --share ipc,uts
	podman pod start conf
	held_by_pause "$(infra_of conf)"
	page podman-see | grep -x ".*-infra $IMAGE.*"
	pod_stops_by_itself conf
}

@test "a Quadlet pod's own image holds it: what the newest podman's generator makes of the example's files" {
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
	held_by_pause "$(infra_of systemd-web)"
	[ "$(podman inspect -f '{{.Pod}}' systemd-server)" = "$(podman pod inspect -f '{{.ID}}' systemd-web)" ]
	pod_stops_by_itself systemd-web
}

@test "rootless, a pod is held by pause in a user namespace, and stops by itself" {
	# shellcheck disable=SC2016 # for the inner shell
	rootless '
		podman pod create --name rootless --share ipc,uts --infra-image "$1"
		podman pod start rootless
		held_by_pause "$(infra_of rootless)"
		[ "$(readlink /proc/$pid/ns/user)" != "$(readlink /proc/self/ns/user)" ]
		pod_stops_by_itself rootless

		# Here it is root of its user namespace, with capabilities there; kept as the account it has none.
		podman pod create --name kept --userns=keep-id --share ipc,uts --infra-image "$1"
		podman pod start rootless kept
		for name in rootless kept; do
			held_by_pause "$(infra_of $name)"
			[ "$(stat -c %u /proc/$pid)" -eq $(id -u) ]
			status_of $pid CapEff >$name
		done
		! grep -qx 0000000000000000 rootless || exit 1
		grep -qx 0000000000000000 kept
	' "$IMAGE"
}

# Starts a holder and says as whom it runs out here, and what it may: up OPTION...
up() {
	local holder
	holder=$(podman run --detach "$@" "$IMAGE")
	held_by_pause "$holder"
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

@test "rootless with --userns=auto the first holder takes all 65,536 ids; the page's line leaves room for others, as for pods" {
	# shellcheck disable=SC2016 # for the inner shell
	rootless '
		podman run -d --userns=auto --name first "$1"
		! podman run -d --userns=auto --name second "$1" 2>"$HOME/said" || exit 1
		cat "$HOME/said"
		grep -E "enough (available|unused) IDs" "$HOME/said"
		empty podman
		eval "$2"
		podman run -d --userns=auto --user 1:1 --name other "$1"
		for name in holder other; do
			podman pod create --userns=auto --name pod-$name --share ipc,uts --infra-image "$1"
			podman pod start pod-$name
		done
		for name in holder other; do
			held_by_pause $name
			[ "$(status_of $pid CapEff)" = 0000000000000000 ]
			[ "$(awk "{ sum += \$3 } END { print sum }" /proc/$pid/uid_map)" -eq 1024 ]
			[ "$(podman pod inspect -f "{{.State}}" pod-$name)" = Running ]
			stops_by_itself $name
		done
	' "$IMAGE" "$(snippet podman-ids)"
}

@test "a file of containers.conf.d gives every new pod the image, beside the machine's own settings" {
	local settings=$BATS_TEST_TMPDIR/containers command
	cp -r /etc/containers "$settings"
	mkdir -p "$settings/containers.conf.d"
	grep -v infra_ "$CONTAINERS_CONF" >"$settings/containers.conf.d/10-machine.conf"
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

@test "play kube: two containers of a Pod manifest reach each other on localhost, and it goes down again" {
	play_kube "$ROOT/examples/kubernetes/pod.yaml"
	held_by_pause "$(infra_of pair)"
	within 60 answer_heard pair-asker
	podman play kube --down "$ROOT/examples/kubernetes/pod.yaml"
	[ -z "$(podman pod ps -q)" ]
}
answer_heard() {
	podman logs "$1" 2>&1 | grep -q '^answer$'
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
		held_by_pause "$(infra_of $manifest)"
		confined "$(pid_of $manifest-hold)"
		pod_stops_by_itself $manifest
		[ "$(inspect '{{.State.ExitCode}}' $manifest-hold)" -eq 0 ]
	done
}
