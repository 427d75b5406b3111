#!/usr/bin/env bash
# Makes a bare Debian, what debootstrap calls minbase, and prints the path of its tar: bare.sh RELEASE
# It is kept in the cache of packages: remove it there to get what is newest now. How the network is reached is the
# machine's own.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# -ne 1 ]; then
	echo "usage: bare.sh RELEASE" >&2
	exit 2
fi
roots=${XDG_CACHE_HOME:-$HOME/.cache}/pause/packages/bare
mkdir -p "$roots"

# One run makes it, another one waits for that.
exec {lock}<"$roots"
flock "$lock"
[ -e "$roots/$1.tar" ] || {
	mirror=$(tests/tools/mirror.sh)
	made=$(mktemp -d "$roots/bare.XXXXXX")
	trap 'rm -rf "$made"' EXIT
	trap 'exit 1' HUP INT TERM
	options=(--variant=minbase --format=tar)
	while read -r option; do
		options+=(--aptopt="$option")
	done < <(apt-config dump | grep -E '^Acquire::(https?|Check-)')
	mmdebstrap "${options[@]}" "$1" "$made/bare.tar" "$mirror" >&2 || {
		echo "bare.sh: $mirror gives no $1" >&2
		exit 1
	}
	mv "$made/bare.tar" "$roots/$1.tar"
}
echo "$roots/$1.tar"
