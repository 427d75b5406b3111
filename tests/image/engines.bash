# What the tests that load the image share: engines of their own, and what is in the archive.
# shellcheck shell=bash
load ../helpers
load ../engines/engines
load ../engines/cri

# Makes a target of make in a folder of its own, and starts the engines: with_engines image
with_engines() {
	export DIST=$BATS_FILE_TMPDIR/dist
	make -s -C "$ROOT" "$1" DIST="$DIST" TAG=test
	start_dockerd
	start_containerd
	use_podman
}

teardown_file() {
	stop_engines
}

# shellcheck disable=SC2034 # for the tests
IMAGE=pause.internal/pause:test
NATIVE=${PLATFORM//\//-}
# shellcheck disable=SC2034
VERSION="pause $(cat "$ROOT/VERSION") $PLATFORM"

# The digest of a platform's config, which engines take for the image's ID: image_id [linux-arm-v7]
image_id() {
	tar -xOf "$DIST/pause-${1-$NATIVE}.tar" manifest.json | jq -r '.[0].Config | ltrimstr("blobs/sha256/")'
}
