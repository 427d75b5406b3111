#!/usr/bin/env bash
# Makes Debian 13 as a node has it, and prints the folder with its root.tar, kernel and initrd: base.sh
# The packages bring what they recommend, and nothing is configured. It is kept in a cache, a folder per list of
# packages: remove the cache to get what is newest now.
set -euo pipefail
cd "$(dirname "$0")/../.."

release=trixie
packages=(
	systemd-sysv dbus ifupdown "linux-image-cloud-$(dpkg --print-architecture)"
	cloud-init containerd podman docker.io docker-cli
	# How the tests get in, and what they ask with.
	qemu-guest-agent python3-grpcio python3-protobuf jq busybox-static
)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pause/nodes
folder=$cache/$release-$(sha256sum <<<"${packages[*]}" | head -c 12)

# Whoever comes second waits, and finds it.
mkdir -p "$cache"
exec {lock}<"$cache"
flock "$lock"
if [ ! -d "$folder" ]; then
	work=$(mktemp -d "$cache/make.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	mirror=$(tests/tools/mirror.sh)
	mkdir "$work/made"
	# shellcheck disable=SC2016 # for the inner shell
	mmdebstrap --variant=minbase --aptopt='APT::Install-Recommends "true"' --dpkgopt=force-unsafe-io \
		--include="$(tr ' ' , <<<"${packages[*]}")" --customize-hook='rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"' \
		--customize-hook="cp \"\$1/vmlinuz\" \"\$1/initrd.img\" '$work/made'" \
		"$release" "$work/made/root.tar" "$mirror" >&2 || {
		echo "base.sh: $mirror gives no $release" >&2
		exit 1
	}
	mv "$work/made" "$folder"
fi
echo "$folder"
