#!/usr/bin/env bats
# examples/systemd and docs/keep-alive.md's section without an engine, by systemd itself: a Debian 13 whose PID 1 it is, in
# namespaces on this machine's kernel, with podman and Docker in it.
# shellcheck disable=SC2016 # the scripts are for a shell in there

load ../../tests/helpers
load ../../tests/engines/engines

setup_file() {
	local base
	needs root
	base=$("$ROOT/lab/node/base.sh")
	# Not under /tmp, which may be memory.
	FOLDER=$(mktemp -d "$(dirname "$base")/run.XXXXXX")
	CGROUP=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)/${FOLDER##*/}
	export FOLDER CGROUP
	tar -x -f "$base/root.tar" -C "$FOLDER" --numeric-owner
	install -D -m 755 -t "$FOLDER/usr/local/bin" "$PAUSE"
	install -D -m 644 -t "$FOLDER/etc/systemd/system" "$ROOT"/examples/systemd/*.service
	install -D -m 644 -t "$FOLDER/etc/compose/home" "$ROOT/examples/compose.yaml"
	cp "$ROOT/dist/pause.tar" "$FOLDER/root"
	# Where this machine has its controllers in cgroup v1, there is none for podman's limit.
	printf '[containers]\npids_limit = 0\n' >"$FOLDER/etc/containers/containers.conf"
	ln -s /dev/null "$FOLDER/etc/systemd/system/console-getty.service" # there is no console
	boot
	inside '
		mkdir -p busybox/bin
		cp /bin/busybox busybox/bin
		for applet in sh nc sleep; do ln -sf busybox "busybox/bin/$applet"; done
		tar -C busybox -cf busybox.tar .
		podman import --quiet --change "ENV PATH=/bin" busybox.tar docker.io/library/busybox:latest
		docker import --change "ENV PATH=/bin" busybox.tar busybox
		docker load --quiet -i pause.tar
		systemctl enable --now hold'
	inside 'systemctl --version | head -n 1; podman --version; docker --version; docker compose version; bwrap --version' >&3
}

teardown_file() {
	[ -z "${FOLDER-}" ] || {
		power_off
		within 60 no_cgroup
		rm -rf "$FOLDER"
	}
}
no_cgroup() {
	find "$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -e "$CGROUP" ]
}

boot() {
	start_daemon container "$ROOT/lab/node/container.sh" "$FOLDER" "$CGROUP"
	within 60 is_there
	within 120 inside 'systemctl is-system-running --wait' 2>/dev/null
}
is_there() {
	[ "$(cat "/proc/$(pid_1)/comm")" = systemd ]
} 2>/dev/null
pid_1() {
	children_of "$(cut -d ' ' -f 1 "$ENGINES/container.pid")"
}
# As if the power were cut.
power_off() {
	kill -KILL "$(pid_1)"
	within 60 has_ended container
}

# Runs a script in there as root: inside SCRIPT
inside() {
	nsenter --target "$(pid_1)" --mount --pid --uts --ipc --net --cgroup env -i HOME=/root \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -euxo pipefail -c '
			cd
			within() {
				set +x
				local deadline=$((SECONDS + $1))
				shift
				until "$@"; do [ $SECONDS -lt $deadline ] || return 1; sleep 0.2; done
				set -x
			}
			show() { systemctl show --property "$2" --value "$1"; }
			said_by() { journalctl --quiet --output cat "_SYSTEMD_INVOCATION_ID=$1"; }
			net_of() { readlink "/proc/$1/ns/net"; }
			'"$1" 3>&-
}

setup() {
	inside 'systemctl start hold'
}

teardown() {
	inside 'systemctl stop hold member; rm -rf /etc/systemd/system/hold.service.d; systemctl daemon-reload
		systemctl reset-failed'
}

@test "hold.service: active, a user of its own, no rights, and no warning but that it is not PID 1; it stops with success" {
	inside '
		pid=$(show hold MainPID) invocation=$(show hold InvocationID)
		[ "$(show hold ActiveState)" = active ]
		cmp "/proc/$pid/exe" /usr/local/bin/pause
		grep -E "^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):" "/proc/$pid/status" >status
		! grep "^Uid:.*\b0\b" status || exit 1
		grep "^CapEff:.*\b0000000000000000" status
		grep "^CapBnd:.*\b0000000000000000" status
		grep "^NoNewPrivs:.*\b1$" status
		grep "^Seccomp:.*\b2$" status
		[ "$(net_of "$pid")" != "$(net_of 1)" ]
		said() { [ "$(said_by "$invocation")" = "pause: warning: not PID 1" ]; }
		within 60 said
		systemctl stop hold
		[ "$(show hold Result) $(show hold ExecMainCode) $(show hold ExecMainStatus)" = "success 1 0" ] # exited, 0
		microseconds=$(($(show hold InactiveEnterTimestampMonotonic) - $(show hold ActiveExitTimestampMonotonic)))
		[ $microseconds -lt 10000000 ]'
}

@test "JoinsNamespaceOf=: members are in its network, before and after their restart, and reach each other; others are not" {
	inside '
		systemctl start member
		pid=$(show hold MainPID)
		[ "$(net_of "$(show member MainPID)")" = "$(net_of "$pid")" ]
		ask() {
			systemd-run --quiet --pipe --wait --collect --property PrivateNetwork=yes "$@" \
				busybox nc -w 5 127.0.0.1 5353 </dev/null
		}
		within 60 ask --property JoinsNamespaceOf=hold.service
		[ "$(ask --property JoinsNamespaceOf=hold.service)" = answer ]
		! ask || exit 1
		systemctl restart member
		[ "$(net_of "$(show member MainPID)")" = "$(net_of "$pid")" ]
		[ "$(show hold MainPID)" = "$pid" ]'
}

@test "JoinsNamespaceOf=: what a unit leaves in /tmp and in IPC is there for the next one" {
	inside '
		joined() {
			systemd-run --quiet --pipe --wait --collect --property JoinsNamespaceOf=hold.service \
				--property PrivateTmp=yes --property PrivateIPC=yes "$@"
		}
		joined sh -c "echo kept >/tmp/left; ipcmk --queue"
		[ "$(joined cat /tmp/left)" = kept ]
		[ "$(joined ipcs --queues | grep -c ^0x)" -eq 1 ]
		[ ! -e /tmp/left ]
		[ "$(ipcs --queues | grep -c ^0x)" -eq 0 ]'
}

@test "podman joins its network, by the page's option" {
	local option
	option=$(grep -oE -- '--network "ns:[^"]*"' "$ROOT/docs/keep-alive.md" | head -n 1)
	inside "
		systemctl start member
		$(printf %q podman) run -d --name joined $option busybox sleep 600"'
		[ "$(net_of "$(podman inspect -f "{{.State.Pid}}" joined)")" = "$(net_of "$(show hold MainPID)")" ]
		answer() { [ "$(podman exec joined nc -w 5 127.0.0.1 5353 </dev/null)" = answer ]; }
		within 60 answer
		podman rm -f -t 0 joined'
}

# A setting of hold.service beside its own: setting LINE
setting() {
	inside "mkdir -p /etc/systemd/system/hold.service.d
		printf '[Service]\n%s\n' '$1' >/etc/systemd/system/hold.service.d/more.conf
		systemctl daemon-reload
		systemctl restart hold"
}

@test "PrivatePIDs=yes: it is PID 1 of a PID namespace, says nothing, and stops with success" {
	setting PrivatePIDs=yes
	inside '
		pid=$(show hold MainPID) invocation=$(show hold InvocationID)
		[ "$invocation" ]
		grep "^NSpid:.*\b$pid[[:space:]]1$" "/proc/$pid/status"
		cmp "/proc/$pid/exe" /usr/local/bin/pause
		systemctl stop hold
		[ "$(show hold Result)" = success ]
		journalctl --sync
		[ -z "$(said_by "$invocation")" ]'
}

@test "RuntimeMaxSec= ends it after that time, by SIGTERM, and the unit has failed with the result timeout" {
	setting RuntimeMaxSec=1
	inside '
		is_over() { [ "$(show hold ActiveState)" = failed ]; }
		within 60 is_over
		[ "$(show hold Result) $(show hold ExecMainCode) $(show hold ExecMainStatus)" = "timeout 1 0" ]'
}

@test "User=65535 is refused, since it is no user to systemd" {
	inside '
		as() { systemd-run --quiet --pipe --wait --collect --property "User=$1" /usr/local/bin/pause -v; }
		as 65534
		! as 65535 2>refused || exit 1
		grep "Invalid User setting: 65535" refused'
}

@test "a transient timer stops a container of Docker, and is gone" {
	inside '
		docker run -d --name box --network none -v /usr/local/bin/pause:/pause:ro --entrypoint /pause busybox
		systemd-run --on-active=1s --unit end-box docker stop box
		[ "$(docker wait box)" -eq 0 ]
		is_gone() { [ "$(show end-box.timer LoadState) $(show end-box.service LoadState)" = "not-found not-found" ]; }
		within 60 is_gone
		docker rm box'
}

@test "systemd-nspawn with --kill-signal=SIGTERM: it ends with success; machinectl terminate ends it, and stop does not" {
	inside '
		mkdir -p box/usr
		cp /usr/local/bin/pause box
		start() {
			systemd-run --unit nspawn --property TimeoutStopSec=5 --property KillMode=mixed systemd-nspawn --quiet --register=yes \
				--keep-unit --machine=box --directory=/root/box "$@" /pause
			is_up() { leader=$(machinectl show --property Leader --value box) && cmp "/proc/$leader/exe" /usr/local/bin/pause; }
			within 60 is_up
			grep "^NSpid:.*\b1$" "/proc/$leader/status"
		}
		start --kill-signal=SIGTERM
		systemctl stop nspawn
		! systemctl is-failed nspawn || exit 1 # it would be here still

		start --kill-signal=SIGTERM
		machinectl poweroff box # which is what machinectl stop does
		sleep 3
		cmp "/proc/$leader/exe" /usr/local/bin/pause
		machinectl terminate box
		is_gone() { ! machinectl show box; }
		within 60 is_gone

		# Without the option it is killed.
		start
		systemctl stop nspawn
		[ "$(show nspawn Result) $(show nspawn ExecMainStatus)" = "exit-code 1" ]'
}

@test "bubblewrap: PID 1 of a sandbox, and SIGTERM ends it with status 0" {
	inside "
		cp /usr/local/bin/pause .
		$(snippet keep-bwrap keep-alive) >/dev/null 2>&1 &"'
		is_up() { pid=$(pgrep --newest -x -f /pause); }
		within 60 is_up
		grep "^NSpid:.*\b1$" "/proc/$pid/status"
		kill "$pid"
		wait $!'
}

# Docker starts containers side by side; a member that comes before the holder stays down. Of twenty members some nearly always do.
@test "Compose: after a restart of Docker some members are down, and stay so; compose-up@.service brings them up, after a power cut too" {
	local functions='
		cd /etc/compose/home
		up() { docker compose ps -q | xargs docker inspect -f "{{.State.Running}}" | grep -c true; }
		all_up() { [ "$(up)" -eq 22 ]; }
		holder() { docker compose ps -q holder; }'
	inside "$functions"'
		echo "services: {asker: {deploy: {replicas: 20}}}" >compose.override.yaml
		docker compose up -d
		within 120 all_up
		holder >/root/holder
		restart() { systemctl reset-failed docker; systemctl restart docker; } # which may be done as often as one likes
		for try in {1..20}; do
			restart
			[ "$(up)" -eq 22 ] || break
		done
		sleep 10
		! all_up || exit 1
		[ "$(docker inspect -f "{{.State.Running}}" "$(holder)")" = true ]
		docker compose ps -aq | xargs docker inspect -f "{{.State.Error}}" | grep "cannot join network"

		systemctl enable --now compose-up@home
		all_up
		for try in {1..3}; do
			restart
			within 120 all_up
		done'
	power_off
	boot
	inside "$functions"'
		within 120 all_up
		[ "$(holder)" = "$(cat /root/holder)" ] # it was not made anew
		docker compose logs asker --tail 1 | grep answer
		docker compose down'
}
