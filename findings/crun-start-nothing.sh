#!/usr/bin/env bash
# crun says that it has started a container in which there is nothing to start: status 0.
#
# Tool: crun 1.21-1 of Debian 13 (1.28 of sid writes "block `process` not found" and returns 0, too).
# Input: a bundle without `process`, which is valid for `create`; then `start`.
# Expected: an error. The OCI runtime specification (runtime.md, "Start"): this operation MUST generate an error if
# process was not set; config.md: process is REQUIRED when start is called.
# Seen: `crun create` returns 0, as it may. `crun start` returns 0, without a word. A caller that goes by the status
# believes in a running container, and `crun state` says "stopped" a moment later. In a bundle with a program the
# same calls return 0 and the state is "running", which is this script's control.
# What to do: after `start` ask `crun state`, or refuse a bundle without process before; do not go by the status.
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
packages trixie crun=1.21-1 busybox-static

mkdir -p "$work"/root/bundle/rootfs/{bin,dev,proc}
cp "$work/root/usr/bin/busybox" "$work/root/bundle/rootfs/bin/busybox"
config() { # config PROCESS: the bundle, with this as process
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, $1
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
	END
}

# create, start, state, in a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2)
# wants it, and without the second hierarchy of a hybrid cgroup layout, which crun refuses.
cat >"$work/root/calls" <<-'END'
	crun create -b /bundle nothing </dev/null >/tmp/program 2>&1
	echo "create: status $?"
	crun start nothing 2>/tmp/error
	echo "start: status $? $(cat /tmp/error)"
	sleep 1
	echo "state: $(crun state nothing | grep -o '"status": "[a-z]*"')"
	crun delete -f nothing
END
# shellcheck disable=SC2016 # for the inner shell
calls() {
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc && mount -t tmpfs tmpfs run &&
		exec chroot . busybox sh calls' sh "$work/root" 2>&1
}

config '"process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "sleep", "60"]},'
control=$(calls)
config ''
nothing=$(calls)
printf 'with a program:\n%s\nwithout process:\n%s\n' "$control" "$nothing"
[[ $control == *'start: status 0'*'"running"'* ]] || unavailable "crun starts no container here"
[[ $nothing == *'create: status 0'*'start: status 0'*'"stopped"'* ]]
