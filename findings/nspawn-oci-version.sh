#!/usr/bin/env bash
# systemd-nspawn runs no bundle of the runtime specification but those that say exactly "1.0.0".
#
# Tool: systemd-nspawn of systemd-container 257.13-1~deb13u1, Debian 13 (262 of sid refuses 1.2.1 in the same way).
# Input: one bundle, valid under each release of the specification, with ociVersion 1.0.0, 1.0.2, 1.1.0, 1.2.0, 1.2.1.
# Expected: systemd-nspawn(1), --oci-bundle=: takes the path to a bundle as specified in the OCI Runtime Specification.
# That one (config.md, "Specification version") has versions by SemVer 2.0.0: 1.0.2 and 1.2.1 add nothing
# to 1.0.0 that this bundle has.
# Seen: with 1.0.0 nspawn reads on; with every other one it stops: "OCI bundle version not supported". umoci 0.6 writes
# 1.2.1 and `runc spec` of Debian 13 writes 1.2.0: their bundles do not start. `crun spec` writes 1.0.0.
# What to do: write 1.0.0 into the bundle before nspawn gets it: jq '.ociVersion = "1.0.0"' config.json.
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
packages trixie systemd-container=257.13-1~deb13u1 runc crun

mkdir -p "$work"/root/bundle/rootfs/usr "$work/root/spec"
# shellcheck disable=SC2016 # for the inner shell
inside() { # inside COMMAND...: in the unpacked root, with what of the machine nspawn looks at
	unshare -m sh -c 'root=$1 && shift && mount --rbind /dev "$root/dev" && mount --rbind /sys "$root/sys" &&
		mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/run" && exec chroot "$root" "$@"' \
		sh "$work/root" "$@" </dev/null 2>&1
}
for runtime in runc crun; do
	rm -f "$work/root/spec/config.json"
	inside $runtime spec --bundle /spec || unavailable "$runtime spec"
	echo "$runtime spec: $(grep -o '"ociVersion": "[^"]*"' "$work/root/spec/config.json")"
done

status=0
for version in 1.0.0 1.0.2 1.1.0 1.2.0 1.2.1; do
	# A program that is not there: what matters is whether nspawn gets as far as that.
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "$version", "root": {"path": "rootfs"}, "linux": {},
		 "process": {"cwd": "/", "args": ["/none"], "user": {"uid": 0, "gid": 0}}}
	END
	said=$(inside systemd-nspawn --oci-bundle=/bundle --register=no --keep-unit || :)
	echo "nspawn, $version: $(tail -n 1 <<<"$said")"
	if [[ $said == *"OCI bundle version not supported: $version"* ]]; then refused=yes; else refused=no; fi
	case $version/$refused in
	1.0.0/no | 1.0.2/yes | 1.[12].*/yes) ;;
	*) status=1 ;;
	esac
done
exit "$status"
