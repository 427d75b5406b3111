#!/usr/bin/env bash
# sqfstar keeps the old version of a file that was added to a tar archive again, and returns 0.
#
# Tool: sqfstar of squashfs-tools 1:4.6.1-1, Debian 13 (4.7.5 of sid does the same).
# Input: an archive to which tar has added, after a change, a file and a folder that it had already (`tar -r`). bsdtar
# and mkfs.erofs of the same release are asked for comparison.
# Expected: the new version. GNU tar's manual ("Appending Files to an Archive"): each one extracted replaces the one
# before it, so that the last one stays; POSIX ("pax", option -u) lets newer versions be appended for that reason.
# Seen: "file already exists in the tar file, ignoring" on stderr and status 0; the image has the old file, and the
# folder's old mode. bsdtar and mkfs.erofs have the new ones. tar2sqfs, of squashfs-tools-ng 1.3.2, makes no image:
# "File exists". The manual pages of both are silent on it.
# What to do: unpack the archive and give the folder to mksquashfs, or make the archive anew; search sqfstar's stderr
# for "already exists".
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unavailable() { echo "This cannot be tried here: $*" >&2 && exit 2; }
[ "$(id -u)" = 0 ] || unavailable "it needs root"

# packages RELEASE PACKAGE=VERSION...: unpacks these and what they depend on into $work/root; nothing is installed.
packages() {
	local release=$1 mirror
	shift
	# shellcheck disable=SC2016 # apt fills these in
	mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' '$1 $2 == "DebianDebian" && !n++ { print $3 }')}
	[ -n "$mirror" ] || unavailable "apt's lists name no mirror of Debian; name one in DEBIAN_MIRROR"
	mkdir -p "$work"/apt/{lists,archives}/partial "$work"/root/{dev,etc,proc,run,sys,tmp,usr/{bin,lib,lib64,sbin}}
	ln -s usr/{bin,lib,lib64,sbin} "$work/root"
	touch "$work/apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/apt/list"
	printf '%s;\n' 'APT::Architecture "amd64"' 'APT::Architectures { "amd64"; }' 'APT::Sandbox::User "root"' \
		'APT::Install-Recommends "false"' 'Acquire::Languages "none"' 'Acquire::Retries "3"' "Dir::Cache \"$work/apt\"" \
		"Dir::State \"$work/apt\"" "Dir::State::status \"$work/apt/status\"" "Dir::Etc::SourceList \"$work/apt/list\"" \
		'Dir::Etc::SourceParts "/dev/null"' >"$work/apt/conf"
	export APT_CONFIG=$work/apt/conf
	{ apt-get update -q=2 && apt-get install -q=2 -y --download-only "$@"; } >"$work/apt/log" 2>&1 ||
		unavailable "$release has no $* ($(tail -n 1 "$work/apt/log"))"
	find "$work/apt/archives" -name '*.deb' -exec dpkg -x {} "$work/root" \;
}
packages trixie squashfs-tools=1:4.6.1-1 squashfs-tools-ng erofs-utils libarchive-tools

cd "$work"
mkdir -p root/files/folder root/bsdtar
echo old >root/files/file
chmod 755 root/files/folder
tar -C root/files -cf root/files.tar file folder
echo new >root/files/file
chmod 700 root/files/folder
tar -C root/files -rf root/files.tar file folder

result=0
chroot root sqfstar -quiet -no-progress /image.squashfs <root/files.tar >log 2>&1 || result=$?
echo "sqfstar: status $result: $(grep -m 1 file log || tail -n 1 log)"
grep -q 'file already exists in the tar file, ignoring' log || exit 1
ng=0
chroot root tar2sqfs --quiet /image.ng <root/files.tar >log 2>&1 || ng=$?
echo "tar2sqfs: status $ng: $(tail -n 1 log)"
chroot root unsquashfs -quiet -no-progress -dest /sqfstar /image.squashfs >log 2>&1 || unavailable "$(tail -n 1 log)"
chroot root mkfs.erofs --quiet --tar=f /image.erofs /files.tar >log 2>&1 || unavailable "$(tail -n 1 log)"
chroot root fsck.erofs --extract=/erofs --preserve /image.erofs >log 2>&1 || unavailable "$(tail -n 1 log)"
chroot root bsdtar -C /bsdtar -xpf /files.tar 2>log || unavailable "$(tail -n 1 log)"
answers=$(for tool in sqfstar erofs bsdtar; do
	echo "$tool: $(cat root/$tool/file), folder $(stat -c %a root/$tool/folder)"
done)
echo "$answers"
[ "$result $ng $answers" = '0 1 sqfstar: old, folder 755
erofs: new, folder 700
bsdtar: new, folder 700' ]
