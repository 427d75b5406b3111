#!/usr/bin/env bash
# Debian 13's runc says that it takes bundles of version 1.2.0, and drops four of their properties without a word.
#
# Tool: runc 1.1.15+ds1-2+b4 of Debian 13. crun 1.21-1 of the same release is asked the same for comparison.
# Input: a bundle of version 1.2.0 that sets ioPriority, scheduler and personality for its program, and domainname.
# Expected: the program has them, or an error. `runc features` says ociVersionMax 1.2.0, which the runtime MUST accept
# (OCI runtime specification, features.md, ociVersionMax), and all properties MUST be applied; if one cannot be, the
# runtime MUST generate an error (runtime.md, "Create").
# Seen: runc returns 0, and the program has none of the four: no I/O class, the policy 0 (SCHED_OTHER), the machine
# x86_64, no domain name. A class that no version knows, IOPRIO_CLASS_NONSUCH, passes as well. crun, whose
# features say 1.1.0+dev, applies all four and refuses that class.
# What to do: do not go by ociVersionMax of this package: it is the version of the Go package with the specification's
# types that runc was built with. Use crun, or runc 1.3.6 of sid, which applies all four.
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
cat >"$work/root/bundle/rootfs/look" <<-'END'
	ionice
	sed -n 's/^policy *: */policy /p' /proc/self/sched
	uname -m
	cat /proc/sys/kernel/domainname
END
config() { # config CLASS
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "1.2.0", "root": {"path": "rootfs"}, "domainname": "example.test",
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "sh", "/look"],
		  "ioPriority": {"class": "$1", "priority": 4}, "scheduler": {"policy": "SCHED_BATCH"}},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
		 "linux": {"personality": {"domain": "LINUX32"},
		  "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}]}}
	END
}

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
runtime() { # runtime RUNTIME ARGUMENT...
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && shift && mount --bind . . && cd "$PWD" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc && runtime=$1 && shift &&
		exec chroot . "$runtime" --root "/run/$runtime" "$@"' sh "$work/root" "$@" </dev/null 2>&1
}
status=0
for name in runc crun; do
	version=$(runtime "$name" features | grep -o '"ociVersionMax": *"[^"]*"' | tr -d ' "')
	config IOPRIO_CLASS_IDLE
	has=$(runtime "$name" run -b /bundle known | xargs) || unavailable "$name starts no container here: $has"
	config IOPRIO_CLASS_NONSUCH
	nonsuch=$(runtime "$name" run -b /bundle unknown | xargs) || :
	echo "$name, $version: the program has $has"
	echo "$name, with a class of no version: $nonsuch"
	case "$name, $version, $has, $nonsuch" in
	"runc, ociVersionMax:1.2.0, none: prio 0 policy 0 x86_64 (none), none: prio 0 policy 0 x86_64 (none)") ;;
	"crun, ociVersionMax:1.1.0+dev, idle policy 3 i686 example.test, invalid io priority"*) ;;
	*) status=1 ;;
	esac
done
exit "$status"
