#!/usr/bin/env bats
# docs/keep-alive.md, from programs: the examples create, start, use and stop a sandbox by the engines' interfaces. And
# an engine that is reached by the network, as one on another machine is.

load ../helpers
load engines

EXAMPLE=$ROOT/examples/keep-alive
NODE_PACKAGES=(testcontainers@10.28.0 dockerode@4.0.8)
TCP=tcp://127.0.0.1:2375

# In a network of its own, with a bridge that Docker makes in it: testcontainers asks for one, and ports are published.
setup_file() {
	start_network
	INSIDE=$(network) start_dockerd --bridge= -H $TCP
	docker import --change 'ENV PATH=/usr/bin:/bin' "$("$ROOT/tests/tools/bare.sh" trixie)" debian:trixie-slim
	use_podman
	docker save debian:trixie-slim | podman load --quiet
	start_daemon podman podman system service --time 0 "unix://$ENGINES/podman.sock"
	npm install --prefix "$BATS_FILE_TMPDIR" --ignore-scripts --no-audit --no-fund --loglevel=error "${NODE_PACKAGES[@]}"
	export NODE_PATH=$BATS_FILE_TMPDIR/node_modules TESTCONTAINERS_RYUK_DISABLED=true

	# All at once: most of it is to wait for the engine.
	program python "$EXAMPLE/sandbox.py"
	DOCKER_HOST=unix://$ENGINES/podman.sock program podman "$EXAMPLE/sandbox.py"
	program dockerode node "$EXAMPLE/sandbox.js"
	program testcontainers node "$EXAMPLE/testcontainers.js"
}

teardown_file() {
	empty docker
	empty podman
	stop_engines
}

# Starts an example whose work leaves an orphan each time, and tells how many zombies there are: program NAME COMMAND...
program() {
	INSIDE=$(network) start_daemon "program-$1" "${@:2}" debian:trixie-slim sh -c \
		'(sleep 0.01 &); grep -sl "^State:.Z" /proc/[0-9]*/status | wc -l'
}

# What it said at last: no zombie; and the status of the sandbox, where it tells that: said NAME TEXT
said() {
	within 300 has_ended "program-$1"
	cat "$ENGINES/program-$1.log"
	[ "$(cat "$ENGINES/program-$1.log")" = "$2" ]
}

@test "python3-docker on Docker and on podman, and dockerode: a hundred commands leave no zombie, and it stops by itself" {
	local name
	for name in python podman dockerode; do
		said $name '0 0'
	done
}

@test "testcontainers: the same, with a published port, started when it is healthy" {
	said testcontainers 0
}

@test "nothing of them stays" {
	[ -z "$(docker ps -aq)" ]
	[ -z "$(podman ps -aq)" ]
}

@test "an engine that is reached by TCP: the file is copied to it" {
	export ENGINE=docker
	cp "$PAUSE" "$BATS_TEST_TMPDIR/pause"
	cd "$BATS_TEST_TMPDIR"
	DOCKER_HOST=$TCP in_network bash -euxc "$(snippet keep-docker-copy)"
	held_by_pause box
	DOCKER_HOST=$TCP in_network docker stop -t 100 box
	[ "$(inspect '{{.State.ExitCode}}' box)" -eq 0 ]
}
