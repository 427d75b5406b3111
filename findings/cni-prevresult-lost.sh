#!/usr/bin/env bash
# The CNI plugins bridge, ptp, macvlan and host-device drop the result of the plugin before them in the list.
#
# Tool: the plugins of containernetworking-plugins 1.1.1+ds1-3+b17, Debian 13 (1.9.1 of sid does the same).
# Input: ADD with a prevResult, as an engine hands it to each plugin of a list but the first one: an interface with an
# address, and a name server. loopback and tuning are asked the same for comparison.
# Expected: CNI's SPEC.md ("ADD"): a plugin that is supplied a prevResult MUST handle it by passing it through or
# modifying it; "ADD Success": it must output it as its result, with its own modifications included.
# Seen: loopback and tuning return the interface and the name server. The other four return their own interface alone:
# the engine, which keeps the last result, does not learn of the addresses and the name servers of the plugins before,
# and hands the wrong one to CHECK and DEL.
# What to do: put such a plugin first in the list, and only one; a pod's second interface gets a list of its own.
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
command -v ip jq >/dev/null || unavailable "it needs ip and jq"

# The host is a network namespace of its own, with a device to be given away and one for macvlan.
cat >"$work/ask" <<-'END'
	root=$1
	ip link set lo up && ip link add given type veth peer name upon && ip link set given up && ip link set upon up &&
		mount -t tmpfs tmpfs /run && mount --make-shared /run && mount --rbind /run "$root/run" &&
		mount -t proc proc "$root/proc" || exit
	for plugin in loopback tuning bridge ptp macvlan host-device; do
		ip netns add "$plugin" && ip -n "$plugin" link add before0 type veth || exit
		export CNI_COMMAND=ADD CNI_CONTAINERID=pod CNI_IFNAME=eth0 CNI_NETNS=/run/netns/$plugin CNI_PATH=/usr/lib/cni
		[ $plugin != loopback ] || export CNI_IFNAME=lo
		chroot "$root" "/usr/lib/cni/$plugin" <<-JSON >answer || { cat answer && exit 1; }
			{"cniVersion": "1.0.0", "name": "net", "type": "$plugin", "bridge": "br0", "device": "given",
			 "master": "upon", "ipam": {"type": "static",
			  "addresses": [{"address": "10.2.0.2/24", "gateway": "10.2.0.1"}]},
			 "prevResult": {"cniVersion": "1.0.0",
			  "interfaces": [{"name": "before0", "sandbox": "$CNI_NETNS"}],
			  "ips": [{"address": "10.1.0.2/24", "interface": 0}], "dns": {"nameservers": ["10.1.0.1"]}}}
		JSON
		echo "$plugin: $(jq -r '[.ips[].address, .dns.nameservers[]?] | sort | join(" ")' answer)"
	done
END
cd "$work"
answers=$(unshare -mn bash "$work/ask" "$work/root" </dev/null 2>&1) || unavailable "no network devices here: $answers"
echo "$answers"
[ "$answers" = 'loopback: 10.1.0.1 10.1.0.2/24
tuning: 10.1.0.1 10.1.0.2/24
bridge: 10.2.0.2/24
ptp: 10.2.0.2/24
macvlan: 10.2.0.2/24
host-device: 10.2.0.2/24' ]
