#!/usr/bin/env bats
# examples/keep-alive/: what stays up for exec, in the real engines, and beside what people use today.

load ../helpers
load engines

EXAMPLE=$ROOT/examples/keep-alive
DEVCONTAINERS=@devcontainers/cli@0.89.0

setup_file() {
	start_dockerd
	docker load -i "$ROOT/dist/pause.tar"
	docker import "$("$ROOT/tests/tools/bare.sh" trixie)" debian:trixie-slim
	docker build -t workbench "$EXAMPLE"
}

teardown() {
	docker ps -aq | xargs -r docker rm -f
}

teardown_file() {
	stop_engines
}

compose() {
	docker-compose -p desk -f "$EXAMPLE/compose.yaml" "$@"
}

inspect() {
	docker inspect -f "$@"
}

# What a command does as the first process: prints a row of the page; sets status, zombies and wakeups
stays_up() {
	local before begin pid seconds
	docker run -d --name bench --network none -v "$(helper orphans):/orphans:ro" workbench "$@"
	pid=$(inspect '{{.State.Pid}}' bench)
	docker exec bench /orphans 100 dead
	sleep 1
	zombies=$(children_of "$pid" | wc -w)
	before=$(switches "$pid")
	sleep 10
	wakeups=$(($(switches "$pid") - before))
	begin=$EPOCHREALTIME
	docker stop bench
	seconds=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $begin }")
	status=$(inspect '{{.State.ExitCode}}' bench)
	# shellcheck disable=SC2016 # for the page
	printf '# | `%s` | %s s | %s | %s | %s |\n' "$*" "$seconds" "$status" "$zombies" "$wakeups" >&3
}

@test "/pause: stops by itself, leaves no zombie, is never woken" {
	stays_up /pause
	[ "$status $zombies $wakeups" = "0 0 0" ]
}

@test "sleep infinity: is killed, leaves every zombie" {
	stays_up sleep infinity
	[ "$status $zombies" = "137 100" ]
}

@test "tail -f /dev/null: is killed, leaves every zombie" {
	stays_up tail -f /dev/null
	[ "$status $zombies" = "137 100" ]
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
	bench=$(compose ps -aq workbench) job=$(compose ps -aq job)
	[ "$(inspect '{{.State.Health.Status}}' "$bench")" = healthy ]
	[ "$(docker wait "$job")" -eq 0 ]
	[ "$(docker logs "$job")" = ready ]
	compose exec -T workbench true
	compose stop -t 100
	[ "$(inspect '{{.State.ExitCode}}' "$bench")" -eq 0 ]
	compose down
}

@test "Compose: while the check fails, nothing that depends on it starts" {
	echo 'services: {workbench: {healthcheck: {test: [CMD, /pause, --no-option]}}}' >"$BATS_TEST_TMPDIR/sick.yaml"
	run docker-compose -p desk -f "$EXAMPLE/compose.yaml" -f "$BATS_TEST_TMPDIR/sick.yaml" up -d
	[ "$status" -ne 0 ]
	[ "$(inspect '{{.State.Health.Status}}' "$(compose ps -aq workbench)")" = unhealthy ]
	job=$(compose ps -aq job)
	[ -z "$job" ] || [ "$(inspect '{{.State.Status}}' "$job")" = created ]
	compose down
}

@test "a dev container: up, exec, and it is pause that holds it" {
	npm install --prefix "$BATS_FILE_TMPDIR" --ignore-scripts --no-audit --no-fund --loglevel=error $DEVCONTAINERS
	local cli=$BATS_FILE_TMPDIR/node_modules/.bin/devcontainer id
	id=$("$cli" up --workspace-folder "$EXAMPLE" | jq -r .containerId)
	"$cli" exec --workspace-folder "$EXAMPLE" true
	cmp "/proc/$(inspect '{{.State.Pid}}' "$id")/exe" "$PAUSE"
	docker stop -t 100 "$id"
	[ "$(inspect '{{.State.ExitCode}}' "$id")" -eq 0 ]
}

@test "a pod of Kubernetes, by podman: exec works, and it stops by itself" {
	use_podman
	snippet podman-setting | sed 1d >>"$CONTAINERS_CONF"
	podman load -i "$ROOT/dist/pause.tar"
	docker tag workbench registry.example.org/workbench
	docker save registry.example.org/workbench | podman load
	podman play kube --network none "$ROOT/examples/kubernetes/keep-alive.yaml"
	podman exec workbench-workbench true
	podman stop -t 100 workbench-workbench
	[ "$(podman inspect -f '{{.State.ExitCode}}' workbench-workbench)" -eq 0 ]
	podman pod rm -fa
}
