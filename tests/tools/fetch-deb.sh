#!/usr/bin/env bash
# Unpacks files of a package of another release or architecture into a cache; nothing is installed:
#   package.sh PACKAGE:ARCHITECTURE/RELEASE PATTERN
# Prints the folder. A package that depends on a kernel stands for that kernel. What the cache has is not fetched
# again: remove the cache to get what is newest now. Several at once share it.
set -euo pipefail

if [ $# -ne 2 ] || [[ ! $1 =~ ^([^:/]+):([^:/]+)/([^:/]+)$ ]]; then
	echo "usage: package.sh PACKAGE:ARCHITECTURE/RELEASE PATTERN" >&2
	exit 2
fi
name=${BASH_REMATCH[1]} architecture=${BASH_REMATCH[2]} release=${BASH_REMATCH[3]} pattern=$2

# A folder for each pattern, which comes whole or not at all.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pause/packages
folder=$cache/$release/$architecture/$name/${pattern//[!A-Za-z0-9._-]/_}
is_there() {
	[ ! -d "$folder" ] || { echo "$folder" && exit; }
}
is_there

# One at a time for each list: it is no list while it is fetched. Another one may have brought what is wanted.
lists=$cache/$release/$architecture/lists
mkdir -p "$lists/partial"
exec {lock}<"$lists"
flock "$lock"
is_there

mirror=$("$(dirname "$0")/mirror.sh")
keys=/usr/share/keyrings/debian-archive-keyring.gpg

# A package system of its own, for this release and architecture; the machine's stays as it is.
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM # not every shell runs the trap above when it dies of these
cd "$work"
echo "deb [arch=$architecture signed-by=$keys] $mirror $release main" >sources.list
cat >apt.conf <<-END
	APT::Architecture "$architecture";
	APT::Architectures { "$architecture"; };
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Dir::Cache "$work";
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
		echo "package.sh: $1: $mirror $release does not have it, or cannot be reached" >&2
		exit 1
	}
}

# An older list may name files that the archive no longer has. What lies in partial/ is none.
if [ -z "$(find "$lists" -maxdepth 1 -name '*_Packages*' -mtime -1 -print -quit)" ]; then
	apt-get update -q=2 >&2 || {
		echo "package.sh: the list of $mirror $release cannot be fetched" >&2
		exit 1
	}
fi
download "$name"
while kernel=$(dpkg-deb -f ./*.deb Depends | grep -oE 'linux-(image|binary)-[^ ,]*'); do
	download "${kernel%%[[:space:]]*}"
done

mkdir unpacked
dpkg-deb --fsys-tarfile ./*.deb | tar -x -C unpacked --wildcards "$pattern" || {
	echo "package.sh: $1: no file in it is $pattern" >&2
	exit 1
}
mkdir -p "$(dirname "$folder")"
mv unpacked "$folder"
echo "$folder"
