#!/usr/bin/env bats
# The kernels that people run, booted in emulated machines: each has our file as PID 1. What is checked inside stands
# in check.c. A machine takes five to thirty seconds; its kernel is downloaded when the cache does not have it.

load ../helpers

CHECKS=19

# boots PLATFORM PACKAGE:ARCHITECTURE/RELEASE [CPU]: every check inside holds, and SIGTERM ends PID 1 with status 0.
boots() {
	console=$BATS_TEST_TMPDIR/console
	"$ROOT/tests/kernels/boot.sh" "$@" >"$console"
	grep -E '^(not )?ok: |^kernel: |^figure: |exitcode' "$console"
	[ "$(grep -c '^not ok: ' "$console")" -eq 0 ]
	[ "$(grep -c '^ok: ' "$console")" -eq "$CHECKS" ]
	[[ $(tail -n 1 "$console") == *'Attempted to kill init! exitcode=0x00000000' ]]
	figures=$(sed -n 's/^kernel: //p; s/^figure: //p' "$console" | paste -sd ,)
	echo "# $1: ${figures//,/, }" >&3
}

# has NAME VALUE: a figure that the machine reported.
has() {
	grep -qx "figure: $1 $2" "$console"
}

@test "linux/amd64 on Debian 12's kernel" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/bookworm
	has descriptors 3
}

@test "linux/amd64 on the newest kernel of Debian" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/sid
}

@test "linux/amd64 on the oldest kernel of Debian, 5.10" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/bullseye
	grep -q '^kernel: 5\.10\.' "$console"
}

@test "linux/386" {
	boots linux/386 linux-image-686:i386/bookworm
}

@test "linux/arm64" {
	boots linux/arm64 linux-image-cloud-arm64:arm64/bookworm
	has 'page size' 4096
}

@test "linux/arm64 with pages of 16 KiB" {
	boots linux/arm64 linux-image-arm64-16k:arm64/trixie max
	has 'page size' 16384
}

@test "linux/arm/v7" {
	boots linux/arm/v7 linux-image-armmp:armhf/bookworm
}

@test "linux/arm/v6 on an ARM1176" {
	boots linux/arm/v6 linux-image-rpi:armel/bookworm
}

@test "linux/riscv64" {
	boots linux/riscv64 linux-image-riscv64:riscv64/trixie
}

@test "linux/ppc64le with pages of 64 KiB" {
	boots linux/ppc64le linux-image-powerpc64le:ppc64el/bookworm
	has 'page size' 65536
}

@test "linux/s390x" {
	boots linux/s390x linux-image-s390x:s390x/bookworm
}

@test "linux/mips64le" {
	boots linux/mips64le linux-image-5kc-malta:mips64el/bookworm
}

@test "linux/loong64" {
	boots linux/loong64 linux-image-loong64:loong64/sid
}
