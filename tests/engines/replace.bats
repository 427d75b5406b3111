#!/usr/bin/env bats
# docs/replace.md: its lines take a node with pods on it from another pause image to this one, to a newer one, and back.

load ../helpers
load engines
load cri

OLD=registry.k8s.io/pause:3.10.2 NEWER=pause.internal/pause:newer

# A pause as Kubernetes builds it, under its name; and this image under the name of a version to come.
setup_file() {
	use_podman
	mkdir "$BATS_FILE_TMPDIR/old"
	cp "$(helper kubernetes)" "$BATS_FILE_TMPDIR/old/pause"
	tar -C "$BATS_FILE_TMPDIR/old" -c pause | podman import --change 'ENTRYPOINT ["/pause"]' - $OLD
	podman save --output "$BATS_FILE_TMPDIR/old.tar" $OLD
	# Of another date: to containerd two names of one image are the same, and it says either.
	SOURCE_DATE_EPOCH=86400 make -s -C "$ROOT" image DIST="$BATS_FILE_TMPDIR/newer" TAG=newer PLATFORMS="$native"

	start_containerd_cri
	containerd --version >&3
	podman --version >&3
	ctr images remove "$IMAGE"
}

# A node that has the old image and names it.
setup() {
	ctr images import "$BATS_FILE_TMPDIR/old.tar"
	sed -i -E "s,\"(registry.k8s.io|pause.internal)/pause:[a-z0-9.]+\",\"$OLD\"," "$ENGINES/containerd.toml"
	systemctl restart containerd
}

teardown() {
	remove_all_sandboxes
	empty podman
}

# In systemd's place, for the page's lines.
systemctl() {
	[ "$*" = "restart containerd" ]
	restart_containerd
}

# Runs a block of the page, with the test's file in place of the machine's, after a change by sed: page NAME [CHANGE]
page() {
	local lines
	lines=$(snippet "$1" | sed "${2-};s,/etc/containerd/config.toml,$ENGINES/containerd.toml,g
		s,^containerd config,containerd --config $ENGINES/containerd.toml config,")
	[[ $lines != */etc/* ]] # the machine's own files are not the tests'
	(cd "$ROOT" && set -euo pipefail && eval "$lines")
}

declare -gA pids
# Starts a pod whose sandbox must be that program: starts NAME PROGRAM IMAGE
starts() {
	sandbox=$(pod "$1" | cri RunPodSandbox | jq -r .podSandboxId)
	pid=$(task_pid "$sandbox")
	pids[$sandbox]=$pid
	within 60 cmp -s "/proc/$pid/exe" "$2"
	[ "$(sandbox_info | jq -r .image)" = "$3" ]
}

# A pod's sandbox is ready, and the process that it was: goes_on SANDBOX IMAGE
goes_on() {
	sandbox=$1
	[ "$(sandbox_state)" = SANDBOX_READY ]
	[ "$(sandbox_info | jq -r .image)" = "$2" ]
	[ "$(sandbox_info | jq .pid)" = "${pids[$1]}" ]
	[ "$(status_of "${pids[$1]}" State)" = "S (sleeping)" ]
}

# The images in use, as the page's line prints them.
used() {
	page containerd-used | awk '{ print $1, $2 }'
}

@test "containerd: over to the image and back, and neither is felt by pods that run" {
	local before after
	starts before "$(helper kubernetes)" $OLD
	before=$sandbox
	[ "$(used)" = "1 $OLD" ]

	page containerd-load
	page containerd-over
	page containerd-understood | grep -F "$IMAGE"
	starts after "$PAUSE" "$IMAGE"
	after=$sandbox
	[ "$(used)" = "1 $IMAGE"$'\n'"1 $OLD" ]
	goes_on "$before" $OLD

	page containerd-return
	starts back "$(helper kubernetes)" $OLD
	goes_on "$after" "$IMAGE"
	remove_sandboxes <<<"$after"
	page containerd-remove
	[ -z "$(ctr images list -q "name==$IMAGE")" ]

	# nor is it felt by a pod when its image goes
	ctr images remove --sync $OLD
	goes_on "$before" $OLD
}

@test "containerd: an upgrade of the image is the same lines, and the old version's pods go on" {
	page containerd-load
	page containerd-over
	starts first "$PAUSE" "$IMAGE"
	first=$sandbox

	page containerd-load "1d; s,dist/pause.tar,$BATS_FILE_TMPDIR/newer/pause.tar,; s,$IMAGE,$NEWER,"
	page containerd-over "s,^old=.*,old=$IMAGE new=$NEWER,"
	starts second "$PAUSE" $NEWER
	[ "$(used)" = "1 $IMAGE"$'\n'"1 $NEWER" ]
	goes_on "$first" "$IMAGE"
}

@test "containerd: the old image is pinned for the way back where containerd can pin, until one stays" {
	page containerd-load
	page containerd-over
	ctr images list | grep -F $OLD | grep -F io.cri-containerd.pinned=pinned
	page containerd-stay
	[ -z "$(ctr images list | grep -F $OLD | grep -F pinned || true)" ]
}

@test "podman: a pod that is there keeps its image, restarted too, and a new one has the new image; and back" {
	podman load -q -i "$ROOT/dist/pause.tar"
	podman pod create --name before --share ipc,uts --infra-image $OLD
	podman pod start before
	cp "$CONTAINERS_CONF" "$ENGINES/without"
	snippet podman-setting | sed 1d >>"$CONTAINERS_CONF"
	podman pod restart before
	podman pod create --name after --share ipc,uts
	podman pod start after
	[ "$(page podman-used | sort)" = "after $IMAGE"$'\n'"before $OLD" ]
	held_by_pause "$(infra_of after)"

	mv "$ENGINES/without" "$CONTAINERS_CONF"
	podman pod create --name back --share ipc,uts
	[ -z "$(page podman-used | grep -F "back $IMAGE" || true)" ]
	podman pod rm --force after
	podman image rm "$IMAGE"
}
