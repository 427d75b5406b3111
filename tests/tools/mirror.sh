#!/usr/bin/env bash
# Prints where this machine's apt gets Debian's packages; DEBIAN_MIRROR, where it is not a Debian.
set -euo pipefail

mirror=${DEBIAN_MIRROR-}
# shellcheck disable=SC2016 # apt's, not the shell's
[ "$mirror" ] ||
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian')
[ "$mirror" ] || {
	echo "mirror.sh: apt has no list of Debian's packages; run apt-get update, or elsewhere than on Debian set" >&2
	echo "DEBIAN_MIRROR to the address of a mirror" >&2
	exit 1
}
echo "${mirror%%$'\n'*}"
