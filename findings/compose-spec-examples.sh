#!/usr/bin/env bash
# docker compose refuses three examples of its specification: two durations and a port at an IPv6 address.
#
# Tool: docker-compose 2.26.1-4 of Debian 13, the plugin `docker compose` (2.40.3 of sid does the same).
# Input: a service with cpu_rt_runtime: '400ms', cpu_rt_period: '1400us' or ports: ["::1:6000:6000"], as these examples
# stand there; the same as numbers of microseconds and with the address in brackets; a duration elsewhere.
# Expected: both forms of each. The Compose specification (05-services.md): cpu_rt_runtime and cpu_rt_period are an
# integer of microseconds or a duration; under ports, "Short syntax", IPv6 addresses can be in brackets.
# Seen: numbers, brackets and the duration of stop_grace_period are taken. The examples end it: "failed to cast to
# expected type: strconv.ParseInt", "too many colons in address".
# What to do: write microseconds, 400000 for 400ms, and brackets.
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
ask() { # ask KEY VALUE: says what `config` makes of it, or its error
	printf '%s\n' 'name: example' 'services:' '  one:' '    image: example.test/image' "    $1: $2" \
		>root/project/compose.yaml
	if chroot root docker-compose --project-directory /project config >parsed 2>log; then
		echo "$1: $2: taken"
	else
		echo "$1: $2: $(tail -n 1 log | grep -o 'failed to cast.*strconv.ParseInt\|too many colons in address')"
	fi
}
answers=$(
	ask stop_grace_period "'400ms'"
	ask cpu_rt_runtime 400000
	ask cpu_rt_runtime "'400ms'"
	ask cpu_rt_period 1400
	ask cpu_rt_period "'1400us'"
	ask ports '["[::1]:6000:6000"]'
	ask ports '["::1:6000:6000"]'
)
echo "$answers"
[ "$answers" = 'stop_grace_period: '"'400ms'"': taken
cpu_rt_runtime: 400000: taken
cpu_rt_runtime: '"'400ms'"': failed to cast to expected type: strconv.ParseInt
cpu_rt_period: 1400: taken
cpu_rt_period: '"'1400us'"': failed to cast to expected type: strconv.ParseInt
ports: ["[::1]:6000:6000"]: taken
ports: ["::1:6000:6000"]: too many colons in address' ]
