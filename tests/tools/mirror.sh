#!/bin/sh
# Prints the mirror of Debian that packages come from: DEBIAN_MIRROR, else the one that this machine's apt names, else, on
# a machine of another distribution, the one that mmdebstrap takes by default.
set -eu

named() {
	# shellcheck disable=SC2016 # for apt
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		sed -n 's,^Debian|Debian|\(.*[^/]\)/*$,\1,p' | head -n 1
}

mirror=${DEBIAN_MIRROR:-$(named)}
# apt has an archive's origin from its lists, and a machine may have been stripped of them.
[ -n "$mirror" ] || { apt-get update -q=2 >&2 && mirror=$(named); }
[ -n "$mirror" ] || mirror=$(sed -n "s/.*my \$mirror *= '\(http[^']*\)';/\1/p" "$(command -v mmdebstrap)" /dev/null)
[ -n "$mirror" ] || {
	echo "mirror.sh: neither apt nor mmdebstrap names a mirror of Debian; name one: DEBIAN_MIRROR=http://HOST/debian" >&2
	exit 1
}
echo "$mirror"
