#!/usr/bin/env bash
# runc runs the poststart hooks when the container is created: before the program has been started.
#
# Tool: runc 1.1.15+ds1-2+b4 of Debian 13 (1.3.6 of sid does the same). crun 1.21-1 is asked the same for comparison.
# Input: a bundle whose one poststart hook writes the state it is given to a file; `create`, a look, `start`, a look.
# Expected: nothing after `create`. The OCI runtime specification (config.md, "Poststart"): these hooks MUST be called
# after the program has been executed and before `start` returns; runtime.md, "Lifecycle", has them as step 9.
# Seen: under crun the file is there after `start`, with the status "running". Under runc it is there after `create`,
# with the status "created", and `start` runs no hook: an engine that creates and starts in two steps, as all do, has
# its hook called before the program exists; one that fails makes `create` fail.
# What to do: let a poststart hook not count on the program, its files or its ports; what has to come after the start is
# called after `runc start` has returned.
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

mkdir -p "$work"/root/bundle/rootfs/{bin,dev,proc}
cp "$work/root/usr/bin/busybox" "$work/root/bundle/rootfs/bin/busybox"
cat >"$work/root/bundle/config.json" <<-'END'
	{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
	 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "sleep", "1000"]},
	 "hooks": {"poststart": [{"path": "/usr/bin/busybox", "args": ["busybox", "tee", "/tmp/hook"]}]},
	 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
	 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
END
cat >"$work/root/ask" <<-'END'
	runtime="$1 --root /run/$1"
	told() { grep -o '"status": *"[a-z]*"' /tmp/hook 2>/dev/null || echo none; }
	$runtime create -b /bundle hook </dev/null >/tmp/log 2>&1 || exit 3
	echo "after create: $(told)"
	rm -f /tmp/hook
	$runtime start hook >/tmp/log 2>&1 || exit 3
	echo "after start: $(told)"
	rm -f /tmp/hook
	$runtime delete -f hook
END

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
ask() { # ask RUNTIME
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . busybox sh /ask "$2"' sh "$work/root" "$1" </dev/null 2>&1 | tr -d ' ' | xargs
}
runc=$(ask runc) || unavailable "runc starts no container here: $runc"
crun=$(ask crun) || unavailable "crun starts no container here: $crun"
echo "runc: $runc"
echo "crun: $crun"
[ "$runc" = 'aftercreate:status:created afterstart:none' ] && [ "$crun" = 'aftercreate:none afterstart:status:running' ]
