#!/usr/bin/env bash
# Makes a bare Debian, what debootstrap calls minbase, and prints the path of its tar:
#   bare.sh RELEASE[:ARCHITECTURE] [PACKAGE]     e.g. bare.sh trixie; bare.sh bookworm:i386, where this machine can run it
# With PACKAGE it makes the files of this package and of all that it needs instead, not configured: its programs start
# by the loader in it. It is kept in the cache of packages: remove it there to get what is newest now. How the network
# is reached is the machine's own.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash

[[ $# -ge 1 && $# -le 2 ]] || usage 'RELEASE[:ARCHITECTURE] [PACKAGE]'
release=${1%:*} architecture='' package=${2-}
[[ $1 != *:* ]] || architecture=${1#*:}

bootstrap() {
	local mirror option options=(--variant=minbase --format=tar ${architecture:+"--architectures=$architecture"})
	[ -z "$package" ] || options=(--variant=extract --format=tar --include="$package")
	mirror=$(tests/tools/mirror.sh)
	while read -r option; do
		options+=(--aptopt="$option")
	done < <(apt-config dump | grep -E '^Acquire::(https?|Check-)')
	mmdebstrap "${options[@]}" "$release" "$1/bare.tar" "$mirror" ||
		fail "$mirror gives no $release${architecture:+ of $architecture}${package:+ with $package}"
}
echo "$(cached packages/bare "${1/:/-}${package:+-$package}" bootstrap)/bare.tar"
