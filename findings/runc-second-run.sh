#!/usr/bin/env bash
# runc 1.3.6 runs a bundle without a mount on /dev once, and never again.
#
# Tool: runc 1.3.6+ds1-1 of Debian sid.
# Input: a bundle whose config.json mounts /proc and nothing on /dev, which is valid: `mounts` is optional.
# Expected: the same bundle starts as often as one likes. The OCI runtime specification (runtime-linux.md, "Dev
# symbolic links") has the runtime make the links /dev/fd, /dev/stdin, /dev/stdout and /dev/stderr if their source
# exists after the mounts are done; a link that is there already, with the right target, needs nothing.
# Seen: the first run works and leaves the links in the root file system. The second one follows one that it finds,
# takes what is behind it for a file name and fails: "error setting up /dev symlinks: symlinkat
# …/proc/1/fd/pipe:[NUMBER]: no such file or directory". runc 1.1.5 of Debian 12 runs it any number of times.
# What to do: mount a tmpfs on /dev in every bundle, as `runc spec` and all engines do.
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
set -euo pipefail
version=1.3.6+ds1-1

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
packages sid runc="$version" busybox-static

mkdir -p "$work"/root/bundle/rootfs/{bin,dev,proc}
cp "$work/root/usr/bin/busybox" "$work/root/bundle/rootfs/bin/busybox"
config() { # config MOUNT...: a bundle that says hello; MOUNT is what stands on /dev
	cat <<-END
		{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "echo", "hello"]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"} $*],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
	END
}

# A mount namespace of its own, in which the unpacked root is a mount point, as pivot_root(2) wants it.
# shellcheck disable=SC2016 # for the inner shell
run() {
	unshare -m sh -c 'cd "$1" && mount --bind . . && cd "$1" && mount --rbind /dev dev && mount --rbind /sys sys &&
		mount -t proc proc proc && exec chroot . runc --root /run/runc run -b /bundle hello' sh "$work/root" \
		</dev/null 2>&1 | cat
}

config ', {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}' >"$work/root/bundle/config.json"
echo "with a tmpfs on /dev: $(run)" | tee "$work/control"
grep -q ': hello$' "$work/control" || unavailable "runc starts no container here"

config >"$work/root/bundle/config.json"
first=$(run || :)
second=$(run || :)
echo "without, first run: $first"
echo "without, second run: $second"
[ "$first" = hello ] && [[ $second == *"error setting up /dev symlinks: symlinkat "*"/proc/1/fd/pipe:"* ]]
