#!/usr/bin/env bash
# Under dumb-init a program no longer ignores the signals that its caller had it ignore; nohup has no effect.
#
# Tool: dumb-init 1.2.5-3 of Debian 13. tini 0.19.0-3+b8 of the same release is asked the same for comparison.
# Input: nohup, and a shell that ignores SIGINT, start each of them with a program that prints its mask of ignored
# signals; then with one that sends SIGHUP to itself.
# Expected: SIGHUP (1) and SIGINT (2) are ignored by the program. Ignored signals stay so through execve(2) and fork(2)
# (signal(7), "Signal dispositions"), and nohup(1) runs a command so that it ignores hangups. dumb-init's manual says
# that it forwards signals, and of none that it changes what the program does with them.
# Seen: under tini SIGHUP and SIGINT are ignored (SigIgn 3), and the program goes on. Under dumb-init no signal is
# ignored, and SIGHUP ends the program, which it would not without dumb-init.
# What to do: put it the other way round, `dumb-init nohup PROGRAM`; a script under it sets its own `trap '' HUP`.
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
packages trixie dumb-init=1.2.5-3 tini=0.19.0-3+b8 busybox-static

# Each init is PID 1 of a PID namespace, as in a container.
# shellcheck disable=SC2016 # for the inner shell
as_init() { # as_init INIT PROGRAM...
	unshare -mpf --kill-child sh -c 'mount -t proc proc "$1/proc" && trap "" INT && exec nohup chroot "$@"' \
		sh "$work/root" "$1" -- "${@:2}" </dev/null 2>"$work/log"
}
status=0
for init in tini dumb-init; do
	mask=$(as_init "$init" busybox grep SigIgn /proc/self/status | tr -d '[:blank:]') ||
		unavailable "$init does not run here: $(tail -n 1 "$work/log")"
	# shellcheck disable=SC2016 # for the inner shell
	program=$(as_init "$init" busybox sh -c 'kill -HUP $$; echo goes on') || program="ends with status $?"
	echo "$init: $mask; a program that gets SIGHUP $program"
	case $init/$mask/$program in
	"tini/SigIgn:0000000000000003/goes on" | "dumb-init/SigIgn:0000000000000000/ends with status 129") ;;
	*) status=1 ;;
	esac
done
exit "$status"
