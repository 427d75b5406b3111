#!/usr/bin/env bash
# Unpacks a Debian package of another release or architecture into a cache, without installing anything:
#   debian.sh PACKAGE:ARCHITECTURE/RELEASE [PATH...]
# Prints the folder. PATHs limit what is unpacked: a kernel's modules would be a hundred times the kernel. Of a
# package that depends on a kernel, it takes the kernel. What the cache has is not fetched again.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pause
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keys=/usr/share/keyrings

if [[ ! ${1-} =~ ^([^:/]+):([^:/]+)/([^:/]+)$ ]]; then
	echo "usage: debian.sh PACKAGE:ARCHITECTURE/RELEASE [PATH...]" >&2
	exit 2
fi
package=$1
release=${BASH_REMATCH[3]}
architecture=${BASH_REMATCH[2]}
name=${BASH_REMATCH[1]}
shift

folder=$cache/$release/$architecture/$name
if [ -d "$folder" ]; then
	echo "$folder"
	exit
fi

signed=$keys/debian-archive-keyring.gpg
case $release in
bionic) mirror=http://archive.ubuntu.com/ubuntu signed=$keys/ubuntu-archive-keyring.gpg ;;
esac

# A package system of its own, for this release and architecture alone; the machine's stays as it is.
lists=$cache/$release/$architecture/lists
mkdir -p "$lists/partial"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "deb [arch=$architecture signed-by=$signed] $mirror $release main" >"$work/sources.list"
cat >"$work/apt.conf" <<-END
	APT::Architecture "$architecture";
	APT::Architectures { "$architecture"; };
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Dir::Cache "$work/archives";
	Dir::Etc::SourceList "$work/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::State "$work";
	Dir::State::Lists "$lists";
	Dir::State::status "/dev/null";
END
export APT_CONFIG=$work/apt.conf

download() {
	rm -f ./*.deb
	apt-get download -q=2 "$1" >&2 || {
		echo "debian.sh: $package: no such package at $mirror $release, or no way to get there" >&2
		exit 1
	}
}

cd "$work"
# Lists younger than a day are good enough; an older one may name files that the archive no longer has.
[ -n "$(find "$lists" -name '*_Packages*' -mtime -1 -print -quit)" ] || apt-get update -q=2 >&2
download "$name"
while kernel=$(dpkg-deb -f ./*.deb Depends | grep -oE -m 1 'linux-(image|binary)-[^ ,]*'); do
	download "${kernel%%$'\n'*}"
done

mkdir unpacked
dpkg-deb --fsys-tarfile ./*.deb | tar -x -C unpacked --wildcards "$@"
mv unpacked "$folder"
echo "$folder"
