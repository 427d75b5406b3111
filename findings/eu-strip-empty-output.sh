#!/usr/bin/env bash
# eu-strip calls a valid program without section headers ill-formed, writes an empty file, and returns 0.
#
# Tool: eu-strip of elfutils 0.192-4, Debian 13 (that of sid does the same). eu-elflint of the same package and strip of
# binutils 2.44 are asked for comparison.
# Input: a static program of 129 bytes: an ELF header, one program header, three instructions. It runs.
# Expected: a copy, or an error. The ELF specification (gABI, "ELF Header", e_shnum): a file without a section header
# table has the value zero; executables need none ("Introduction", "File Format"). eu-strip(1) says
# of -o that the stripped output is placed into that file.
# Seen: "illformed file", but the status is 0, and the file named by -o is there, executable, and has 0 bytes: a build
# that goes by the status installs an empty program. eu-elflint says of the same input "No errors". strip says that the
# file has no sections, returns 1, and makes no file. Without -o eu-strip leaves the input as it is, and returns 0.
# What to do: ask `test -s` after `eu-strip -o`, or let it not see such programs: there is nothing in them to strip.
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
packages trixie elfutils=0.192-4 binutils

cd "$work/root/tmp"
zeros() { printf '\0%.0s' $(seq "$1"); }
{
	# The ELF header: 64 bits, little-endian, an executable for x86-64; its start, 1 program header, no section header.
	printf '\x7fELF\x02\x01\x01' && zeros 9 && printf '\x02\0\x3e\0\x01\0\0\0\x78\0\x40\0\0\0\0\0\x40' && zeros 19
	printf '\x40\0\x38\0\x01' && zeros 7
	# The program header: PT_LOAD, read and execute, the whole file of 129 bytes at 0x400000.
	printf '\x01\0\0\0\x05' && zeros 11 && printf '\0\0\x40\0\0\0\0\0\0\0\x40\0\0\0\0\0' && printf '\x81' && zeros 7
	printf '\x81' && zeros 8 && printf '\x10' && zeros 6
	# exit(0)
	printf '\xb8\x3c\0\0\0\x31\xff\x0f\x05'
} >program
chmod +x program
if [ "$(uname -m)" = x86_64 ]; then
	./program && echo "the program runs: status 0"
fi
tool() { # tool NAME ARGUMENT...: says what it answered, and what it wrote
	local result=0 said
	rm -f out
	said=$(chroot "$work/root" "$@" 2>&1) || result=$?
	echo "$1: status $result, $(tail -n 1 <<<"$said"); the output file: $(stat -c '%s bytes' out 2>/dev/null || echo none)"
}
lint=$(tool eu-elflint /tmp/program)
strip=$(tool strip -o /tmp/out /tmp/program)
eu=$(tool eu-strip -o /tmp/out /tmp/program)
printf '%s\n' "$lint" "$strip" "$eu"
[[ $lint == "eu-elflint: status 0, No errors"* && $strip == "strip: status 1, "*"none" ]] &&
	[ "$eu" = "eu-strip: status 0, eu-strip: illformed file '/tmp/program'; the output file: 0 bytes" ]
