#!/usr/bin/env bash
# Holds namespaces with the program, for a person to see: hold.sh FOLDER, the folder that has the file `pause`.
set -euo pipefail

if [ $# -ne 1 ] || [ ! -x "$1/pause" ]; then
	echo "usage: hold.sh FOLDER, with an executable file named pause in it" >&2
	exit 2
fi

# Who may not make namespaces gets them by way of a user namespace; a container's seccomp profile forbids both.
as_user=() join=nsenter
if ! unshare --pid --fork true 2>/dev/null; then
	as_user=(--user --map-root-user) join='nsenter --user --preserve-credentials'
	unshare "${as_user[@]}" --pid --fork true 2>/dev/null || {
		if [ "$(id -u)" -eq 0 ]; then
			lacks='the capability CAP_SYS_ADMIN, which a container has not by default (docker run --cap-add SYS_ADMIN)'
		else
			lacks='user namespaces, which this kernel does not give you, or root: sudo make run'
		fi
		echo "hold.sh: no namespaces can be made here; that takes $lacks" >&2
		exit 1
	}
fi

# A session of its own: Ctrl-C reaches this script, which passes it on and looks at the clock.
setsid unshare --pid --fork --kill-child --net --ipc --uts "${as_user[@]}" --root="$1" -- /pause &
unshare=$!

# The first signal that asks for the end, and when it came, in microseconds.
pid='' asked='' asked_at=0
trap '[ -n "$asked" ] || asked=INT asked_at=${EPOCHREALTIME/[.,]/}' INT
trap '[ -n "$asked" ] || asked=TERM asked_at=${EPOCHREALTIME/[.,]/}' TERM HUP

held() {
	[[ -n $pid && $(tr '\0' ' ' <"/proc/$pid/cmdline") == '/pause ' ]] && grep -q '^State:.S' "/proc/$pid/status"
} 2>/dev/null

until held; do
	kill -0 $unshare 2>/dev/null || {
		wait $unshare || true
		echo "hold.sh: $1/pause was not started, as unshare(1) says above; is it built for this machine," \
			"$("${0%/*}/platforms.sh" --native)?" >&2
		exit 1
	}
	sleep 0.01
	{ read -r pid <"/proc/$unshare/task/$unshare/children" || true; } 2>/dev/null
done

echo "/pause is PID 1 of its namespaces, process $pid out here, and holds"
for name in pid net ipc uts ${as_user:+user}; do
	printf '  %-5s %s\n' "$name" "$(readlink "/proc/$pid/ns/$name")"
done
echo "with $(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status") kB of memory. Join them from another terminal:"
echo "  $join --target $pid --pid --net --ipc --uts COMMAND"
echo "Ctrl-C stops it."

# A signal interrupts wait(1), which then says nothing of the child.
until [ -n "$asked" ] || ! kill -0 $unshare 2>/dev/null; do
	wait $unshare || true
done
[ -z "$asked" ] || kill "-$asked" "$pid"
status=0
wait $unshare || status=$?
took=$((${EPOCHREALTIME/[.,]/} - asked_at))
if [ -z "$asked" ]; then
	echo "it ended by itself, with status $status" >&2
else
	printf '\nSIG%s: it stopped in %d.%d ms with status %d\n' "$asked" $((took / 1000)) $((took % 1000 / 100)) "$status"
fi
exit "$status"
