#!/usr/bin/env bats
# The image of the smallest edition, pasted into a shell.

load ../../../tests/helpers
load ../../../tests/engines/engines

setup_file() {
	make --no-print-directory -C "$ROOT/lab" tiny >&2
	start_dockerd
	use_podman
}

teardown_file() {
	stop_engines
}

archive() {
	"$ROOT/lab/tiny/image.sh" --archive "$ROOT/build/linux-amd64/pause-tiny"
}

line() {
	make --no-print-directory -C "$ROOT/lab" tiny-image
}

@test "it has less than 500 bytes, less than 670 as base64, and is one line for a shell" {
	[ "$(archive | wc -c)" -lt 500 ]
	[ "$(archive | base64 -w 0 | wc -c)" -lt 670 ]
	[ "$(line | wc -l)" -eq 1 ]
}

@test "it is the same each time" {
	# A second later, which is what a tar file knows of time.
	cmp <(archive) <(sleep 1.1 && cd / && umask 077 && TZ=Asia/Tokyo archive)
}

# Holds in a container of an engine, reaps there, and stops: holds docker|podman
holds() {
	local id
	id=$("$1" run --detach --network none pause:tiny)
	pid=$("$1" inspect --format '{{.State.Pid}}' "$id")
	within 60 asleep "$pid"
	nsenter --target "$pid" --pid -- "$(helper orphans)" 100 alive
	nsenter --target "$pid" --pid -- "$(helper orphans)" 100 dead
	within 60 no_child "$pid"
	# Long before it would be killed, which would be another status, too.
	"$1" stop --time 60 "$id"
	[ "$("$1" inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$id")" = "exited 0" ]
	"$1" rm "$id"
}

@test "docker load takes the line, and a container of it holds, reaps and stops" {
	line | bash
	holds docker
}

@test "podman load takes the line, and a container of it holds, reaps and stops" {
	line | sed 's/docker load$/podman load/' | bash
	holds podman
}
