#!/usr/bin/env bats
# docs/keep-alive.md and examples/keep-alive/ on Docker: a container of any image that stays up for exec.

load ../helpers
load engines

EXAMPLE=$ROOT/examples/keep-alive
DEVCONTAINERS=@devcontainers/cli@0.89.0

setup_file() {
	start_dockerd
	docker version --format 'Docker {{.Server.Version}}' >&3
	docker load -i "$DOCKER_ARCHIVE"
	docker import "$("$ROOT/tests/tools/bare.sh" trixie)" debian:trixie-slim
	docker build -t workbench "$EXAMPLE"
	npm install --prefix "$BATS_FILE_TMPDIR" --ignore-scripts --no-audit --no-fund --loglevel=error $DEVCONTAINERS
}

setup() {
	cp "$PAUSE" "$BATS_TEST_TMPDIR/pause"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	empty docker
	docker network prune --force
}

compose() {
	docker-compose -p desk -f "$EXAMPLE/compose.yaml" "$@"
}

@test "the page's text is this program, and so are the texts of the examples" {
	rm pause
	page keep-file
	cmp pause "$(pause_of "$(grep -aoE 'linux/[a-z0-9/]+' pause)")"
	[ "$(stat -c %a pause)" = 755 ]
	local texts
	texts=$(cd "$ROOT" && grep -rlE '(H4sI|f0VMR)[A-Za-z0-9+/]{400}' README*.md docs examples)
	[ "$(wc -l <<<"$texts")" -ge 5 ]
	cd "$ROOT"
	xargs scripts/text.sh --check <<<"$texts"
}

@test "text.sh: what it prints is the platform's file, what is of another program is told, and replaced" {
	local platform=${OTHER}
	"$ROOT/scripts/text.sh" "$platform" | base64 -d | gunzip | cmp - "$(pause_of "$platform")"
	"$ROOT/scripts/text.sh" --raw "$platform" | base64 -d | cmp - "$(pause_of "$platform")"
	{ cat "$(pause_of "$platform")" && echo; } | gzip -n | base64 -w 0 >page
	run "$ROOT/scripts/text.sh" --check page
	[ "$status" -eq 1 ]
	[[ $output == *"page: its text for $platform is of another program"* ]]
	"$ROOT/scripts/text.sh" --update page
	"$ROOT/scripts/text.sh" --check page
	run "$ROOT/scripts/text.sh" linux/none
	[ "$status" -eq 1 ]
	run "$ROOT/scripts/text.sh" --no-option
	[ "$status" -eq 2 ]
}

@test "the file out of the image in Docker" {
	rm pause
	page keep-file-docker
	cmp pause "$PAUSE"
}

@test "the file is mounted: a hundred orphans leave no zombie and do not wake it, and it stops by itself" {
	local before
	page keep-docker-bind
	held_by_pause box
	before=$(switches "$pid")
	leave_orphans box
	within 60 no_child "$pid"
	[ "$(switches "$pid")" -eq "$before" ]
	stops_by_itself box
}

@test "what people use: sleep infinity keeps a hundred zombies, and is killed" {
	docker run -d --name box debian:trixie-slim sleep infinity
	leave_orphans box
	pid=$(pid_of box)
	hundred() { [ "$(children_of "$pid" | wc -w)" -eq 100 ]; }
	within 60 hundred
	docker stop -t 1 box
	[ "$(inspect '{{.State.ExitCode}}' box)" -eq 137 ]
}

@test "the file is copied in, also behind a read-only root" {
	page keep-docker-copy
	keeps box
	docker rm box
	run docker create --name box --read-only --entrypoint /pause debian:trixie-slim
	run docker cp pause box:/pause
	[ "$status" -ne 0 ]
	[[ $output == *'container rootfs is marked read-only'* ]]
	docker rm box
	page keep-docker-copy-read-only
	keeps box
}

