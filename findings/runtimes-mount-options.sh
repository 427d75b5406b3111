#!/usr/bin/env bash
# runc and crun each hand some mount options that they must know to the file system, which refuses them.
#
# Tools: runc 1.1.15+ds1-2+b4 and crun 1.21-1 of Debian 13; runc 1.3.6 and crun 1.28 do the same.
# Input: a bundle that mounts a tmpfs with one option, for each of eight options.
# Expected: the container starts. The OCI runtime specification (config.md, "Linux mount options") has a table of
# options that a runtime MUST implement; `defaults`, `silent`, `loud`, `iversion` and `noiversion` are in it, as
# mount(8) has them. They need no data for the file system: they are flags of mount(2), or nothing at all.
# Seen: runc does not know `defaults` ("data=defaults: invalid argument"); crun does not know `silent`, `loud`,
# `iversion` and `noiversion` ("mount `tmpfs` to `m`: Invalid argument"). Each takes what the other one refuses, so
# that an /etc/fstab line turned into a bundle starts under one of them alone.
# What to do: leave these five out of a bundle; none of them changes anything that a container would notice.
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

mkdir -p "$work"/root/bundle/rootfs/{bin,dev,m,proc}
cp "$work/root/usr/bin/busybox" "$work/root/bundle/rootfs/bin/busybox"

# In a mount namespace of its own, where the unpacked root is a mount point, as pivot_root(2) wants it, and without
# the second hierarchy of a hybrid cgroup layout, which crun refuses.
# shellcheck disable=SC2016 # for the inner shell
run() { # run RUNTIME OPTION
	cat >"$work/root/bundle/config.json" <<-END
		{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
		 "process": {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "true"]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
		  {"destination": "/m", "type": "tmpfs", "source": "tmpfs", "options": ["$2"]}],
		 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]}}
	END
	unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; cd "$1" && mount --bind . . && cd "$1" &&
		mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc &&
		exec chroot . "$2" --root "/run/$2" run -b /bundle options' sh "$work/root" "$1" </dev/null 2>"$work/error"
}

declare -A refused=([runc]='' [crun]='')
for runtime in runc crun; do
	run "$runtime" nosuid || unavailable "$runtime starts no container here: $(tail -n 1 "$work/error")"
	for option in defaults silent loud iversion noiversion noatime rw; do
		if run "$runtime" "$option"; then
			echo "$runtime, $option: starts"
		else
			echo "$runtime, $option: $(tail -n 1 "$work/error")"
			refused[$runtime]+="$option "
		fi
	done
done
[ "${refused[runc]}" = 'defaults ' ] && [ "${refused[crun]}" = 'silent loud iversion noiversion ' ]
