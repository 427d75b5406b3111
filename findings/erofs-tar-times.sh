#!/usr/bin/env bash
# mkfs.erofs reads the fractions of seconds in a tar archive as nanoseconds: half a second becomes five of them.
#
# Tool: mkfs.erofs of erofs-utils 1.8.6-1, Debian 13 (1.9.4 of sid has it right).
# Input: archives of GNU tar in the pax format, such as an OCI layer may be; their files' times have the fractions .5,
# .05 and .123456789 of a second. bsdtar of the same release is asked for comparison.
# Expected: these times. POSIX ("pax", pax Extended Header File Times): the time is a decimal number, the digits behind
# its point are a fraction of a second; tar leaves out the zeros at the end.
# Seen: `mkfs.erofs --tar=f` returns 0, and the image has .000000005 for the first two. Only fractions of nine digits
# are right, so that nine of ten files keep their times; of two files, the newer one may become the older one.
# What to do: let tar write whole seconds (`--mtime=@SECONDS`, or the format ustar), or give mkfs.erofs the folder.
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
packages trixie erofs-utils=1.8.6-1 libarchive-tools

cd "$work"
mkdir -p root/files root/unpacked
for fraction in 5 05 123456789; do
	touch -d "2020-01-01 00:00:00.$fraction UTC" "root/files/$fraction"
done
tar -C root/files --format=pax -cf root/files.tar 5 05 123456789
chroot root bsdtar -C /unpacked -xf /files.tar 2>log || unavailable "bsdtar: $(tail -n 1 log)"
result=0
chroot root mkfs.erofs --quiet --tar=f /image /files.tar >log 2>&1 || result=$?
echo "mkfs.erofs: status $result"
[ $result = 0 ] || unavailable "$(tail -n 1 log)"
answers=$(for file in 5 05 123456789; do
	image=$(chroot root dump.erofs --path=/$file /image | sed -n 's/^Timestamp: [^ ]* [^ ]*\(\..*\)/\1/p')
	unpacked=$(stat -c %y root/unpacked/$file | grep -o '\.[0-9]*')
	echo "$(stat -c %y root/files/$file | grep -o '\.[0-9]*'): bsdtar $unpacked, mkfs.erofs $image"
done)
echo "$answers"
[ "$answers" = '.500000000: bsdtar .500000000, mkfs.erofs .000000005
.050000000: bsdtar .050000000, mkfs.erofs .000000005
.123456789: bsdtar .123456789, mkfs.erofs .123456789' ]
