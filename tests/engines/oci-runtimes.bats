#!/usr/bin/env bats
# runc, crun and gVisor alone: an OCI bundle with everything taken away.

load ../helpers
load bundle

setup_file() {
	runc --version | head -n 1 >&3
	crun --version | head -n 1 >&3
	local package
	command -v runsc >/dev/null || {
		package=$("$ROOT/tests/tools/fetch-deb.sh" "runsc:$(dpkg --print-architecture)/trixie" ./usr/bin/runsc)
		export PATH=$package/usr/bin:$PATH
	}
	runsc --version | head -n 1 >&3
}

teardown() {
	local runtime
	for runtime in runc crun; do
		oci $runtime delete --force held 2>/dev/null || true
	done
	gvisor delete -force held 2>/dev/null || true
}

# Calls a function with each of both: on_both FUNCTION
on_both() {
	local runtime
	for runtime in runc crun; do
		"$1" $runtime
	done
}

@test "a bundle is held without capabilities, on a read-only root, under no_new_privs and the seccomp profile" {
	on_both holds_with_nothing
}
holds_with_nothing() {
	bundle "$BATS_TEST_TMPDIR/bundle-$1"
	start_bundle "$1" "$BATS_TEST_TMPDIR/bundle-$1"
	[ "$(bundle_state "$1")" = running ]
	[[ $(status_of "$pid" NSpid) == *$'\t1' ]]
	local set
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		[ "$(status_of "$pid" $set)" = 0000000000000000 ]
	done
	[ "$(status_of "$pid" NoNewPrivs)" -eq 1 ]
	[ "$(status_of "$pid" Seccomp)" -eq 2 ]
	awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo" | grep -q '^ro\b'
}

@test "stopped and continued under the profile, it sleeps on, and SIGTERM through the runtime ends it" {
	on_both survives_a_stop
}
survives_a_stop() {
	bundle "$BATS_TEST_TMPDIR/bundle-$1"
	start_bundle "$1" "$BATS_TEST_TMPDIR/bundle-$1"
	kill -STOP "$pid"
	within 60 stopped
	kill -CONT "$pid"
	within 60 asleep "$pid"
	[ "$(bundle_state "$1")" = running ]
	oci "$1" kill held TERM
	within 60 bundle_stopped "$1"
}
stopped() {
	[[ $(status_of "$pid" State) == T* ]]
}

@test "its end by SIGTERM or SIGINT is status 0 to the runtime's caller, and by SIGKILL 137" {
	on_both ends_as_told
}
ends_as_told() {
	ends_with "$1" TERM 0
	ends_with "$1" INT 0
	ends_with "$1" KILL 137
}
# Runs it in the foreground and sends it a signal: ends_with RUNTIME SIGNAL STATUS
ends_with() {
	rm -f "$BATS_TEST_TMPDIR/pid"
	bundle "$BATS_TEST_TMPDIR/bundle"
	oci "$1" run --bundle "$BATS_TEST_TMPDIR/bundle" --pid-file "$BATS_TEST_TMPDIR/pid" held </dev/null 3>&- &
	within 60 [ -s "$BATS_TEST_TMPDIR/pid" ]
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	within 60 asleep "$pid"
	kill "-$2" "$pid"
	local status=0
	wait $! || status=$?
	[ "$status" -eq "$3" ]
}

# Another kernel, with a loader of its own.
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
	bundle "$BATS_TEST_TMPDIR/bundle" "$PAUSE" '' -v
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
