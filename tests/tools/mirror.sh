#!/bin/sh
# Prints the Debian mirror that this machine's apt takes packages from, or DEBIAN_MIRROR.
set -eu

named() {
	# shellcheck disable=SC2016 # for apt
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		sed -n 's,^Debian|Debian|\(.*[^/]\)/*$,\1,p' | head -n 1
}

mirror=${DEBIAN_MIRROR:-$(named)}
# apt has an archive's origin from its lists, and a machine may have been stripped of them.
[ -n "$mirror" ] || { apt-get update -q=2 >&2 && mirror=$(named); }
[ -n "$mirror" ] || {
	echo "mirror.sh: apt's sources name no mirror of Debian; name one: DEBIAN_MIRROR=http://HOST/debian" >&2
	exit 1
}
echo "$mirror"
