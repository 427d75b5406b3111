#!/usr/bin/env bats
# Every platform's file at work: amd64 and 386 by this machine, the others by qemu-user. Signals that would be fatal
# to an ordinary process are not sent to an emulated PID 1: the emulator itself would hang.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# Calls a function for each platform, with the OCI name and then what starts its file.
each_platform() {
	local entry name emulator
	for entry in "${PLATFORMS[@]}"; do
		name=${entry%:*} emulator=${entry##*:}
		[ "$emulator" != - ] || emulator=
		# shellcheck disable=SC2086
		"$1" "$name" $emulator "$(pause_of "$name")" || { echo "failed: $name"; return 1; }
	done
}

says_its_name() {
	[ "$("${@:2}" -v)" = "pause $(cat "$ROOT/VERSION") $1" ] && [ "$("${@:2}" --version)" = "$("${@:2}" -V)" ]
}

@test "every platform: -v names the version and the platform" {
	[ ${#PLATFORMS[@]} -eq 10 ]
	each_platform says_its_name
}

has_statuses() {
	local status=0
	"${@:2}" -h >out && grep -q '^usage: pause' out || return
	"${@:2}" --typo 2>err || status=$?
	[ $status -eq 2 ] && grep -q '^pause: not understood: --typo$' err || return
	status=0
	"${@:2}" -v >/dev/full || status=$?
	[ $status -eq 1 ]
}

@test "every platform: status 0 for -h, 2 for what it does not understand, 1 where stdout cannot be written" {
	each_platform has_statuses
}

stops() {
	local signal
	for signal in TERM INT; do
		hold "${@:2}" && holds "$pid" && stops_with $signal 0 || return
	done
}

# The emulators hold descriptors of their own, which close_range closes, too.
holds() {
	[ "$(readlink "/proc/$1/cwd")" = / ] && [ "$(ls "/proc/$1/fd")" = $'0\n1\n2' ]
}

@test "every platform: as PID 1 it holds nothing but descriptors 0 to 2 and /, and SIGTERM and SIGINT end it" {
	each_platform stops </dev/null >out 2>err
	[ ! -s out ]
	[ ! -s err ]
}

reaps() {
	local before state
	hold "${@:2}" || return
	before=$(switches "$pid")
	for state in alive dead; do
		nsenter --target "$pid" --pid -- "$(helper orphans)" 2000 $state && within 60 no_child "$pid" || return
	done
	[ "$(switches "$pid")" -eq "$before" ] && stops_with TERM 0
}

@test "every platform: 2,000 orphans, alive or dead when re-parented, leave no zombie and cause no wake-up" {
	each_platform reaps
}

warns() {
	local status=0
	"${@:2}" 2>err &
	pid=$!
	within 10 asleep $pid || return
	kill -TERM $pid
	within 10 ended $pid || return
	wait $pid && [ "$(cat err)" = "pause: warning: not PID 1" ]
}

@test "every platform: as an ordinary process it warns, holds and stops" {
	each_platform warns
}

refuses() {
	local status=0
	timeout 10 "${@:2}" -x >/dev/full 2>&1 || status=$?
	[ $status -eq 2 ]
}

@test "every platform: status 2 also where stderr cannot be written" {
	each_platform refuses
}
