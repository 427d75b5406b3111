#!/usr/bin/env bash
# Runs a command on the newest engines that Debian has: newest.sh tests/suite.sh tests/engines/docker.bats
# or, with RELEASE=trixie, on those of that release. The packages are unpacked into a cache and laid over /usr, in a
# mount namespace of the command's own: the same paths, another engine, and nothing of it left on the machine.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"

release=${RELEASE:-sid}
engines=(containerd runc crun podman docker.io docker-cli docker-compose containernetworking-plugins runsc)
# Others, for tests that are not of engines.
[ -z "${PACKAGES-}" ] || read -ra engines <<<"$PACKAGES"
export DEBIAN_FRONTEND=noninteractive

[ $# -gt 0 ] || usage 'COMMAND [ARGUMENT ...]'

# No package counts as installed, so that apt brings all that the engines need, libc included.
fetch() {
	local cache=${1%/*} mirror package
	mkdir -p "$cache"/{lists,archives}/partial
	: >"$cache/status"
	mirror=$("$(dirname "$0")/../../tests/tools/mirror.sh")
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$cache/sources.list"
	local apt=(apt-get -q -o Dir::State="$cache" -o Dir::State::status="$cache/status" -o Dir::Cache="$cache"
		-o Dir::Etc::SourceList="$cache/sources.list" -o Dir::Etc::SourceParts=- -o Acquire::Languages=none
		-o APT::Sandbox::User=root)
	"${apt[@]}" update
	"${apt[@]}" install -y --download-only --no-install-recommends "${engines[@]}"
	for package in "$cache"/archives/*.deb; do
		dpkg -x "$package" "$1"
	done
	rm -rf "$cache/archives"
}

# A folder per release and list of packages, which is kept until it is removed by hand.
NEWEST=$(cached engines "$(sha256sum <<<"$release ${engines[*]}" | head -c 12)" fetch)
export NEWEST

# The same for everybody who holds the machine's mounts: what the engines mount, they mount in here.
# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount --propagation private -- bash -c '
	set -euo pipefail
	mount -t overlay -o "lowerdir=$1/usr:/usr" newest /usr
	shift
	exec "$@"' newest "$NEWEST" "$@"
