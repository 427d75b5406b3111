#!/usr/bin/env bash
# runc does not know the stop signal that the image specification has as its example, SIGRTMIN+3.
#
# Tool: runc 1.1.15+ds1-2+b4 of Debian 13 (1.3.6 of sid does the same). crun 1.21-1 is asked the same for comparison.
# Input: a container that ends with 0 on SIGRTMIN+3, as systemd does in one; `kill` with that name, then the number.
# Expected: the signal is sent. The OCI image specification (config.md, StopSignal) has SIGKILL and SIGRTMIN+3 as its
# examples of a name, and the OCI runtime specification (runtime.md, "Kill") says that the runtime MUST send the
# specified signal. runc-kill(8) says that a signal can be given by its name, as `kill -l` lists them; bash's lists it.
# Seen: runc returns 1: "unknown signal "SIGRTMIN+3"", and the container runs on. With the number, 37, it ends. crun
# takes both. Engines turn the name into a number before they call runc; scripts and units that call it do not.
# What to do: give runc the number: 34 + N for SIGRTMIN+N with glibc.
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
	 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0},
	  "args": ["/bin/busybox", "sh", "-c", "trap 'exit 0' 37; while :; do sleep 1; done"]},
	 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
	 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
END
cat >"$work/root/ask" <<-'END'
	runtime="$1 --root /run/$1"
	state() { $runtime state signal | grep -o '"status": *"[a-z]*"' | cut -d '"' -f 4; }
	for signal in SIGRTMIN+3 37; do
		$runtime create -b /bundle signal </dev/null >/dev/null 2>/tmp/log && $runtime start signal || exit
		sleep 1
		$runtime kill signal "$signal" >/tmp/log 2>&1 && result=0 || result=$?
		for i in 1 2 3 4; do
			[ "$(state)" = running ] && sleep 1
		done
		echo "kill $signal: status $result, then the container is $(state)."
		$runtime delete -f signal
	done
END

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
ask() { # ask RUNTIME
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . busybox sh /ask "$2"' sh "$work/root" "$1" </dev/null 2>&1 | xargs
}
runc=$(ask runc) || unavailable "runc starts no container here: $runc"
crun=$(ask crun) || unavailable "crun starts no container here: $crun"
echo "runc: $runc"
echo "crun: $crun"
kill37='kill 37: status 0, then the container is stopped.'
[ "$runc" = "kill SIGRTMIN+3: status 1, then the container is running. $kill37" ] &&
	[ "$crun" = "kill SIGRTMIN+3: status 0, then the container is stopped. $kill37" ]
