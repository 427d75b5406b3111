#!/usr/bin/env bash
# Under catatonit a program starts with three signals blocked, and Ctrl-Z does not suspend it.
#
# Tool: catatonit 0.2.1-2+b14 of Debian 13 (0.1.7 of Debian 12 does the same); it is what `podman run --init` uses.
# tini 0.19.0 of the same release is asked for comparison.
# Input: each as PID 1 of a PID namespace, with a program that prints its mask of blocked signals; then with a sleep, to
# which SIGTSTP is sent, the signal of Ctrl-Z.
# Expected: nothing is blocked, as nothing was when the init started. The mask is kept by execve(2) and fork(2) (see
# signal(7)), so an init that blocks signals for itself has to restore it for its program; catatonit's page says that
# it forwards signals to the program.
# Seen: under tini nothing is blocked and the sleep stops (state T). Under catatonit SIGTSTP, SIGTTIN and
# SIGTTOU are blocked (SigBlk 380000): it adds them to its child's mask. The sleep goes on, with SIGTSTP pending; so do
# all programs that it starts, unless one clears its mask, as some shells do.
# What to do: where job control or SIGTSTP matters, use tini (`podman run --init --init-path`, or the engine's own
# `init_path`), or have the program clear its mask by sigprocmask(2) when it starts.
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
packages trixie catatonit=0.2.1-2+b14 tini coreutils grep

# Each init is asked as PID 1 in the unpacked root.
# shellcheck disable=SC2016 # for the inner shell
as_init() { # as_init INIT COMMAND..., in a subshell
	exec unshare -mpf --kill-child sh -c 'root=$1 && shift && mount -t proc proc "$root/proc" &&
		exec chroot "$root" "$@"' sh "$work/root" "$1" -- "${@:2}" </dev/null
}
status=0
for init in tini catatonit; do
	mask=$(as_init "$init" grep SigBlk /proc/self/status | tr -d '[:blank:]') || unavailable "$init does not run here"
	# SIGTSTP for a sleep under it. The PID namespace goes when `unshare` is killed.
	as_init "$init" sleep 1000 &
	namespace=$!
	for ((i = 0; i < 100; i++)); do
		one=$(pgrep -P "$namespace") && sleep=$(pgrep -P "$one" -x sleep) && break
		sleep 0.1
	done
	[ -n "${sleep:-}" ] || unavailable "$init starts no sleep"
	kill -TSTP "$sleep"
	sleep 1
	state=$(sed -n 's/^State:[[:blank:]]*//p' "/proc/$sleep/status")
	pending=$(sed -n 's/^ShdPnd:[[:blank:]]*//p' "/proc/$sleep/status")
	kill -KILL "$namespace"
	wait "$namespace" 2>/dev/null || :
	echo "$init: $mask; after SIGTSTP a sleep is in state $state, pending: $pending"
	case $init/${mask#*:}/$state/$pending in
	catatonit/0000000000380000/S*/0000000000080000) ;;
	tini/0000000000000000/T*/0000000000000000) ;;
	*) status=1 ;;
	esac
done
exit "$status"
