#!/usr/bin/env bash
# The CNI plugin sbr, asked to clean up after a namespace that is gone, fails and makes a file of the namespace's name.
#
# Tool: the plugins of containernetworking-plugins 1.1.1+ds1-3+b17, Debian 13 (1.9.1 of sid does the same).
# Input: DEL of an interface whose CNI_NETNS is a path where nothing is, as an engine sends it for a pod that it finds
# again after the machine has been switched off: namespaces, and the files that named them, do not survive that.
# Expected: success. CNI's SPEC.md ("DEL: Remove container from network, or un-apply modifications"): plugins should
# complete a DEL action without error even if some resources or state are missing.
# Seen: bridge, loopback, macvlan, ptp, tuning and others return 0. sbr opens the path with the right to create it,
# so that an empty ordinary file stands there afterwards, and returns 1: "unknown FS magic on …". From then on the
# path exists and is no namespace, and vlan, which returned 0 before, fails on it too: engines repeat DEL in vain.
# What to do: remove the file; make a namespace of that name with an interface of that name (`ip netns add NAME`,
# `ip -n NAME link add eth0 type veth`), in which sbr returns 0; let the engine repeat DEL; remove the namespace.
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
packages trixie containernetworking-plugins=1.1.1+ds1-3+b17

mkdir -p "$work/root/run/netns"
gone=/run/netns/gone
del() { # del PLUGIN: prints the answer
	CNI_COMMAND=DEL CNI_CONTAINERID=pod CNI_IFNAME=eth0 CNI_NETNS=$gone CNI_PATH=/usr/lib/cni \
		unshare -n chroot "$work/root" "/usr/lib/cni/$1" 2>/dev/null <<-END
			{"cniVersion": "1.0.0", "name": "net", "type": "$1", "master": "lo", "vlanId": 5,
			 "ipam": {"type": "host-local", "subnet": "10.1.0.0/24", "dataDir": "/tmp"}}
		END
}

status=0
for plugin in bridge loopback macvlan ptp tuning vlan sbr vlan; do
	before=$([ -e "$work/root$gone" ] && echo yes || echo no)
	answer=$(del "$plugin" | tr -d '\n') && result=0 || result=1
	after=$([ -f "$work/root$gone" ] && echo yes || echo no)
	echo "$plugin: status $result $answer; a file at CNI_NETNS before: $before, after: $after"
	case $plugin/$before in
	sbr/no) [ "$result" = 1 ] && [ "$after" = yes ] && [[ $answer == *"unknown FS magic"* ]] || status=1 ;;
	vlan/yes) [ "$result" = 1 ] || status=1 ;;
	*/no) [ "$result" = 0 ] && [ "$after" = no ] || status=1 ;;
	*) status=1 ;;
	esac
done
exit "$status"
