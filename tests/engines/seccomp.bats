#!/usr/bin/env bats
# profiles/seccomp.json: what pause calls, what an engine calls before it, and nothing else.

load ../helpers
load bundle
load engines
load cri

PROFILE=$ROOT/profiles/seccomp.json

teardown() {
	oci runc delete --force held 2>/dev/null || true
}

teardown_file() {
	stop_engines
}

# Names of a rule of the profile, sorted: 0 is what pause calls, 1 what engines call.
names() {
	jq -r ".syscalls[$1].names[]" "$PROFILE" | sort
}

# The names of what a program called, execve aside, that being its parent's.
traced() {
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$1" | grep -vx execve | sort -u
}

# The numbers of the profile's calls on this machine; a name that it has not got has none.
numbers() {
	local name
	for name in $(names 0) $(names 1); do
		printf '#include <asm/unistd.h>\n__NR_%s\n' "$name" | gcc -E -P - | tail -n 1 | grep -x '[0-9]*' || true
	done
}

# Runs tests/outside.c as /pause under a profile, in runc's foreground: outside PROFILE
outside() {
	local platform program=$BATS_TEST_TMPDIR/outside
	platform=$(basename "$(dirname "$PAUSE")")
	gcc -std=c11 -O1 -ffreestanding -fno-stack-protector -fno-pic -no-pie -static -nostdlib \
		-DARCH="\"arch/${platform#linux-}.h\"" -o "$program" "$ROOT/tests/outside.c"
	bundle "$BATS_TEST_TMPDIR/bundle" "$program" "$1"
	# shellcheck disable=SC2046 # one word a number
	jq '.process.args += $ARGS.positional' --args $(numbers) <"$BATS_TEST_TMPDIR/bundle/config.json" \
		>"$BATS_TEST_TMPDIR/config"
	mv "$BATS_TEST_TMPDIR/config" "$BATS_TEST_TMPDIR/bundle/config.json"
	oci runc run --bundle "$BATS_TEST_TMPDIR/bundle" held
}

@test "its first rule is what strace sees of pause, from its start to its end" {
	local trace=$BATS_TEST_TMPDIR/trace
	# the tracer is its grandchild, so that the job is pause
	strace -D -o "$trace" "$PAUSE" 3>&- &
	pid=$!
	within 10 asleep "$pid"
	kill "$pid"
	wait "$pid"
	within 10 grep -q '^+++ exited with 0' "$trace"
	diff <(names 0) <(traced "$trace")
}

@test "under podman and under Docker, pause holds and stops with the profile" {
	use_podman
	start_dockerd
	local engine
	for engine in podman docker; do
		$engine load -i "$ROOT/dist/pause.tar"
		$engine run -d --name held --network none --cap-drop ALL --read-only --security-opt no-new-privileges \
			--security-opt "seccomp=$PROFILE" "$IMAGE"
		pid=$($engine inspect -f '{{.State.Pid}}' held)
		within 10 asleep "$pid"
		[ "$(status_of "$pid" Seccomp)" -eq 2 ]
		$engine stop -t 100 held
		[ "$($engine inspect -f '{{.State.ExitCode}}' held)" -eq 0 ]
		$engine rm held
	done
}

@test "as a Kubernetes pod's Localhost profile, containerd holds a container of pause with it" {
	start_containerd_cri
	run_sandbox profile
	local container
	container=$(jq -cn --arg id "$sandbox" --arg image "$IMAGE" --arg profile "$PROFILE" \
		--argjson pod "$(pod profile | jq .config)" '{
			pod_sandbox_id: $id,
			sandbox_config: $pod,
			config: {
				metadata: {name: "hold"},
				image: {image: $image},
				linux: {security_context: {
					namespace_options: {network: "NODE", pid: "CONTAINER"},
					no_new_privs: true,
					seccomp: {profile_type: "Localhost", localhost_ref: $profile}
				}}
			}
		}' | cri CreateContainer | jq -r .containerId)
	jq -cn --arg id "$container" '{container_id: $id, verbose: true, timeout: 100}' >"$BATS_TEST_TMPDIR/container"
	jq -c 'del(.verbose, .timeout)' "$BATS_TEST_TMPDIR/container" | cri StartContainer
	pid=$(jq -c 'del(.timeout)' "$BATS_TEST_TMPDIR/container" | cri ContainerStatus | jq -r .info.info | jq .pid)
	within 10 asleep "$pid"
	[ "$(status_of "$pid" Seccomp)" -eq 2 ]
	jq -c 'del(.verbose)' "$BATS_TEST_TMPDIR/container" | cri StopContainer
	within 10 gone "$pid"
	list_sandboxes | remove_sandboxes
	rmdir_cgroups
}

@test "every other system call, up to the newest that the profile names, is refused with EPERM" {
	outside "$PROFILE"
}

@test "and one more name in the profile would be seen" {
	jq '.syscalls[0].names += ["getppid"]' "$PROFILE" >"$BATS_TEST_TMPDIR/profile"
	run outside "$BATS_TEST_TMPDIR/profile"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "$(printf '#include <asm/unistd.h>\n__NR_getppid\n' | gcc -E -P - | tail -n 1)" ]
}
