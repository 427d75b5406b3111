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
	podman pod rm -fa
	podman rm -fa
}

teardown_file() {
	stop_engines
}

# Runs a block of the page, as its reader would.
page() {
	bash -euxc "$(snippet "$1" keep-alive)"
}

# Whether pause holds a container, leaves no zombie of a hundred orphans, and stops by itself: keeps CONTAINER
keeps() {
	pid=$(podman inspect -f '{{.State.Pid}}' "$1")
	within 60 asleep "$pid"
	cmp "/proc/$pid/exe" "$PAUSE"
	# shellcheck disable=SC2016 # for the shell in there
	podman exec "$1" sh -c 'i=0; while [ $((i += 1)) -le 100 ]; do (sleep 0.01 &); done'
	within 60 no_child "$pid"
	podman stop -t 100 "$1"
	[ "$(podman inspect -f '{{.State.ExitCode}}' "$1")" -eq 0 ]
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
	podman stop -t 100 box
	[ "$(podman inspect -f '{{.State.ExitCode}}' box)" -eq 0 ]
}

@test "--timeout ends a container after that time" {
	podman run -d --name box --timeout 1 -v "$PWD/pause:/pause:ro" --entrypoint /pause docker.io/library/debian:trixie-slim
	is_exited() { [ "$(podman inspect -f '{{.State.Status}}' box)" = exited ]; }
	within 60 is_exited
	[ "$(podman inspect -f '{{.State.ExitCode}}' box)" -eq -1 ]
}

@test "stop.sh: the work in it ends in good order first" {
	mkdir kept
	podman run -d --name box -v "$PWD/pause:/pause:ro" -v "$PWD/kept:/kept" --entrypoint /pause \
		docker.io/library/debian:trixie-slim
	podman exec -d box sh -c "trap 'sleep 1; echo >/kept/ended; exit' TERM; echo >/kept/begun; while :; do sleep 0.1; done"
	within 60 [ -e kept/begun ]
	"$ROOT/examples/keep-alive/stop.sh" podman box
	[ -e kept/ended ]
	[ "$(podman inspect -f '{{.State.ExitCode}}' box)" -eq 0 ]
}

# Starts what a manifest says: play FILE
play() {
	podman play kube --network none "$1" 2>&1
}

@test "play kube: the program from the machine" {
	sed "s,/usr/local/bin/pause,$PWD/pause," "$ROOT/examples/kubernetes/keep-alive-hostpath.yaml" >pod.yaml
	play pod.yaml
	keeps workbench-workbench
}

@test "play kube: a ConfigMap's file cannot be executed by podman 4, and later not at the first start, so it is restarted" {
	sed 's,image: docker.io/library/debian:trixie-slim,&\n      imagePullPolicy: IfNotPresent,' \
		"$ROOT/examples/kubernetes/keep-alive-configmap.yaml" >pod.yaml
	sed -i "s/key: .*/key: $(basename "$(of platform "$PLATFORM")")/" pod.yaml
	run play pod.yaml
	if is_podman 4; then
		[[ $output == *'exec: "/keep/pause": permission denied'* ]]
		run podman start workbench-workbench
		[[ $output == *'exec: "/keep/pause": permission denied'* ]]
	else
		is_restarted() { [ "$(podman inspect -f '{{.RestartCount}} {{.State.Status}}' workbench-workbench)" = "1 running" ]; }
		within 60 is_restarted
		[[ $(podman logs workbench-workbench 2>&1) == *'text file busy'* ]]
		keeps workbench-workbench
	fi
}

@test "rootless, the image mounted and the file of it" {
	# shellcheck disable=SC2016 # for the inner shell
	rootless bash -euc '
		cat >"$CONTAINERS_STORAGE_CONF" <<<"[storage]
			driver = \"vfs\""
		podman load -i "$HOME/pause.tar"
		mkdir bin && cp /bin/busybox bin/sh && tar -c bin | podman import - docker.io/library/debian:trixie-slim
		eval "$1"
		for try in {1..500}; do
			pid=$(podman inspect -f "{{.State.Pid}}" box)
			! cmp -s /proc/$pid/exe "$HOME/pause" || break
			sleep 0.02
		done
		cmp /proc/$pid/exe "$HOME/pause"
		podman exec box sh -c "(:) & :"
		podman stop -t 100 box
		[ "$(podman inspect -f "{{.State.ExitCode}}" box)" -eq 0 ]
		mv pause file
		podman unshare sh -euc "$2"
		cmp pause file
	' rootless "$(snippet keep-podman-image keep-alive)" "$(snippet keep-file-podman keep-alive)"
}