@test "the image is mounted; Docker before 28 does not know that and says so" {
	case $(docker version -f '{{.Server.Version}}') in
	2[0-7].*)
		run page keep-docker-image
		[ "$status" -ne 0 ]
		[[ $output == *'invalid mount config for type "image": mount type unknown'* ]]
		;;
	*)
		page keep-docker-image
		keeps box
		docker rm box
		docker run -d --name box --mount "type=image,source=$IMAGE,destination=/pause,image-subpath=pause" \
			--entrypoint /pause debian:trixie-slim
		keeps box
		;;
	esac
}

@test "any image: with an entry point, a user, no rights at all, and a read-only root" {
	echo 'FROM debian:trixie-slim
		ENTRYPOINT ["/bin/false"]
		CMD ["never"]
		USER 1000' | docker build -t hard -
	docker run -d --name box -v "$PWD/pause:/pause:ro" --entrypoint /pause --read-only --cap-drop ALL \
		--security-opt no-new-privileges hard
	held_by_pause box
	[ "$(rights_of "$pid")" = "1000:0 0000000000000000 no_new_privs 1 ro" ]
	keeps box
}

@test "an image without a shell, as distroless ones are: exec runs what is there" {
	local package
	mkdir root
	for package in base-files libc6 libc-bin; do
		cp -a "$("$ROOT/tests/tools/fetch-deb.sh" "$package:$(dpkg --print-architecture)/trixie" './*')/." root
	done
	cp "$(helper orphans)" root/orphans
	tar -C root -c . | docker import - bare
	docker run -d --name box -v "$PWD/pause:/pause:ro" --entrypoint /pause bare
	held_by_pause box
	run docker exec box sh -c true
	[ "$status" -ne 0 ]
	[ "$(docker exec box getconf _NPROCESSORS_CONF)" -ge 1 ]
	docker exec box /orphans 100 dead
	within 60 no_child "$pid"
	stops_by_itself box
}

@test "with --init it warns that it is not PID 1, and stops all the same" {
	docker run -d --name box --init -v "$PWD/pause:/pause:ro" --entrypoint /pause debian:trixie-slim
	warned() { [ "$(docker logs box 2>&1)" = 'pause: warning: not PID 1' ]; }
	within 60 warned
	leave_orphans box
	pid=$(pid_of box)
	one_child() { [ "$(children_of "$pid" | wc -w)" -eq 1 ]; }
	within 60 one_child
	stops_by_itself box
}

@test "arguments behind the image's name are refused, with status 2" {
	run docker run --name box -v "$PWD/pause:/pause:ro" --entrypoint /pause debian:trixie-slim sleep infinity
	[ "$status" -eq 2 ]
}

@test "stop.sh: the work in it ends in good order first; without it, it is killed; what does not end is told" {
	mkdir kept
	start_box -v "$PWD/kept:/kept"
	work killed
	stops_by_itself box
	[ ! -e kept/ended ]
	docker start box
	work one
	work other
	"$EXAMPLE/stop.sh" docker box
	[ "$(sort kept/ended)" = $'one\nother' ]
	[ "$(inspect '{{.State.Status}} {{.State.ExitCode}}' box)" = "exited 0" ]
	docker start box
	docker exec -d box sh -c "trap '' TERM; echo >/kept/deaf; while :; do sleep 0.1; done"
	within 60 [ -e kept/deaf ]
	run "$EXAMPLE/stop.sh" docker box 2
	[ "$status" -eq 1 ]
	[[ $output == *'stop.sh: box: something in it did not end within 2 seconds'* ]]
	[ "$(inspect '{{.State.Status}}' box)" = exited ]
	run "$EXAMPLE/stop.sh" docker
	[ "$status" -eq 2 ]
}

