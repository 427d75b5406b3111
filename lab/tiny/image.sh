#!/usr/bin/env bash
# Prints the image of a smallest pause as one line to paste into a shell: image.sh FILE
# With --archive before FILE it writes the archive itself.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"

archive=
[ "${1-}" != --archive ] || { archive=yes && shift; }
[ $# -eq 1 ] || { echo "usage: image.sh [--archive] FILE" >&2 && exit 2; }
[ -r "$1" ] || { echo "image.sh: $1: not there; make -C lab tiny" >&2 && exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install -m 755 "$1" "$work/pause"
cd "$work"

# The oldest format has the emptiest headers; the blocks of zeros at the end are for tapes.
pack() {
	tar -c --format=v7 --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=755 -b 1 "$@" | head -c -1024
}

# Names are short, and the JSON says nothing that the engines do not ask for.
pack pause >l
printf '{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/pause"]},%s}' \
	"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$(sha256sum l | cut -d ' ' -f 1)\"]}" >c
printf '[{"Config":"c","RepoTags":["pause:tiny"],"Layers":["l"]}]' >manifest.json
# bzip2: podman 4.3 fails on gzip, Docker has no zstd before 23, and asks another program for xz.
pack l c manifest.json | bzip2 >archive

if [ "$archive" ]; then
	cat archive
else
	echo "echo $(base64 -w 0 archive)|base64 -d|docker load"
fi
