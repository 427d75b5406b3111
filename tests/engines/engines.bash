# Real engines of a test file's own: load engines, then start_… in setup_file; they are stopped after the last test.
# Each has its folders and its socket under $ENGINES, and is found through the environment, so that a test types
# `docker load`, `ctr images import` or `podman load` as its reader would.
# shellcheck shell=bash

ENGINES=$BATS_FILE_TMPDIR/engines
mkdir -p "$ENGINES"

# The distribution's programs, also where a machine has others beside them.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export DOCKER_HOST=unix://$ENGINES/docker.sock
export CONTAINERD_ADDRESS=$ENGINES/containerd.sock CONTAINERD_NAMESPACE=k8s.io
export CONTAINERS_CONF=$ENGINES/containers.conf CONTAINERS_STORAGE_CONF=$ENGINES/storage.conf
export PODMAN_IGNORE_CGROUPSV1_WARNING=1

# Starts a program in the background and keeps its pid and its output: start_daemon NAME COMMAND...
start_daemon() {
	# shellcheck disable=SC2086 # INSIDE: the words that put it into a network, say
	${INSIDE-} "${@:2}" </dev/null >"$ENGINES/$1.log" 2>&1 3>&- &
	echo "$! $(started $!)" >"$ENGINES/$1.pid"
}

# Its number: daemon_pid NAME
daemon_pid() {
	cut -d ' ' -f 1 "$ENGINES/$1.pid"
}

# A network of its own, which lasts as long as its holder, which is pause. What puts a command into it: INSIDE=$(network)
start_network() {
	start_daemon network unshare --net "$PAUSE"
	within 60 asleep "$(daemon_pid network)"
	in_network ip link set lo up
}
network() {
	echo "nsenter --net=/proc/$(daemon_pid network)/ns/net"
}
in_network() {
	$(network) "$@"
}

# When a process was started: its number alone may soon be another's.
started() {
	cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null
}

# Whether a daemon has ended, started by whichever shell: has_ended NAME
has_ended() {
	local pid start
	read -r pid start <"$ENGINES/$1.pid"
	[[ $(started "$pid") != "$start" || $(status_of "$pid" State) == Z* ]]
}

# Whether a container's process has ended: this shell did not start it.
gone() {
	[[ $(status_of "$1" State) == [XZ]* || ! -d /proc/$1 ]]
}

# Stops it and waits; with its log when it does not stop.
stop_daemon() {
	has_ended "$1" || kill "$(daemon_pid "$1")"
	within 60 has_ended "$1" || {
		cat "$ENGINES/$1.log"
		return 1
	}
	rm "$ENGINES/$1.pid"
}

# Waits until an engine answers, or shows why it does not: answers NAME COMMAND...
answers() {
	within 60 answered_or_ended "$@"
	"${@:2}" >/dev/null || {
		cat "$ENGINES/$1.log"
		return 1
	}
}
answered_or_ended() {
	"${@:2}" >/dev/null 2>&1 || has_ended "$1"
}