@test "the page's lines that end the work, and a life that ends by itself" {
	mkdir kept
	start_box -v "$PWD/kept:/kept"
	work begun
	bash -euxc "$(snippet keep-end-docker | head -n 1)"
	within 60 [ -e kept/ended ]
	within 60 no_child "$pid"
	docker exec -d box sh -c "$(grep -oE 'sleep 7200; kill -TERM 1' "$ROOT/docs/keep-alive.md" | head -n 1 | sed 's/7200/1/')"
	[ "$(docker wait box)" -eq 0 ]
}

@test "steps of a CI job share one container, and nothing of it stays" {
	run "$EXAMPLE/ci.sh"
	[ "$status" -eq 0 ]
	[ "$output" = "first step" ]
	[ -z "$(docker ps -aq)" ]
}

@test "Compose: what depends on it waits until it is healthy, and it stops by itself" {
	local bench job
	compose up -d
	bench=$(service workbench) job=$(service job)
	[ "$(inspect '{{.State.Health.Status}}' "$bench")" = healthy ]
	[ "$(docker wait "$job")" -eq 0 ]
	[ "$(docker logs "$job")" = ready ]
	compose exec -T workbench true
	compose stop -t 100
	[ "$(inspect '{{.State.ExitCode}}' "$bench")" -eq 0 ]
}

@test "Compose: while the check fails, nothing that depends on it starts" {
	echo 'services: {workbench: {healthcheck: {test: [CMD, /pause, --no-option]}}}' >"$BATS_TEST_TMPDIR/sick.yaml"
	run docker-compose -p desk -f "$EXAMPLE/compose.yaml" -f "$BATS_TEST_TMPDIR/sick.yaml" up -d
	[ "$status" -ne 0 ]
	[ "$(inspect '{{.State.Health.Status}}' "$(service workbench)")" = unhealthy ]
	job=$(service job)
	[ -z "$job" ] || [ "$(inspect '{{.State.Status}}' "$job")" = created ]
}

@test "Compose, an image that one does not build: the file is mounted; so is the image, where Compose and Docker can" {
	cp "$EXAMPLE/compose-any-image.yaml" compose.yaml
	docker-compose -p any up -d
	keeps "$(service workbench)"
	docker-compose -p any down

	{ printf 'services:\n  workbench:\n    image: debian:trixie-slim\n    entrypoint: [/keep/pause]\n    ' &&
		grep '^volumes: .*type: image' "$ROOT/docs/keep-alive.md"; } >compose.yaml
	run docker-compose -p any up -d
	if [[ $(docker-compose version --short) == 1.* ]]; then
		[[ $status -ne 0 && $output == *'Unsupported mount type: "image"'* ]]
	elif [ "$(docker version -f '{{.Server.Version}}' | cut -d . -f 1)" -lt 28 ]; then
		[[ $status -ne 0 && $output == *'mount type unknown'* ]]
	else
		[ "$status" -eq 0 ]
		keeps "$(service workbench)"
	fi
}

devcontainer() {
	"$BATS_FILE_TMPDIR/node_modules/.bin/devcontainer" "$@"
}

@test "a dev container: up, exec, and it is pause that holds it; an image that one builds, and any other" {
	local id folder
	cp -r "$EXAMPLE" built
	cp -r "$EXAMPLE/any-image" any
	cp pause any/.devcontainer/
	for folder in built any; do
		id=$(devcontainer up --workspace-folder $folder | jq -r .containerId)
		devcontainer exec --workspace-folder $folder true
		keeps "$id"
	done
}

@test "a dev container's own entry point stands behind that of runArgs, so those do not bring pause" {
	mkdir -p loop/.devcontainer
	echo '{"image": "debian:trixie-slim", "overrideCommand": false,
		"mounts": ["type=bind,source='"$PWD"'/pause,target=/pause,readonly"], "runArgs": ["--entrypoint=/pause"]}' \
		>loop/.devcontainer/devcontainer.json
	id=$(devcontainer up --workspace-folder loop | jq -r .containerId)
	[[ $(devcontainer exec --workspace-folder loop cat /proc/1/cmdline | tr '\0' ' ') == '/bin/sh -c '*'sleep 1'* ]]
}
