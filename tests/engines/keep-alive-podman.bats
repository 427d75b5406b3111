#!/usr/bin/env bats
# docs/keep-alive.md on podman: a container of any image that stays up for exec.

load ../helpers
load engines

setup_file() {
	use_podman
	# the infra of `play kube`
	snippet podman-setting | sed 1d >>"$CONTAINERS_CONF"
	podman --version >&3
	podman load --quiet -i "$ROOT/dist/pause.tar"
	podman import --quiet --change "ENV PATH=/usr/bin:/bin" "$("$ROOT/tests/tools/bare.sh" trixie)" docker.io/library/debian:trixie-slim
}

setup() {
	cp "$PAUSE" "$BATS_TEST_TMPDIR/pause"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	empty podman
}

is_podman() {
	[[ $(podman --version) == "podman version $1."* ]]
}

@test "the image is mounted, whole: podman 4 knows no sub-path, and later ones cannot mount a file so" {
	page keep-podman-image
	keeps box
	run podman run -d --name sub --mount "type=image,source=$IMAGE,destination=/pause,subpath=/pause" \
		--entrypoint /pause docker.io/library/debian:trixie-slim
	[ "$status" -ne 0 ]
	if is_podman 4; then
		[[ $output == *'subpath: invalid mount option'* ]]
	else
		[[ $output == *'error mounting '*': invalid argument'* ]]
	fi
}

@test "the file is mounted" {
	page keep-podman-bind
	keeps box
}

@test "the file is copied in, behind a read-only root" {
	page keep-podman-copy
	keeps box
}

@test "the file out of the image" {
	rm pause
	page keep-file-podman
	cmp pause "$PAUSE"
}

@test "with --init it warns that it is not PID 1, and stops all the same" {
	podman run -d --name box --init --init-path "$(command -v docker-init)" -v "$PWD/pause:/pause:ro" --entrypoint /pause \
		docker.io/library/debian:trixie-slim
	warned() { [ "$(podman logs box 2>&1)" = 'pause: warning: not PID 1' ]; }
	within 60 warned
	stops_by_itself box
}

@test "--timeout ends a container after that time" {
	podman run -d --name box --timeout 1 -v "$PWD/pause:/pause:ro" --entrypoint /pause docker.io/library/debian:trixie-slim
	podman wait box
	[ "$(inspect '{{.State.ExitCode}}' box)" -eq -1 ]
}

@test "stop.sh: the work in it ends in good order first" {
	mkdir kept
	start_box -v "$PWD/kept:/kept"
	work begun
	"$ROOT/examples/keep-alive/stop.sh" podman box
	[ -e kept/ended ]
	[ "$(inspect '{{.State.ExitCode}}' box)" -eq 0 ]
}

@test "play kube: the program from the machine" {
	sed "s,/usr/local/bin/pause,$PWD/pause," "$ROOT/examples/kubernetes/keep-alive-hostpath.yaml" >pod.yaml
	play_kube pod.yaml
	keeps workbench-workbench
}

@test "play kube: a ConfigMap's file cannot be executed by podman 4, and later not at the first start, so it is restarted" {
	sed 's,image: docker.io/library/debian:trixie-slim,&\n      imagePullPolicy: IfNotPresent,' \
		"$ROOT/examples/kubernetes/keep-alive-configmap.yaml" >pod.yaml
	sed -i "s/key: .*/key: $(basename "$(of platform "$PLATFORM")")/" pod.yaml
	run play_kube pod.yaml
	if is_podman 4; then
		[[ $output == *'exec: "/keep/pause": permission denied'* ]]
		run podman start workbench-workbench
		[[ $output == *'exec: "/keep/pause": permission denied'* ]]
	else
		is_restarted() { [ "$(inspect '{{.RestartCount}} {{.State.Status}}' workbench-workbench)" = "1 running" ]; }
		within 60 is_restarted
		[[ $(podman logs workbench-workbench 2>&1) == *'text file busy'* ]]
		keeps workbench-workbench
	fi
}

@test "rootless, the image mounted and the file of it" {
	# shellcheck disable=SC2016 # for the inner shell
	rootless '
		mkdir bin && cp /bin/busybox bin/sh && tar -c bin | podman import - docker.io/library/debian:trixie-slim
		eval "$1"
		held_by_pause box
		podman exec box sh -c "(:) & :"
		stops_by_itself box
		mv pause file
		podman unshare sh -euc "$2"
		cmp pause file
	' "$(snippet keep-podman-image)" "$(snippet keep-file-podman)"
}
