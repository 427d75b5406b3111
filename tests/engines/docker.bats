#!/usr/bin/env bats
# Docker: a container that holds the namespaces of others, by hand and from a Compose file.

load ../helpers
load engines

setup_file() {
	start_dockerd
	docker version --format 'Docker {{.Server.Version}}' >&3
	docker load -i "$DOCKER_ARCHIVE"
	busybox_image docker
}

teardown() {
	empty docker
	docker network prune --force
}

compose() {
	docker-compose -p home -f "$ROOT/examples/compose.yaml" "$@"
}

namespace() {
	readlink "/proc/$(pid_of "$2")/ns/$1"
}

answer_heard() {
	docker logs "$1" 2>&1 | grep -q '^answer$'
}

@test "the page's lines start a holder and its container, show it, and go back" {
	page docker-hold
	[ "$(namespace net server)" = "$(namespace net holder)" ]
	[ "$(namespace ipc server)" = "$(namespace ipc holder)" ]
	[ "$(page docker-see)" = "container:$(inspect '{{.Id}}' holder)" ]
	page docker-back
	[ -z "$(docker ps -aq)" ]
	[ -z "$(docker images -q "$IMAGE")" ]
	docker load -i "$DOCKER_ARCHIVE"
}

@test "without options the holder is the image's user, without capabilities in effect, and stops by itself at SIGTERM" {
	docker run -d --name holder --network none "$IMAGE"
	held_by_pause holder
	[ "$(rights_of "$pid")" = "65535:65535 0000000000000000 no_new_privs 0 rw" ]
	stops_by_itself holder
}

@test "the holder runs on a read-only root, without capabilities, under no_new_privs, as 65535" {
	docker run -d --name holder --network none --read-only --cap-drop ALL --security-opt no-new-privileges "$IMAGE"
	confined "$(pid_of holder)"
}

@test "a container that is restarted finds the holder's network unchanged" {
	docker run -d --name holder --network none "$IMAGE"
	docker run -d --name server --network container:holder busybox sleep 600
	docker restart -t 0 server
	[ "$(namespace net server)" = "$(namespace net holder)" ]
}

@test "a shared PID namespace reaps: orphans of another container become no zombies" {
	docker run -d --name holder --network none "$IMAGE"
	held_by_pause holder
	docker run --rm --network none --pid container:holder -v "$(helper orphans):/orphans:ro" busybox /orphans 100 alive
	within 60 no_child "$pid"
}

@test "the Compose file starts a server and an asker on one network; what is down the unit's line brings up; and it stops" {
	local holder begun line name
	compose up -d
	holder=$(service holder)
	for name in server asker; do
		[ "$(namespace net "$(service $name)")" = "$(namespace net "$holder")" ]
	done
	confined "$(pid_of "$holder")"
	within 60 answer_heard "$(service asker)"

	# As after a start of the daemon, for one that came before the holder. The holder is left alone.
	begun=$(inspect '{{.Id}} {{.State.StartedAt}}' "$holder")
	docker kill "$(service server)" "$(service asker)"
	line=$(sed -n 's/^ExecStart=//p' "$ROOT/examples/systemd/compose-up@.service")
	[ "$line" = "/usr/bin/docker compose up -d" ]
	# shellcheck disable=SC2086 # the unit's words, for the Compose of this machine
	compose ${line#/usr/bin/docker compose}
	for name in server asker; do
		[ "$(inspect '{{.State.Running}}' "$(service $name)")" = true ]
	done
	[ "$(inspect '{{.Id}} {{.State.StartedAt}}' "$holder")" = "$begun" ]

	compose stop -t 100
	[ "$(inspect '{{.State.ExitCode}}' "$holder")" -eq 0 ]
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
	index=$(tar -xOf "$ROOT/dist/pause.tar" index.json | jq -r '.manifests[0].digest')
	manifest=$(tar -xOf "$ROOT/dist/pause.tar" manifest.json | jq -r '.[0].Config')
	# the setting is older than what it does
	case $(docker version -f '{{.Server.Version}}') in
	20.*) wanted=sha256:${manifest##*/} ;;
	*)
		wanted=$index
		# This machine's platform, whichever it is.
		[ "$(docker run --rm --network none "$IMAGE" -v)" = "$("$PAUSE" -v)" ]
		;;
	esac
	[ "$id" = "$wanted" ]
	stop_daemon store
}
