#!/usr/bin/env bash
# Three inits for containers, three statuses for a program that is not there: 127, 2 and 1.
#
# Tools: tini 0.19.0-3+b8, dumb-init 1.2.5-3 and catatonit 0.2.1-2+b14 of Debian 13.
# Input: each starts a program that is not there, a file that may not be executed, and one that exits with 2.
# Expected: 127, 126 and 2. POSIX has the first two for whoever starts commands for others ("Exit Status for Commands"
# in the shell's chapter; nohup, env, nice and xargs state the same), and podman-run(1), "Exit Status", promises them
# for containers.
# Seen: tini returns 127 and 126. dumb-init returns 2 for both, catatonit 1 for both, so that neither can be told from a
# program that ran and failed. `podman run --init` starts catatonit, and returns 1 where podman without --init returns
# 127 and 126 (podman 4.3.1 of Debian 12).
# What to do: where 126 and 127 matter use tini (`podman run --init --init-path /usr/bin/tini-static` returns 127), or
# look for the init's message on stderr.
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
packages trixie tini=0.19.0-3+b8 dumb-init=1.2.5-3 catatonit=0.2.1-2+b14 busybox-static

touch "$work/root/tmp/not-executable"
# Each init is PID 1 of a PID namespace, as in a container.
# shellcheck disable=SC2016 # for the inner shell
as_init() { # as_init INIT PROGRAM...: prints the status
	unshare -mpf --kill-child sh -c 'root=$1 && shift && mount -t proc proc "$root/proc" && exec chroot "$root" "$@"' \
		sh "$work/root" "$1" -- "${@:2}" </dev/null >"$work/log" 2>&1 && echo 0 || echo $?
}
status=0
for init in tini dumb-init catatonit; do
	two=$(as_init "$init" busybox sh -c 'exit 2')
	[ "$two" = 2 ] || unavailable "$init does not run here: $(tail -n 1 "$work/log")"
	missing=$(as_init "$init" /tmp/missing)
	message=$(tail -n 1 "$work/log")
	refused=$(as_init "$init" /tmp/not-executable)
	echo "$init: a program that exits with 2: $two; no such file: $missing ($message); not executable: $refused"
	case $init/$missing/$refused in
	tini/127/126 | dumb-init/2/2 | catatonit/1/1) ;;
	*) status=1 ;;
	esac
done
exit "$status"
