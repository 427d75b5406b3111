#!/usr/bin/env bash
# Runs a command in a bare Debian, as root, in a fresh clone of what is committed here:
#   root.sh [--out FOLDER] RELEASE[:ARCHITECTURE] COMMAND [ARGUMENT...]     e.g. root.sh bookworm:i386 make check
# The root is bare.sh's: it has not even make. The packages that the command downloads are kept in the same cache. The
# command has a copy, which goes when it ends, with whatever it left running or mounted; --out brings a folder of the clone,
# dist for one, here first.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash

out=
if [ "${1-}" = --out ] && [ $# -ge 2 ]; then
	out=$2
	shift 2
fi
[ $# -ge 2 ] || usage '[--out FOLDER] RELEASE[:ARCHITECTURE] COMMAND [ARGUMENT...]'
release=$1
shift

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pause
roots=$cache/roots
mkdir -p "$cache/packages" "$roots"
# Not under /tmp, which may be memory, or an overlay that no engine can lay its own upon. What is mounted for the
# command is so in a namespace of its own: here lie plain files.
root=$(mktemp -d "$roots/run.XXXXXX")
machine=
trap '[ -z "$machine" ] || { kill -KILL "$machine"; wait "$machine"; } 2>/dev/null || :; rm -rf "$root"' EXIT

bare=$(tests/tools/bare.sh "$release")
release=${release/:/-}
mkdir -p "$roots/$release"
tar -x -f "$bare" -C "$root" --numeric-owner
git clone --quiet --no-hardlinks . "$root/root/pause"
find "$roots/$release" -name '*.deb' -exec ln -t "$root/var/cache/apt/archives" {} +
# No power will fail that this root would survive.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe"
# Whose certificates are believed is the machine's own, too.
cp /etc/resolv.conf /etc/hosts "$root/etc"
mkdir -p "$root/usr/local/share/ca-certificates" "$root/root/.cache/pause/packages"
find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$root/usr/local/share/ca-certificates" {} + 2>/dev/null || :

# Not chroot: in one, the kernel gives nobody a user namespace, and / is no mount for a runtime to pivot from.
# shellcheck disable=SC2016 # for the inner shells
unshare --mount --pid --fork --kill-child --propagation private -- bash -euc '
	mount --bind "$1" "$1"
	cd "$1"
	mount -t proc proc proc
	mount --rbind /sys sys
	mount --rbind /dev dev
	mount -t tmpfs -o mode=755 run run
	mount --bind "$2" root/.cache/pause/packages
	pivot_root . .
	umount -l .
	cd /root/pause
	# This shell stays, as the PID 1 that reaps.
	shift 2
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
		"$@"
	exit
' bash "$root" "$cache/packages" "$@" </dev/null &
machine=$!
status=0
wait "$machine" || status=$?
machine=

find "$root/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -exec ln -f -t "$roots/$release" {} + || :
if [ $status -eq 0 ] && [ -n "$out" ]; then
	mkdir -p "$out"
	cp -r "$root/root/pause/$out/." "$out"
fi
exit $status
