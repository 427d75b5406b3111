#!/bin/sh
# Ends what runs in a container that pause keeps up, in good order, and then the container:
#   stop.sh docker|podman CONTAINER [SECONDS]
# Everything in it but PID 1 gets SIGTERM, and has so many seconds to end, by default 60; what has not ended by then is
# killed with the container. The image needs a shell. Status 0: all ended; 1: something had to be killed; 2: wrong usage.
set -eu
case $# in
2 | 3) ;;
*)
	echo "usage: stop.sh docker|podman CONTAINER [SECONDS]" >&2
	exit 2
	;;
esac
engine=$1 box=$2 seconds=${3-60} status=0

# What runs in it: PID 1, this shell, and the rest, which is nothing when it has ended. A zombie has ended.
# shellcheck disable=SC2016 # for the shell in there
"$engine" exec --user 0 "$box" sh -c '
	left() {
		for process in /proc/[0-9]*; do
			case ${process#/proc/} in
			1 | $$) ;;
			*)
				read -r line <"$process/stat" || continue
				case ${line##*) } in
				[ZX]*) ;;
				*) return 0 ;;
				esac
				;;
			esac
		done 2>/dev/null
		return 1
	}
	kill -TERM -1 2>/dev/null
	seconds=$1
	while left; do
		[ $((seconds -= 1)) -ge 0 ] || exit 1
		sleep 1
	done' stop "$seconds" || status=1
[ $status -eq 0 ] || echo "stop.sh: $box: something in it did not end within $seconds seconds" >&2
"$engine" stop "$box" >/dev/null
exit $status
