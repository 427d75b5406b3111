#!/usr/bin/env bash
# Says what is known of a platform: platforms.sh COLUMN PLATFORM, as in: platforms.sh uname linux/arm/v7
set -euo pipefail

[ "${1-} $#" = "uname 2" ] || {
	echo "usage: platforms.sh uname PLATFORM" >&2
	exit 2
}
awk -v platform="$2" '$1 == platform { print $2; found = 1 } END { exit !found }' <<'END'
linux/386      i?86
linux/amd64    x86_64
linux/arm/v5   armv5*
linux/arm/v6   armv6l
linux/arm/v7   armv7l|armv8l
linux/arm64    aarch64
linux/loong64  loongarch64
linux/mips     mips
linux/mips64   mips64
linux/mips64le mips64
linux/mipsle   mips
linux/ppc64    ppc64
linux/ppc64le  ppc64le
linux/riscv64  riscv64
linux/s390x    s390x
END
