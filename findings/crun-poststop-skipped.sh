#!/usr/bin/env bash
# crun runs no poststop hooks for a container whose creation failed.
#
# Tool: crun 1.21-1 of Debian 13 (1.28 of sid does the same). runc 1.1.15+ds1-2+b4 is asked the same for comparison.
# Input: a bundle with two createRuntime hooks, of which the first one makes a file and the second one fails, and a
# poststop hook that is to remove the file: what a hook that sets up an address or a mount does.
# Expected: the file is gone. The OCI runtime specification (runtime.md, "Lifecycle", steps 4, 12 and 13): if a
# createRuntime hook fails, the runtime generates an error, and the lifecycle goes on at step 12: the container is
# destroyed, and the poststop hooks MUST be invoked.
# Seen: both fail, as they should, and no container is left. Under runc the poststop hook has run. Under crun it has
# not, and nobody is left who would call it: `crun delete` says that there is no such container. It is the same when a
# prestart or a createContainer hook fails.
# What to do: let the hook that fails clean up after the earlier ones, or whoever called `crun create` when it returns
# an error.
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
config() { # config APPLET: a bundle whose second createRuntime hook is this
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "true"]},
		 "hooks": {"createRuntime": [{"path": "/usr/bin/busybox", "args": ["busybox", "touch", "/tmp/made"]},
		   {"path": "/usr/bin/busybox", "args": ["busybox", "$1"]}],
		  "poststop": [{"path": "/usr/bin/busybox", "args": ["busybox", "rm", "/tmp/made"]}]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
	END
}

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() { # run RUNTIME: prints what `run` returned and whether the file is still there
	local result=0 file=gone
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle hooks' sh "$work/root" "$1" </dev/null 2>"$work/log" ||
		result=failed
	[ ! -e "$work/root/tmp/made" ] || file=there
	rm -f "$work/root/tmp/made"
	echo "$result, the file is $file"
}

status=0
for runtime in runc crun; do
	config true
	control=$(run "$runtime")
	[ "$control" = "0, the file is gone" ] || unavailable "$runtime: $control, $(tail -n 1 "$work/log")"
	config false
	failing=$(run "$runtime")
	echo "$runtime, all hooks succeed: $control; a createRuntime hook fails: $failing"
	case $runtime/$failing in
	"runc/failed, the file is gone" | "crun/failed, the file is there") ;;
	*) status=1 ;;
	esac
done
exit "$status"
