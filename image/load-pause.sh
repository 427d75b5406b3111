#!/bin/sh
# Loads the image that it carries into an engine.
# loader.sh fills in what is @LIKE_THIS@, takes out comments and indentation, and puts the rest between apostrophes, so
# there is none in here, and no backslash. No word is split: zsh does not. No file is written: a node may have no room.
# All is in functions, and the payload comes first: without its frame, this does nothing.
archive() {
	echo "@PAYLOAD@" | base64 -d | gzip -dc | tar -xOf - $platform
}
load() {
	case $engine in
	podman | docker) archive | "$@" load ;;
	*)
		# From containerd 2.1 on an import with --snapshotter fails, unless it has --local, which older ones do not know.
		case $unpack$("$@" images import --help) in -*--local*) itself=--local ;; esac
		# shellcheck disable=SC2086 # no word or one
		archive | "$@" images import $itself $unpack - && "$@" images label $image io.cri-containerd.pinned=pinned
		;;
	esac
}
fail() {
	echo "load-pause: $1" >&2
	exit "${2-1}"
}
main() {
	only=
	unpack=
	itself=
	silent=
	while [ $# -gt 0 ]; do
		case $1:${2-} in
		--engine:?*) only=$2 ;;
		--snapshotter:?*) unpack=--snapshotter=$2 ;;
		*) only=- && break ;;
		esac
		shift 2
	done
	case $only:$unpack in
	:) set -- ctr k3s podman docker ;;
	:*) set -- ctr k3s ;;
	*) set -- "$only" ;;
	esac
	tried=$*
	for engine; do
		case $unpack:$engine in
		*:ctr) set -- ctr -n k8s.io ;;
		*:k3s) set -- k3s ctr ;;
		:podman | :docker)
			# Where containerd is installed, the image is wanted there: its kubelet looks nowhere else.
			[ ! "$silent" ] || fail "$silent does not answer: start containerd, or choose with --engine"
			set -- "$engine"
			;;
		*) fail "usage: load-pause.sh [--engine ctr|k3s|podman|docker] [--snapshotter NAME]" 2 ;;
		esac
		"$@" version >/dev/null 2>&1 && break
		! command -v "$engine" >/dev/null || silent=$engine
		engine=
	done
	[ "$engine" ] || fail "no engine answers; tried: $tried"

	# MIPS calls itself the same in either byte order: byte 6 of an ELF file is 1 for little, 2 for big endian.
	# shellcheck disable=SC2195 # a placeholder
	case $(uname -m)-$(od -An -tu1 -j5 -N1 /proc/self/exe) in
	@MACHINE@) platform=@PLATFORM@ ;;
	*) fail "no image for $(uname -m) in here" ;;
	esac

	image=@IMAGE@
	log=$(load "$@" 2>&1) || fail "$log"
	echo "load-pause: $image, linux/$platform, is in $engine"
	case $engine in
	podman | docker) exit ;;
	esac

	# Nothing but the version tells it here: in 1.6 the label pins since 1.6.25, in 1.7 since 1.7.10.
	version=$("$@" version)
	version=${version##*Version:  }
	case ${version#v} in
	1.6.2[5-9]* | 1.6.[3-9][0-9]* | 1.7.[1-9][0-9]*) ;;
	1.*) echo "load-pause: this containerd cannot pin it: the kubelet may remove it where no container uses it" >&2 ;;
	esac
	exit
}
main "$@"
