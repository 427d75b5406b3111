#!/usr/bin/env bats
# docs/keep-alive.md without an engine: systemd's opinion of the units, bubblewrap, and a network of a process that podman
# joins; make install.

load ../helpers
load engines

UNITS=$ROOT/examples/systemd

setup() {
	cd "$BATS_TEST_TMPDIR"
	cp "$PAUSE" pause
}

# Units whose programs are there: units FOLDER
units() {
	mkdir "$1"
	cp "$UNITS"/*.service "$1"
	sed -i "s,/usr/local/bin/pause,$PWD/pause,; s,^ExecStart=/usr/bin/busybox,ExecStart=$(command -v busybox)," "$1"/*.service
	mv "$1/compose-up@.service" "$1/compose-up@home.service"
	mkdir "$1/compose"
	printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >"$1/docker.service"
}

@test "systemd has nothing to say of the units" {
	units units
	SYSTEMD_UNIT_PATH=$PWD/units: run systemd-analyze verify --man=no units/{hold,member,compose-up@home}.service
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	# it sees what is wrong
	echo 'JoinsNamespaceOf=nothing' >>units/hold.service
	SYSTEMD_UNIT_PATH=$PWD/units: run systemd-analyze verify --man=no units/hold.service
	[ -n "$output" ]
}

@test "systemd rates hold.service as the page says, and no setting of it is unknown" {
	local rated
	rated=$(sed -n 's/.*rates it \([0-9.]*\) of 10.*/\1/p' "$ROOT/docs/keep-alive.md")
	systemd-analyze security --offline=true --threshold="${rated/./}" "$UNITS/hold.service"
	[[ $(systemd-analyze --version) == "systemd 252 "* ]] || return 0 # others rate it a little better
	run systemd-analyze security --offline=true --threshold=$((${rated/./} - 1)) "$UNITS/hold.service"
	[ "$status" -ne 0 ]
}

@test "what hold.service lets it call is enough: the calls of pause are in systemd's sets" {
	local call
	systemd-analyze syscall-filter @default @signal | sed -n 's/^ *\([a-z0-9_]*\)$/\1/p' >allowed
	for call in execve exit_group rt_sigaction rt_sigsuspend rt_sigprocmask; do
		grep -x $call allowed
	done
}

@test "bubblewrap: PID 1 of a sandbox, and SIGTERM ends it with status 0" {
	bash -euc "exec $(snippet keep-bwrap)" 3>&- &
	wrapper=$!
	is_there() { pid=$(children_of "$wrapper") && asleep "$pid"; }
	within 60 is_there
	cmp "/proc/$pid/exe" pause
	[[ $(status_of "$pid" NSpid) == *$'\t1' ]]
	stops_with TERM 0
}

@test "podman joins the network of a process" {
	use_podman
	busybox_image podman
	start_ordinary unshare --net ./pause
	within 60 asleep "$pid"
	[ "$(podman run --rm --network "ns:/proc/$pid/ns/net" busybox sh -c 'read -r line </proc/self/net/dev; echo joined')" = joined ]
	podman run -d --name member --network "ns:/proc/$pid/ns/net" busybox sleep 600
	[ "$(readlink "/proc/$(pid_of member)/ns/net")" = "$(readlink "/proc/$pid/ns/net")" ]
	podman rm -f -t 0 member
	stops_with TERM 0
}
