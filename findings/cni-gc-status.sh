#!/usr/bin/env bash
# CNI plugins that say they support 1.1.0 answer its new verbs GC and STATUS with success, and do nothing.
#
# Tool: the plugins of containernetworking-plugins 1.9.1+ds1-1, Debian sid.
# Input: the plugin ptp with host-local for its addresses, in a network of two addresses, of which one is the
# gateway's: ADD of a container; STATUS; GC that names no valid attachment.
# Expected: CNI's SPEC.md, "STATUS": a plugin should return an error if its addresses are exhausted, so that no ADD can
# be served, and one that delegates must ask the plugin it delegates to. "GC": it should remove reservations of
# attachments that are not in the list, and MUST forward GC to the plugins that it delegates to.
# Seen: VERSION of both names 1.1.0. STATUS returns 0 where the next ADD fails for lack of addresses; the same directly
# from host-local. GC returns 0, and the address stays reserved for the container that is gone; so it does when
# host-local is asked directly, and no plugin of the package forwards GC. bridge and macvlan do as ptp does.
# What to do: count on neither. Addresses of containers that went without DEL are given back by removing their files in
# /var/lib/cni/networks/NAME, of which each is named after its address and has the container's id in it.
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
packages sid containernetworking-plugins=1.9.1+ds1-1
command -v ip >/dev/null || unavailable "it needs ip"

# The host is a network namespace of its own.
cat >"$work/ask" <<-'END'
	root=$1
	ip link set lo up && mount -t tmpfs tmpfs /run && ip netns add pod && mount --rbind /run "$root/run" &&
		mount -t proc proc "$root/proc" || exit
	call() { # call COMMAND CONTAINER PLUGIN FIELD: prints the status and the message
		export CNI_COMMAND="$1" CNI_CONTAINERID="$2" CNI_IFNAME="$2" CNI_NETNS=/run/netns/pod CNI_PATH=/usr/lib/cni
		ipam="{\"type\": \"host-local\", \"dataDir\": \"/reserved\", \"subnet\": \"10.1.0.0/30\"}"
		result=0
		answer=$(echo "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", \"type\": \"$3\", $4 \"ipam\": $ipam}" |
			chroot "$root" "/usr/lib/cni/$3") || result=1
		message=$(echo "$answer" | grep -o 'no IP addresses available')
		echo "$3 $1 $2: status $result${message:+, $message}; reserved: $(ls "$root/reserved/net" | grep -c '^10')"
	}
	call ADD first ptp
	call STATUS second ptp
	call STATUS second host-local
	call ADD second ptp
	call GC first ptp '"cni.dev/valid-attachments": [],'
	call GC first host-local '"cni.dev/valid-attachments": [],'
	call DEL first ptp
END
for plugin in ptp host-local; do
	version=$(CNI_COMMAND=VERSION chroot "$work/root" "/usr/lib/cni/$plugin" <<<'{"cniVersion": "1.1.0"}')
	grep -q '"1.1.0"]' <<<"$(tr -d '\n ' <<<"$version")" || unavailable "$plugin does not say that it supports 1.1.0"
done
answers=$(unshare -mn sh "$work/ask" "$work/root" </dev/null 2>&1) || unavailable "no network devices here: $answers"
echo "$answers"
[ "$answers" = 'ptp ADD first: status 0; reserved: 1
ptp STATUS second: status 0; reserved: 1
host-local STATUS second: status 0; reserved: 1
ptp ADD second: status 1, no IP addresses available; reserved: 1
ptp GC first: status 0; reserved: 1
host-local GC first: status 0; reserved: 1
ptp DEL first: status 0; reserved: 0' ]
