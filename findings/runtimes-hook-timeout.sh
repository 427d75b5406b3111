#!/usr/bin/env bash
# A hook's timeout of 0 is no time at all for runc, and no limit for crun; neither says that it is not allowed.
#
# Tools: runc 1.1.15+ds1-2+b4 and crun 1.21-1 of Debian 13; runc 1.3.6 and crun 1.28 do the same.
# Input: a bundle with a createRuntime hook that takes a second, with the timeouts 5, 0 and -1, and with none.
# Expected: an error for 0 and -1. The OCI runtime specification (config.md, "POSIX-platform Hooks", timeout): if set,
# it MUST be greater than zero; "Valid values": runtimes MUST generate an error when invalid values are encountered.
# Seen: with 0, runc ends the hook at once, "hook ran past specified timeout", and starts no container; crun waits for
# the hook, as if no timeout were set, and runs the program. With -1 both end the hook at once. So a bundle with 0
# works with one of them only.
# What to do: leave timeout out for no limit, which both take so.
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
command -v jq >/dev/null || unavailable "it needs jq"
packages trixie runc=1.1.15+ds1-2+b4 crun=1.21-1 busybox-static

mkdir -p "$work"/root/bundle/rootfs/{bin,dev,proc}
cp "$work/root/usr/bin/busybox" "$work/root/bundle/rootfs/bin/busybox"
cat >"$work/config" <<-'END'
	{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
	 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "echo", "program"]},
	 "hooks": {"createRuntime": [{"path": "/usr/bin/busybox", "args": ["busybox", "sleep", "1"]}]},
	 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
	 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
END

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() { # run RUNTIME: says whether the bundle's program ran, or the runtime's error
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle one' sh "$work/root" "$1" </dev/null 2>&1 |
		tr '\n' ' ' | sed 's/.*\(hook ran past specified timeout\|timeout expired\).*/\1/; s/ $//'
}
answers=$(for runtime in runc crun; do
	for timeout in null 5 0 -1; do
		jq ".hooks.createRuntime[].timeout = $timeout | del(..|nulls)" "$work/config" >"$work/root/bundle/config.json"
		echo "$runtime, ${timeout/null/none}: $(run $runtime)"
	done
done)
echo "$answers"
for runtime in runc crun; do
	[[ $answers == *"$runtime, none: program"* ]] || unavailable "$runtime starts no container here"
done
[ "$answers" = 'runc, none: program
runc, 5: program
runc, 0: hook ran past specified timeout
runc, -1: hook ran past specified timeout
crun, none: program
crun, 5: program
crun, 0: program
crun, -1: timeout expired' ]
