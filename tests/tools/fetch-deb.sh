#!/usr/bin/env bash
# Unpacks files of a package of another release or architecture into a cache; nothing is installed:
#   fetch-deb.sh PACKAGE:ARCHITECTURE/RELEASE PATTERN
# Prints the folder. A package that depends on a kernel stands for that kernel. What the cache has is not fetched
# again: remove the cache to get what is newest now. Several at once share it.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"

if [ $# -ne 2 ] || [[ ! $1 =~ ^([^:/]+):([^:/]+)/([^:/]+)$ ]]; then
	echo "usage: fetch-deb.sh PACKAGE:ARCHITECTURE/RELEASE PATTERN" >&2
	exit 2
fi
name=${BASH_REMATCH[1]} architecture=${BASH_REMATCH[2]} release=${BASH_REMATCH[3]} pattern=$2

cache=packages/$release/$architecture
keys=/usr/share/keyrings/debian-archive-keyring.gpg
tools=$(cd "$(dirname "$0")" && pwd)

download() {
	rm -f ./*.deb
	apt-get download -q=2 "$1" || fail "$1: $mirror $release does not have it, or cannot be reached"
}

# With a package system of its own, for this release and architecture; the machine's stays as it is. `cached` lets one in
# at a time, so that nobody else reads the list while it is fetched.
unpack() (
	lists=$(dirname "$1")/lists
	mirror=$("$tools/mirror.sh")
	mkdir -p "$lists/partial" "$1/apt"
	cd "$1/apt"
	echo "deb [arch=$architecture signed-by=$keys] $mirror $release main" >sources.list
	cat >apt.conf <<-END
		APT::Architecture "$architecture";
		APT::Architectures { "$architecture"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Cache "$PWD";
		Dir::Etc::SourceList "$PWD/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State "$PWD";
		Dir::State::Lists "$lists";
		Dir::State::status "/dev/null";
	END
	export APT_CONFIG=$PWD/apt.conf

	# An older list may name files that the archive no longer has. What lies in partial/ is none.
	if [ -z "$(find "$lists" -maxdepth 1 -name '*_Packages*' -mtime -1 -print -quit)" ]; then
		apt-get update -q=2 || fail "the list of $mirror $release cannot be fetched"
	fi
	download "$name"
	while kernel=$(dpkg-deb -f ./*.deb Depends | grep -oE 'linux-(image|binary)-[^ ,]*'); do
		download "${kernel%%[[:space:]]*}"
	done
	dpkg-deb --fsys-tarfile ./*.deb | tar -x -C "$1" --wildcards "$pattern" || fail "$name: no file in it is $pattern"
	rm -r "$1/apt"
)
cached "$cache" "$name/${pattern//[!A-Za-z0-9._-]/_}" unpack
