#!/usr/bin/env bash
# docker compose does not read the file that its own `config` writes, if a service has a limit of -1.
#
# Tool: docker-compose 2.26.1-4 of Debian 13, the plugin `docker compose` (2.40.3 of sid does the same).
# Input: a service with memswap_limit: -1, and one that takes the -1 from a variable; mem_limit and mem_reservation too.
# Expected: `config` writes the same project in canonical form (Docker's reference, "docker compose config"), which
# can be used as a Compose file. The Compose file reference ("Services", memswap_limit): -1 is for unlimited swap.
# Seen: `config` takes the number -1 and writes it as the string "-1"; given this file, docker compose fails:
# "invalid size: '-1'". The value of a variable is a string, too, and fails at once. Sizes such as 1g go both ways.
# What to do: take the quotes away from "-1" in what `config` writes, and write the -1 into the file itself.
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
packages trixie docker-compose=2.26.1-4

cd "$work"
mkdir root/project
config() { # config FILE: runs docker compose config on it
	SWAP=-1 chroot root docker-compose --project-directory /project -f "/project/$1" config
}
ask() { # ask KEY VALUE: says what `config` writes for it, and what it makes of what it has written
	local again
	printf '%s\n' 'name: example' 'services:' '  one:' '    image: example.test/image' "    $1: $2" >root/project/first
	if config first >root/project/second 2>log; then
		again="taken again"
		config second >third 2>log || again="then $(tail -n 1 log | sed 's/.*: invalid/invalid/')"
		echo "$1: $2: $(grep -o "$1: .*" root/project/second); $again"
	else
		echo "$1: $2: $(tail -n 1 log | sed 's/.*: invalid/invalid/')"
	fi
}
answers=$(
	ask memswap_limit 1g
	ask memswap_limit -1
	ask mem_limit -1
	ask mem_reservation -1
	# shellcheck disable=SC2016 # docker compose fills it in
	ask memswap_limit '${SWAP}'
)
echo "$answers"
# shellcheck disable=SC2016
[ "$answers" = 'memswap_limit: 1g: memswap_limit: "1073741824"; taken again
memswap_limit: -1: memswap_limit: "-1"; then invalid size: '"'-1'"'
mem_limit: -1: mem_limit: "-1"; then invalid size: '"'-1'"'
mem_reservation: -1: mem_reservation: "-1"; then invalid size: '"'-1'"'
memswap_limit: ${SWAP}: invalid size: '"'-1'"'' ]
