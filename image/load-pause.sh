#!/bin/sh
# Loads the image that it carries into an engine.
# loader.sh fills in what is @LIKE_THIS@, takes out comments and indentation, and puts the rest between apostrophes, so
# there is none in here, and no backslash. No word is split: zsh does not. No file is written: a node may have no room.
# All is in functions, and the payload comes first: without its frame, this does nothing.
archive() {
	echo "@PAYLOAD@" | base64 -d | gzip -dc | tar -xOf - $platform
}
pin() {
	"$@" images label $image io.cri-containerd.pinned=pinned
}
load() {
	case $engine in
	podman | docker) archive | "$@" load ;;
	nerdctl) archive | "$@" load && pin ctr -n k8s.io ;; # it has no command for labels
	*) archive | "$@" images import - && pin "$@" ;;
	esac
}
fail() {
	echo "load-pause: $1" >&2
	exit "${2-1}"
}
main() {
	case "$# ${1-}" in
	"0 ") set -- ctr k3s nerdctl podman docker ;;
	"2 --engine") shift ;;
	*) set -- "" ;;
	esac
	tried=$*
	for engine; do
		case $engine in
		ctr | nerdctl) set -- "$engine" -n k8s.io ;;
		k3s) set -- k3s ctr ;;
		podman | docker) set -- "$engine" ;;
		*) fail "usage: load-pause.sh [--engine ctr|k3s|nerdctl|podman|docker]" 2 ;;
		esac
		"$@" version >/dev/null 2>&1 && break
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
	exit
}
main "$@"
