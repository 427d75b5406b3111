#!/usr/bin/env bats
# gVisor: another kernel, with a loader of its own.

load ../helpers
load bundle

setup_file() {
	local package
	command -v runsc >/dev/null || {
		package=$("$ROOT/tests/tools/fetch-deb.sh" "runsc:$(dpkg --print-architecture)/trixie" ./usr/bin/runsc)
		export PATH=$package/usr/bin:$PATH
	}
	runsc --version | head -n 1 >&3
}

teardown() {
	gvisor delete -force held 2>/dev/null || true
}

gvisor() {
	runsc --root "$BATS_TEST_TMPDIR/runsc" --platform=systrap --network=none --ignore-cgroups "$@"
}

# A bundle of what is in the archive, not of the build's file.
image_bundle() {
	skopeo copy --quiet "oci-archive:$ROOT/dist/pause.tar" "oci:$BATS_TEST_TMPDIR/image:latest"
	umoci unpack --image "$BATS_TEST_TMPDIR/image:latest" "$BATS_TEST_TMPDIR/unpacked"
	bundle "$1" "$BATS_TEST_TMPDIR/unpacked/rootfs/pause"
}

@test "the program is loaded by gVisor's kernel, says what it is, and ends" {
	bundle "$BATS_TEST_TMPDIR/bundle"
	jq '.process.args += ["-v"]' "$BATS_TEST_TMPDIR/bundle/config.json" >"$BATS_TEST_TMPDIR/config"
	mv "$BATS_TEST_TMPDIR/config" "$BATS_TEST_TMPDIR/bundle/config.json"
	[ "$(gvisor run -bundle "$BATS_TEST_TMPDIR/bundle" held)" = "$("$PAUSE" -v)" ]
}

@test "the image's root file system starts under gVisor and stops at SIGTERM with status 0" {
	image_bundle "$BATS_TEST_TMPDIR/bundle"
	gvisor run -bundle "$BATS_TEST_TMPDIR/bundle" -pid-file "$BATS_TEST_TMPDIR/pid" held </dev/null 3>&- &
	local run=$!
	within 60 is_running
	# no wait for its sleep from out here: a SIGTERM that came before its handler would be lost, as for any PID 1
	within 60 stops_when_told "$run"
	wait "$run"
}
is_running() {
	[ "$(gvisor state held 2>/dev/null | jq -r .status)" = running ]
}
stops_when_told() {
	gvisor kill held TERM 2>/dev/null || true
	sleep 0.2
	ended "$1"
}
