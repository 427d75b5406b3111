#!/usr/bin/env bash
# runc takes an error number for seccomp actions that return none, and passes over it.
#
# Tool: runc 1.1.15+ds1-2+b4 of Debian 13 (1.3.6 of sid does the same). crun 1.21-1 is asked the same for comparison.
# Input: a bundle whose seccomp part has errnoRet 38 (ENOSYS) for one system call, with each of the actions.
# Expected: the program starts with SCMP_ACT_ERRNO and SCMP_ACT_TRACE, and an error with the others. The OCI runtime
# specification (config-linux.md, "Seccomp", errnoRet and defaultErrnoRet): when the action does not support an errno,
# the runtime MUST print an error and fail.
# Seen: crun does that: "errno value specified for action `SCMP_ACT_KILL`". runc starts the program with each of them,
# without a word: of two profiles that differ in the action alone, as when KILL is tried in place of ERRNO, only one
# runs under crun.
# What to do: remove errnoRet where the action is changed; try a profile that runc takes with crun before it is shared.
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

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() { # run RUNTIME ACTION
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "true"]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}],
		  "seccomp": {"defaultAction": "SCMP_ACT_ALLOW",
		   "syscalls": [{"names": ["kexec_load"], "action": "$2", "errnoRet": 38}]}}}
	END
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle errno' sh "$work/root" "$1" </dev/null 2>&1
}

status=0
for runtime in runc crun; do
	for action in ERRNO TRACE KILL KILL_PROCESS TRAP LOG; do
		said=$(run "$runtime" "SCMP_ACT_$action") && result=0 || result=1
		echo "$runtime, $action: status $result $said"
		case $runtime/$action/$result in
		runc/*/0 | crun/ERRNO/0 | crun/TRACE/0) ;;
		*/ERRNO/*) unavailable "$runtime starts no container here" ;;
		crun/*/1) [[ $said == "errno value specified for action"* ]] || status=1 ;;
		*) status=1 ;;
		esac
	done
done
exit "$status"
