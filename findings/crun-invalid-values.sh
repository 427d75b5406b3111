#!/usr/bin/env bash
# crun runs bundles with values that do not exist: a misspelt device type, propagation or clock, a relative folder.
#
# Tool: crun 1.21-1 of Debian 13 (1.28 of sid does the same). runc 1.3.6 of sid refuses all four, and the first three
# so does runc 1.1.15+ds1-2+b4, which is asked for comparison; it knows no time namespaces.
# Input: a bundle with one of: a device of type "x"; linux.rootfsPropagation "privat"; process.cwd "folder"; an offset
# for the clock "monotonous" in a new time namespace.
# Expected: an error. The OCI runtime specification (config.md, "Valid values"): runtimes MUST generate an error when
# invalid or unsupported values are encountered; process.cwd (config.md, "Process") MUST be an absolute path.
# Seen: status 0 each time, and not a word: the device becomes a character device, the propagation is as if not set,
# the folder is taken from /, and the clock has no offset.
# What to do: check a bundle against the specification's JSON schema, which has the device types and propagations, or
# start it once with runc.
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
command -v jq >/dev/null || unavailable "it needs jq"
packages trixie runc=1.1.15+ds1-2+b4 crun=1.21-1 busybox-static

mkdir -p "$work"/root/bundle/rootfs/{bin,dev,proc}
cp "$work/root/usr/bin/busybox" "$work/root/bundle/rootfs/bin/busybox"
cat >"$work/config" <<-'END'
	{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
	 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "sh", "-c",
	  "busybox pwd; busybox stat -c %F /dev/odd; busybox cat /proc/self/timens_offsets"]},
	 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
	 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
END

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() { # run RUNTIME CHANGE: runs the bundle with this change to its configuration; says the status and what it wrote
	local result=0
	jq "$2" "$work/config" >"$work/root/bundle/config.json"
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle one' sh "$work/root" "$1" </dev/null >"$work/log" 2>&1 ||
		result=$?
	echo "$result $(tr -s ' \n' ' ' <"$work/log")"
}
declare -A changes=(
	[device]='.linux.devices = [{"path": "/dev/odd", "type": "x", "major": 1, "minor": 3}]'
	[propagation]='.linux.rootfsPropagation = "privat"'
	[folder]='.process.cwd = "folder"'
	[clock]='.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"monotonous": {"secs": 5}}'
)
status=0
for runtime in runc crun; do
	[[ $(run $runtime .) == [01]" / "* ]] || unavailable "$runtime starts no container here: $(cat "$work/log")"
	for change in device propagation folder clock; do
		told=$(run $runtime "${changes[$change]}")
		echo "$runtime, $change: status $told"
		case $runtime/$change/$told in
		runc/device/*"invalid device type"* | runc/propagation/*"privat is not supported"*) ;;
		runc/folder/*"Cwd must be an absolute path"* | runc/clock/*"does not exist"*) ;;
		crun/device/"0 / character special file "* | crun/propagation/"0 / "* | crun/folder/"0 /folder "*) ;;
		crun/clock/"0 / "*"monotonic 0 0 boottime 0 0"*) ;;
		*) status=1 ;;
		esac
	done
done
exit "$status"
