#!/usr/bin/env bash
# Makes Debian 13 as a node has it, and prints the folder with its root.tar, kernel and initrd: base.sh
# The packages bring what they recommend, and nothing is configured. It is kept in a cache, a folder per list of
# packages: remove the cache to get what is newest now.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash

release=trixie
packages=(
	systemd-sysv dbus ifupdown "linux-image-cloud-$(dpkg --print-architecture)"
	cloud-init containerd podman docker.io docker-cli
	# How the tests get in, and what they ask with.
	qemu-guest-agent python3-grpcio python3-protobuf jq busybox-static
	# What examples/systemd is tried with.
	systemd-container bubblewrap docker-compose
)

bootstrap() {
	local mirror
	mirror=$(tests/tools/mirror.sh)
	# shellcheck disable=SC2016 # for the inner shell
	mmdebstrap --variant=minbase --aptopt='APT::Install-Recommends "true"' --dpkgopt=force-unsafe-io \
		--include="$(tr ' ' , <<<"${packages[*]}")" --customize-hook='rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"' \
		--customize-hook="cp \"\$1/vmlinuz\" \"\$1/initrd.img\" '$1'" \
		"$release" "$1/root.tar" "$mirror" || fail "$mirror gives no $release"
}
cached nodes "$release-$(sha256sum <<<"${packages[*]}" | head -c 12)" bootstrap
