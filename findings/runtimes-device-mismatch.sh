#!/usr/bin/env bash
# runc and crun leave an ordinary file where a bundle asks for a device, and start the program.
#
# Tools: runc 1.1.15+ds1-2+b4 and crun 1.21-1 of Debian 13; runc 1.3.6 and crun 1.28 do the same.
# Input: a bundle with one entry in linux.devices, a second /dev/null at /data/null (c 1 3), and a root file system that
# has nothing there, an ordinary file, a folder, or another device (c 1 5, zeros).
# Expected: an error in the last three cases. The OCI runtime specification (config-linux.md, "Devices", path): if a
# file already exists at the path that does not match the requested device, the runtime MUST generate an error.
# Seen: both return 0 each time. Where nothing was, there is the device; otherwise what was there stays, so that the
# program writes into a file of the image's, or reads zeros, and believes that it has the device.
# What to do: look at the root file system before (`find rootfs -path '*dev/*' -type f`), or mount a tmpfs over the
# folder of the devices, as engines do for /dev.
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
packages trixie runc=1.1.15+ds1-2+b4 crun=1.21-1 busybox-static

root=$work/root/bundle/rootfs
mkdir -p "$root"/{bin,data,dev,proc}
cp "$work/root/usr/bin/busybox" "$root/bin/busybox"
cat >"$work/root/bundle/config.json" <<-'END'
	{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
	 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0},
	  "args": ["/bin/busybox", "stat", "-c", "%F %t %T", "/data/null"]},
	 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
	 "linux": {"devices": [{"path": "/data/null", "type": "c", "major": 1, "minor": 3}],
	  "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
END

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() {
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle device' sh "$work/root" "$1" </dev/null 2>&1
}

status=0
for runtime in runc crun; do
	for before in nothing file folder zeros; do
		rm -rf "$root/data/null"
		case $before in
		file) echo text >"$root/data/null" ;;
		folder) mkdir "$root/data/null" ;;
		zeros) mknod "$root/data/null" c 1 5 ;;
		esac
		has=$(run "$runtime") && result=0 || result=1
		echo "$runtime, $before at the path: status $result, the program has: $has"
		case $before/$result/$has in
		"nothing/0/character special file 1 3" | "file/0/regular file 0 0" | folder/0/directory*) ;;
		"zeros/0/character special file 1 5") ;;
		nothing/*) unavailable "$runtime starts no container here: $has" ;;
		*) status=1 ;;
		esac
	done
done
exit "$status"
