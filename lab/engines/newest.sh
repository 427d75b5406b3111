#!/usr/bin/env bash
# Runs a command on the newest engines that Debian has: newest.sh tests/suite.sh tests/engines/docker.bats
# or, with RELEASE=trixie, on those of that release. The packages are unpacked into a cache and laid over /usr, in a
# mount namespace of the command's own: the same paths, another engine, and nothing of it left on the machine.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"
[ $# -gt 0 ] || usage 'COMMAND [ARGUMENT ...]'
tools=$(cd "$(dirname "$0")/../../tests/tools" && pwd)
release=${RELEASE:-sid}
# PACKAGES names others, for tests that are not of engines.
packages=${PACKAGES:-containerd runc crun podman docker.io docker-cli docker-compose containernetworking-plugins runsc}

# With all that they need, libc included.
fetch() {
	tar -x -f "$("$tools/bare.sh" "$release" "${packages// /,}")" -C "$1" --no-same-owner ./usr
}

# A folder per release and list of packages, which is kept until it is removed by hand.
NEWEST=$(cached engines "$(sha256sum <<<"$release $packages" | head -c 12)" fetch)
export NEWEST

# The same for everybody who holds the machine's mounts: what the engines mount, they mount in here.
# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount --propagation private -- bash -c '
	set -euo pipefail
	mount -t overlay -o "lowerdir=$1/usr:/usr" newest /usr
	shift
	exec "$@"' newest "$NEWEST" "$@"
