#!/usr/bin/env bash
# Makes a bare Debian, what debootstrap calls minbase, and prints the path of its tar: bare.sh RELEASE
# It is kept in the cache of packages: remove it there to get what is newest now. How the network is reached is the
# machine's own.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash

if [ $# -ne 1 ]; then
	echo "usage: bare.sh RELEASE" >&2
	exit 2
fi
release=$1

bootstrap() {
	local mirror option options=(--variant=minbase --format=tar)
	mirror=$(tests/tools/mirror.sh)
	while read -r option; do
		options+=(--aptopt="$option")
	done < <(apt-config dump | grep -E '^Acquire::(https?|Check-)')
	mmdebstrap "${options[@]}" "$release" "$1/bare.tar" "$mirror" || fail "$mirror gives no $release"
}
echo "$(cached packages/bare "$release" bootstrap)/bare.tar"
