#!/usr/bin/env bats
# The machine code of every platform, path by path: paths.py runs it, model.h says what it must do.

load ../../tests/helpers

# With 255, xargs starts nothing more.
paths() {
	link "$1" "$BATS_TEST_TMPDIR/${1//\//-}"
	python3 lab/proof/paths.py "$1" "$BATS_TEST_TMPDIR/${1//\//-}" "$emulators/qemu-$(of qemu "$1")" || exit 255
}

@test "on every platform: every path makes the calls of the model, ends as it says, and executes every instruction" {
	cd "$ROOT"
	# Debian 12's emulator does not describe LoongArch's registers.
	emulators=$(tests/tools/fetch-deb.sh "qemu-user:$(dpkg --print-architecture)/trixie" './usr/bin/qemu-*')/usr/bin
	export emulators
	status=0
	on_each paths >"$BATS_TEST_TMPDIR/report" 2>&1 || status=$?
	sed 's/^/# /' "$BATS_TEST_TMPDIR/report" >&3
	[ "$(grep -c 'no fault$' "$BATS_TEST_TMPDIR/report")" -eq ${#PLATFORMS[@]} ]
	[ $status -eq 0 ]
}
