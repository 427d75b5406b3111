#!/usr/bin/env bash
# runc and crun take a bundle that sets the same resource limit twice, and use the last value.
#
# Tools: runc 1.1.15+ds1-2+b4 and crun 1.21-1 of Debian 13; runc 1.3.6 and crun 1.28 do the same.
# Input: a config.json with two entries RLIMIT_NOFILE in process.rlimits, 100 and 50. It is well-formed, and it is what
# comes of a tool that appends its own limit to those of a template. Nothing harmful is in it: both only lower a limit.
# Expected: an error. The OCI runtime specification (config.md, "POSIX process", rlimits): if rlimits contains
# duplicated entries with the same type, the runtime MUST generate an error.
# Seen: both start the program without a word; it has the limit of the last entry. The same rule stands for namespaces,
# and that one they keep: a second entry of a type is refused, which is this script's control.
# What to do: whoever writes bundles replaces the entry of a type instead of appending one, and does not count on the
# runtime to notice.
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
config() { # config LIMITS NAMESPACE: a bundle that prints its limit of open files
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0},
		  "args": ["/bin/busybox", "sh", "-c", "ulimit -n"], "rlimits": [$1]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"} $2]}}
	END
}
limit() { echo "{\"type\": \"RLIMIT_NOFILE\", \"hard\": $1, \"soft\": $1}"; }

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() {
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle limits' sh "$work/root" "$1" </dev/null 2>&1
}

status=0
for runtime in runc crun; do
	config "$(limit 100)" ''
	[ "$(run "$runtime")" = 100 ] || unavailable "$runtime starts no container here"
	config "$(limit 100)" ', {"type": "ipc"}'
	namespaces=$(run "$runtime") && unavailable "$runtime takes a second namespace of a type: no control"
	config "$(limit 100), $(limit 50)" ''
	limits=$(run "$runtime") || status=1
	echo "$runtime, a namespace twice: $namespaces"
	echo "$runtime, a limit twice (100, then 50): the program has $limits"
	[ "$limits" = 50 ] || status=1
done
exit "$status"
