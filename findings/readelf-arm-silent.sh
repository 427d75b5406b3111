#!/usr/bin/env bash
# readelf fails on an ARM program without section headers, and does not say why.
#
# Tool: readelf of binutils 2.44-3, Debian 13 (2.47 of sid does the same).
# Input: two static programs that differ in the machine alone: an ELF header for 32-bit ARM or i386, one program header,
# a few bytes. Neither has a section header table, which executables need not have (gABI, "File Format").
# Expected: the same status for both, and a message where it is not 0: nothing is wrong with either file. readelf(1)
# says of --unwind that it shows the file's unwind section, if it has one.
# Seen: `readelf -a` shows the ARM program's headers like the other's, writes nothing to stderr, and returns 1, so that
# a script that shows a program and then goes on stops there. Of the single options it is -u (--unwind) that
# returns 1. For i386, as for arm64, riscv64, s390x and x86-64, the status is 0.
# What to do: name the options wanted (`readelf -hlW`) instead of -a, or leave out -u.
# Status: 0 as described, 1 these versions behave otherwise, 2 it cannot be tried here.
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
packages trixie binutils=2.44-3

cd "$work/root/tmp"
zeros() { printf '\0%.0s' $(seq "$1"); }
elf() { # elf MACHINE FLAGS: an ELF header, 32 bits, little-endian; a program header for the whole file; 12 bytes
	printf '\x7fELF\x01\x01\x01' && zeros 9
	printf '%b' "\x02\0$1\0\x01\0\0\0\x54\0\x01\0\x34\0\0\0\0\0\0\0$2\x34\0\x20\0\x01" && zeros 7
	printf '\x01' && zeros 9 && printf '\x01\0\0\0\x01\0\x60\0\0\0\x60\0\0\0\x05\0\0\0\0\x10\0\0' && zeros 12
}
elf '\x28' '\0\x02\0\x05' >arm
elf '\x03' '\0\0\0\0' >i386
status=0
for machine in arm i386; do
	for option in -h -l -S -s -r -d -V -A -n -u -a; do
		result=0
		chroot "$work/root" readelf -W "$option" "/tmp/$machine" >out 2>error || result=$?
		[ "$option" != -a ] || grep -q 'Type:  *EXEC' out || unavailable "readelf shows nothing of $machine"
		echo "$machine, readelf -W $option: status $result, $(wc -c <error) bytes of messages"
		case $machine/$option/$result in
		arm/-[ua]/1 | i386/*/0 | arm/-[hlSsrdVAn]/0) [ ! -s error ] || status=1 ;;
		*) status=1 ;;
		esac
	done
done
exit "$status"
