#!/usr/bin/env bash
# The CNI plugin host-device fails when it is asked a second time to give its device back.
#
# Tool: the plugins of containernetworking-plugins 1.1.1+ds1-3+b17, Debian 13 (1.9.1 of sid does the same).
# Input: ADD of a device of the host's to a pod's network namespace, then DEL twice, as an engine sends it that was
# stopped before it could write down the first one's success. macvlan is asked the same for comparison.
# Expected: success each time. CNI's SPEC.md ("DEL: Remove container from network, or un-apply modifications"): plugins
# MUST accept multiple DEL calls for the same container and interface, and return success if the interface is missing.
# Seen: the first DEL gives the device back to the host. The second one returns 1: "failed to find "eth0": Link not
# found", though all is done. macvlan returns 0 both times. When the namespace itself is gone, host-device returns 1 as
# well ("failed to Statfs"). An engine that repeats DEL until it succeeds does so in vain.
# What to do: make an interface of that name in the namespace (`ip -n NAME link add eth0 type veth`) and let the engine
# repeat DEL; without the namespace, send DEL with an empty CNI_NETNS by hand, which returns 0.
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
command -v ip >/dev/null || unavailable "it needs ip"

# The host is a network namespace of its own, with a device to be given away and one for macvlan.
cat >"$work/ask" <<-'END'
	root=$1
	ip link set lo up && ip link add given type veth peer name upon && ip link set given up && ip link set upon up &&
		mount -t tmpfs tmpfs /run && ip netns add pod && mount --rbind /run "$root/run" &&
		mount -t proc proc "$root/proc" || exit
	export CNI_CONTAINERID=pod CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni
	for plugin in macvlan host-device; do
		for call in ADD:pod DEL:pod DEL:pod DEL:gone; do
			export CNI_COMMAND="${call%:*}" CNI_NETNS="/run/netns/${call#*:}"
			answer=$(echo "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"type\": \"$plugin\", \"device\": \"given\",
				\"master\": \"upon\"}" | chroot "$root" "/usr/lib/cni/$plugin" 2>&1) && result=0 || result=$?
			message=$(echo "$answer" | sed -n 's/^ *"msg": "\([^/]*\).*/: \1/p' | tr -d '\\"')
			echo "$plugin $call: status $result$message"
		done
	done
	ip link show given | grep -q 'given' && echo "the host has its device again"
END
answers=$(unshare -mn sh "$work/ask" "$work/root" </dev/null 2>&1) || unavailable "no network devices here: $answers"
echo "$answers"
control='macvlan ADD:pod: status 0
macvlan DEL:pod: status 0
macvlan DEL:pod: status 0
macvlan DEL:gone: status 0
host-device ADD:pod: status 0
host-device DEL:pod: status 0
host-device DEL:pod: status 1: failed to find eth0: Link not found'
[[ $answers == "$control"*'
host-device DEL:gone: status 1: failed to open netns'*'
the host has its device again' ]]