# Stops what was started, in any order, and leaves no mount behind.
stop_engines() {
	local file mount
	for file in "$ENGINES"/*.pid; do
		[ ! -f "$file" ] || stop_daemon "$(basename "$file" .pid)"
	done
	awk -v under="$ENGINES/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r mount; do umount -l "$mount"; done
}

not() {
	! "$@"
}

# Removes all containers of an engine, and podman's pods, and asks it until it has none: empty podman|docker
# podman may fail to remove several at once, "device or resource busy", and keep what it stores of one, while the clean-up
# that it starts after each one's end is at work: 4.3.1 and others, containers/podman#11594. Docker fails on one that is
# just being removed.
empty() {
	within 60 is_empty "$1"
}
is_empty() {
	local left command=("$1" ps --all --quiet)
	[ "$1" != podman ] || command+=(--external)
	left=$("${command[@]}") || return 1
	[ -n "$left" ] || return 0
	[ "$1" != podman ] || podman pod rm --force --all --time 0
	xargs "$1" rm --force --volumes <<<"$left"
	return 1
}

teardown_file() {
	stop_engines
}

# What docker or podman says of a container, whichever was started last (ENGINE): inspect FORMAT CONTAINER
inspect() {
	"$ENGINE" inspect -f "$@"
}
pid_of() {
	inspect '{{.State.Pid}}' "$1"
}
# The container of a service in a Compose file; Compose itself takes twenty times as long to say it: service NAME
service() {
	docker ps --all --quiet --filter "label=com.docker.compose.service=$1"
}
# The infra container of a pod of podman's.
infra_of() {
	podman pod inspect -f '{{.InfraContainerID}}' "$1"
}

# Starts with podman what a manifest says: play_kube FILE
play_kube() {
	podman play kube --network none "$1"
}

# Sets pid to a container's first process, which is the program, asleep: held_by_pause CONTAINER
held_by_pause() {
	pid=$(pid_of "$1")
	within 60 asleep "$pid"
	cmp "/proc/$pid/exe" "$PAUSE"
}

# Stops a container long before the engine would kill it, with status 137.
stops_by_itself() {
	"$ENGINE" stop -t 100 "$1"
	[ "$(inspect '{{.State.ExitCode}}' "$1")" -eq 0 ]
}

# The same of a pod of podman's, and its infra container.
pod_stops_by_itself() {
	podman pod stop -t 100 "$1"
	[ "$(podman inspect -f '{{.State.ExitCode}}' "$(infra_of "$1")")" -eq 0 ]
}

# A hundred, of a shell in the container.
leave_orphans() {
	# shellcheck disable=SC2016 # for the shell in there
	"$ENGINE" exec "$1" sh -c 'i=0; while [ $((i += 1)) -le 100 ]; do (sleep 0.01 &); done'
}

# A container of the page's image, named box, that the program in this folder keeps up: start_box [OPTION...]
start_box() {
	"$ENGINE" run -d --name box -v "$PWD/pause:/pause:ro" --entrypoint /pause "$@" docker.io/library/debian:trixie-slim
	held_by_pause box
}

# Work in the box that takes a second to end, and says so in the folder kept: work NAME
work() {
	"$ENGINE" exec -d box \
		sh -c "trap 'sleep 1; echo $1 >>/kept/ended; exit' TERM; echo >/kept/$1; while :; do sleep 0.1; done"
	within 60 [ -e "kept/$1" ]
}

# Whether pause holds a container, leaves no zombie, and stops by itself: keeps CONTAINER
keeps() {
	held_by_pause "$1"
	leave_orphans "$1"
	within 60 no_child "$pid"
	stops_by_itself "$1"
}

# Docker, with a containerd of its own.
start_dockerd() {
	export ENGINE=docker
	start_daemon dockerd dockerd -H "$DOCKER_HOST" --data-root "$ENGINES/docker" --exec-root "$ENGINES/docker-run" \
		--pidfile "$ENGINES/docker.pidfile" --iptables=false --ip6tables=false --bridge=none \
		--storage-driver=overlay2 --default-ulimit nofile=1024:1024 "$@"
	answers dockerd docker version
}

# What /pause -v prints, started by ctr: version_by_ctr [OPTION...] IMAGE
# runc keeps its containers of all containerds of a machine in one folder, by their names: this one's is nobody else's.
version_by_ctr() {
	ctr run --rm "$@" "check-$$-$BATS_TEST_NUMBER" /pause -v
}

# crun refuses the hybrid cgroup layout: without its empty cgroup2 folder it sees cgroup v1 alone.
crun_for_this_machine() {
	if [ ! -d /sys/fs/cgroup/unified ]; then
		command -v crun
		return
	fi
	cat >"$ENGINES/crun" <<-'SH'
		#!/bin/sh
		exec unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified; exec crun "$@"' crun "$@"
	SH
	chmod +x "$ENGINES/crun"
	echo "$ENGINES/crun"
}

# containerd with the setting of docs/runtimes.md for its version: start_containerd [SANDBOX_IMAGE]
# What comes after the setting is this machine's: no AppArmor, no right to lower an OOM score, folders of its own.
start_containerd() {
	local runtime=io.containerd.grpc.v1.cri page=containerd-1
	if [[ $(containerd --version) == *" 2."* ]]; then
		runtime=io.containerd.cri.v1.runtime page=containerd-2
	fi
	{
		snippet $page-version
		cat <<-TOML
			root = "$ENGINES/containerd"
			state = "$ENGINES/containerd-run"
			[grpc]
			address = "$CONTAINERD_ADDRESS"
			[plugins."io.containerd.internal.v1.opt"]
			path = "$ENGINES/containerd-opt"
		TOML
		snippet $page-setting | sed "s,$IMAGE,${1:-$IMAGE},"
		[ $page = containerd-1 ] || echo "[plugins.\"$runtime\"]"
		cat <<-TOML
			disable_apparmor = true
			restrict_oom_score_adj = true
			[plugins."$runtime".cni]
			conf_dir = "$ENGINES/cni"
			[plugins."$runtime".containerd.runtimes.runc]
			runtime_type = "io.containerd.runc.v2"
			[plugins."$runtime".containerd.runtimes.crun]
			runtime_type = "io.containerd.runc.v2"
			[plugins."$runtime".containerd.runtimes.crun.options]
			BinaryName = "$(crun_for_this_machine)"
		TOML
	} >"$ENGINES/containerd.toml"
	run_containerd
}
run_containerd() {
	start_daemon containerd containerd --config "$ENGINES/containerd.toml"
	answers containerd ctr version
}

# podman, buildah and skopeo have no daemon, only settings. podman's locks are the machine's, and whoever starts it first
# in a folder frees them all: its own are in files.
use_podman() {
	export ENGINE=podman
	cat >"$CONTAINERS_STORAGE_CONF" <<-TOML
		[storage]
		driver = "overlay"
		graphroot = "$ENGINES/podman"
		runroot = "$ENGINES/podman-run"
	TOML
	cat >"$CONTAINERS_CONF" <<-TOML
		[containers]
		netns = "none"
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		cgroup_manager = "cgroupfs"
		runtime = "runc"
		events_logger = "file"
		lock_type = "file"
		tmp_dir = "$ENGINES/podman-tmp"
	TOML
}

# Runs a script as a user that has ids to map, known in a mount namespace only, with a home that it can reach, where
# podman has the image, with what is asked of containers here: rootless SCRIPT [ARGUMENT...]
rootless() {
	local uid=64001 home
	home=$(mktemp -d)
	cp "$ROOT/dist/pause.tar" "$PAUSE" "$home"
	mkdir -m 700 "$home/run"
	grep -v infra_ "$CONTAINERS_CONF" | sed "s,$ENGINES,$home,; /tmp_dir/d" >"$home/containers.conf"
	printf '[storage]\ndriver = "vfs"\n' >"$home/storage.conf"
	(cat /etc/passwd && echo "rootless:x:$uid:$uid::$home:/bin/sh") >"$home/passwd"
	(cat /etc/group && echo "rootless:x:$uid:") >"$home/group"
	echo "rootless:1000000:65536" >"$home/subid"
	chown -R $uid:$uid "$home"
	local status=0
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private -- bash -euc '
		mount --bind "$1/passwd" /etc/passwd
		mount --bind "$1/group" /etc/group
		mount --bind "$1/subid" /etc/subuid
		mount --bind "$1/subid" /etc/subgid
		cd "$1"
		exec setpriv --reuid $2 --regid $2 --clear-groups env -i PATH="$PATH" HOME="$1" XDG_RUNTIME_DIR="$1/run" \
			PODMAN_IGNORE_CGROUPSV1_WARNING=1 CONTAINERS_CONF="$1/containers.conf" \
			CONTAINERS_STORAGE_CONF="$1/storage.conf" ENGINE=podman PAUSE="$1/pause" bash -euxc "$3" rootless "${@:4}"
	' rootless "$home" $uid "$(declare -f within asleep status_of inspect pid_of infra_of held_by_pause stops_by_itself \
		pod_stops_by_itself empty is_empty)
		podman load -i pause.tar
		$1
		empty podman" "${@:2}" || status=$?
	within 60 rm -rf "$home" 2>/dev/null # what cleans up after its containers may still be at work
	return $status
}

# A registry on a free port of the loopback interface: [DELETES=true] start_registry [HTPASSWD_FILE]
# Sets REGISTRY to host:port; its log has the bytes it sent.
start_registry() {
	cat >"$ENGINES/registry.yml" <<-YAML
		version: 0.1
		storage:
		  filesystem:
		    rootdirectory: $ENGINES/registry
		  delete:
		    enabled: ${DELETES:-false}
		http:
		  addr: 127.0.0.1:0
	YAML
	[ $# -eq 0 ] || printf 'auth:\n  htpasswd:\n    realm: test\n    path: %s\n' "$1" >>"$ENGINES/registry.yml"
	# It would take REGISTRY_… for settings of its own.
	start_daemon registry env -u REGISTRY -u REGISTRY_AUTH_FILE docker-registry serve "$ENGINES/registry.yml"
	answers registry grep -q 'listening on 127' "$ENGINES/registry.log"
	REGISTRY=$(sed -n 's/.*listening on \(127[0-9.:]*\).*/\1/p' "$ENGINES/registry.log")
	export REGISTRY
}

