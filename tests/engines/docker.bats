#!/usr/bin/env bats
# Docker: a container that holds the namespaces of others, by hand and from a Compose file.

load ../helpers
load engines

setup_file() {
	start_dockerd
	docker version --format 'Docker {{.Server.Version}}' >&3
	docker load -i "$ROOT/dist/pause.tar"
	busybox_image docker
}

teardown() {
	docker ps -aq | xargs -r docker rm -f
	compose down 2>/dev/null
}

teardown_file() {
	stop_engines
}

compose() {
	docker-compose -p home -f "$ROOT/examples/compose.yaml" "$@"
}

pid_of() {
	docker inspect -f '{{.State.Pid}}' "$1"
}

namespace() {
	readlink "/proc/$(pid_of "$2")/ns/$1"
}

answer_heard() {
	docker logs "$1" 2>&1 | grep -q '^answer$'
}

# Stops a container with ten seconds to spare before the engine would kill it, and requires that it did not.
stops_by_itself() {
	docker stop -t 100 "$1"
	[ "$(docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' "$1")" = "0 false" ]
}

@test "two containers share the holder's network and IPC, and reach each other on localhost" {
	docker run -d --name holder --network none --ipc shareable "$IMAGE"
	docker run -d --name server --network container:holder --ipc container:holder busybox \
		sh -c 'while :; do echo answer | nc -l -p 5353; done'
	docker run -d --name asker --network container:holder --ipc container:holder busybox \
		sh -c 'while sleep 0.1; do nc 127.0.0.1 5353 </dev/null; done'
	local kind name
	for kind in net ipc; do
		for name in server asker; do
			[ "$(namespace $kind $name)" = "$(namespace $kind holder)" ]
		done
	done
	within 60 answer_heard asker
}

@test "the page's lines start a holder and its container, show it, and go back" {
	bash -euxc "$(snippet docker-hold)"
	[ "$(namespace net server)" = "$(namespace net holder)" ]
	[ "$(namespace ipc server)" = "$(namespace ipc holder)" ]
	[ "$(bash -euc "$(snippet docker-see)")" = "container:$(docker inspect -f '{{.Id}}' holder)" ]
	bash -euxc "$(snippet docker-back)"
	[ -z "$(docker ps -aq)" ]
	[ -z "$(docker images -q "$IMAGE")" ]
	docker load -i "$ROOT/dist/pause.tar"
}

@test "the holder stops at SIGTERM with status 0, long before the engine would kill it" {
	docker run -d --name holder --network none "$IMAGE"
	stops_by_itself holder
}

@test "without options the holder runs as the image's user, without capabilities in effect" {
	docker run -d --name holder --network none "$IMAGE"
	within 60 asleep "$(pid_of holder)"
	[ "$(rights_of "$(pid_of holder)")" = "65535:65535 0000000000000000 no_new_privs 0 rw" ]
}

@test "the holder runs on a read-only root, without capabilities, under no_new_privs, as 65535" {
	docker run -d --name holder --network none --read-only --cap-drop ALL --security-opt no-new-privileges "$IMAGE"
	confined "$(pid_of holder)"
}

@test "a container that is restarted finds the holder's network unchanged" {
	docker run -d --name holder --network none "$IMAGE"
	docker run -d --name server --network container:holder busybox sleep 600
	local before
	before=$(namespace net server)
	docker restart -t 0 server
	[ "$(namespace net server)" = "$before" ]
}

@test "a shared PID namespace reaps: orphans of another container become no zombies" {
	docker run -d --name holder --network none "$IMAGE"
	local pid
	pid=$(pid_of holder)
	within 60 asleep "$pid"
	docker run --rm --network none --pid container:holder -v "$(helper orphans):/orphans:ro" busybox /orphans 100 alive
	within 60 no_child "$pid"
}

@test "the Compose file starts a server and an asker on one network, and stops" {
	compose up -d
	local holder
	holder=$(compose ps -q holder)
	[ "$(namespace net "$(compose ps -q server)")" = "$(namespace net "$holder")" ]
	[ "$(namespace net "$(compose ps -q asker)")" = "$(namespace net "$holder")" ]
	confined "$(pid_of "$holder")"
	within 60 answer_heard "$(compose ps -q asker)"
	compose stop -t 100
	[ "$(docker inspect -f '{{.State.ExitCode}}' "$holder")" -eq 0 ]
	compose down
	[ -z "$(docker ps -aq)" ]
}

@test "containerd's image store, Docker 29's default, takes all platforms of one archive; the classic store takes one" {
	local id index manifest wanted
	echo '{"features": {"containerd-snapshotter": true}}' >"$ENGINES/store.json"
	local -x DOCKER_HOST=unix://$ENGINES/store.sock
	start_daemon store dockerd -H "$DOCKER_HOST" --config-file "$ENGINES/store.json" --data-root "$ENGINES/store" \
		--exec-root "$ENGINES/store-run" --pidfile "$ENGINES/store.pidfile" --iptables=false --ip6tables=false --bridge=none \
		--default-ulimit nofile=1024:1024
	answers store docker version
	docker load -i "$ROOT/dist/pause.tar"
	id=$(docker image inspect -f '{{.Id}}' "$IMAGE")
	[ "$(docker run --rm --network none "$IMAGE" -v)" = "$("$PAUSE" -v)" ]

	index=$(tar -xOf "$ROOT/dist/pause.tar" index.json | jq -r '.manifests[0].digest')
	manifest=$(tar -xOf "$ROOT/dist/pause.tar" manifest.json | jq -r '.[0].Config')
	# the setting is older than what it does
	case $(docker version -f '{{.Server.Version}}') in
	20.*) wanted=sha256:${manifest##*/} ;;
	*) wanted=$index ;;
	esac
	[ "$id" = "$wanted" ]
	stop_daemon store
}

@test "what is down after a start of the daemon, the line of compose-up@.service brings up, and leaves the holder alone" {
	local holder begun line
	compose up -d
	holder=$(compose ps -q holder)
	begun=$(docker inspect -f '{{.Id}} {{.State.StartedAt}}' "$holder")
	# as one that came before the holder
	docker kill "$(compose ps -q server)" "$(compose ps -q asker)"
	line=$(sed -n 's/^ExecStart=//p' "$ROOT/examples/systemd/compose-up@.service")
	[ "$line" = "/usr/bin/docker compose up -d" ]
	# shellcheck disable=SC2086 # the unit's words, for the Compose of this machine
	compose ${line#/usr/bin/docker compose}
	within 60 answer_heard "$(compose ps -q asker)"
	[ "$(docker inspect -f '{{.State.Running}}' "$(compose ps -q server)")" = true ]
	[ "$(docker inspect -f '{{.Id}} {{.State.StartedAt}}' "$holder")" = "$begun" ]
}