# The name of the image in dist/pause.tar.
IMAGE=pause.internal/pause:$(cat "$ROOT/VERSION")
export IMAGE

# What README has a person load into Docker here: before version 29 it takes the first platform out of the archive of all.
export DOCKER_ARCHIVE=$ROOT/dist/pause.tar
[ "$PLATFORM" = "${PLATFORMS[0]}" ] || DOCKER_ARCHIVE=$ROOT/dist/pause-${PLATFORM//\//-}.tar

# The text of a fenced block of a page in docs/, by the name in the comment before it: snippet containerd-2-setting
snippet() {
	awk -v mark="<!-- run: $1 -->" '
		$0 == mark { found = 1 }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$ROOT"/docs/*.md | grep .
}

# Runs such a block as its reader does: page NAME
page() {
	bash -euxo pipefail -c "$(snippet "$1")"
}

# What the examples name as busybox, made of this machine's: busybox_image podman|docker
busybox_image() {
	local folder=$BATS_FILE_TMPDIR/busybox applet
	mkdir -p "$folder/bin"
	cp "$(command -v busybox)" "$folder/bin/"
	for applet in sh nc sleep true; do
		ln -s busybox "$folder/bin/$applet"
	done
	tar -C "$folder" -c . | "$1" import --change 'ENV PATH=/bin' - docker.io/library/busybox:latest
}

# What the kernel says of a process: its user and group, capabilities in effect, whether it can gain any, and its root:
# rights_of PID
rights_of() {
	echo "$(status_of "$1" Uid | cut -f 2):$(status_of "$1" Gid | cut -f 2)" "$(status_of "$1" CapEff)" \
		"no_new_privs $(status_of "$1" NoNewPrivs)" "$(awk '$5 == "/" { print substr($6, 1, 2) }' "/proc/$1/mountinfo")"
}

# What the examples ask for: user 65535, no capability, none to be had, nothing to be written: confined PID
confined() {
	within 60 asleep "$1"
	[ "$(rights_of "$1")" = "65535:65535 0000000000000000 no_new_privs 1 ro" ]
	[ "$(status_of "$1" CapBnd)" = 0000000000000000 ]
	[ "$(status_of "$1" Seccomp)" -eq 2 ]
}
