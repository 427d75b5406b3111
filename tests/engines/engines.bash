# Real engines of a test file's own: load engines, then start_… in setup_file and stop_engines in teardown_file.
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
	has_ended "$1" || kill "$(cut -d ' ' -f 1 "$ENGINES/$1.pid")"
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

# Docker, with a containerd of its own.
start_dockerd() {
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

# containerd with its CRI, pods on the host's network: start_containerd [SANDBOX_IMAGE]
start_containerd() {
	cat >"$ENGINES/containerd.toml" <<-TOML
		version = 2
		root = "$ENGINES/containerd"
		state = "$ENGINES/containerd-run"
		[grpc]
		address = "$CONTAINERD_ADDRESS"
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "${1:-pause.internal/pause:$(cat "$ROOT/VERSION")}"
		disable_apparmor = true
		restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".cni]
		conf_dir = "$ENGINES/cni"
		[plugins."io.containerd.internal.v1.opt"]
		path = "$ENGINES/containerd-opt"
	TOML
	start_daemon containerd containerd --config "$ENGINES/containerd.toml"
	answers containerd ctr version
}

# podman, buildah and skopeo have no daemon, only settings. podman's locks are the machine's, and whoever starts it first
# in a folder frees them all: its own are in files.
use_podman() {
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

# Runs a command as a user that has ids to map, known in a mount namespace only, with a home that it can reach.
rootless() {
	local uid=64001 home
	home=$(mktemp -d)
	cp "$ROOT/dist/pause.tar" "$PAUSE" "$home"
	mkdir -m 700 "$home/run"
	grep -v infra_ "$CONTAINERS_CONF" | sed "s,$ENGINES,$home,; /tmp_dir/d" >"$home/containers.conf"
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
			CONTAINERS_STORAGE_CONF="$1/storage.conf" "${@:3}"
	' rootless "$home" $uid "$@" || status=$?
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

# The text of a fenced block of docs/runtimes.md, or of another page in docs/, by the name in the comment before it:
# snippet containerd-2-setting, snippet containerd-over replace
snippet() {
	awk -v mark="<!-- run: $1 -->" '
		$0 == mark { found = 1 }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$ROOT/docs/${2:-runtimes}.md" | grep .
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

# What the kernel says of a process: user and group, capabilities in effect, whether it can gain any, its root: rights_of PID
rights_of() {
	echo "$(status_of "$1" Uid | cut -f 2):$(status_of "$1" Gid | cut -f 2)" "$(status_of "$1" CapEff)" \
		"no_new_privs $(status_of "$1" NoNewPrivs)" "$(awk '$5 == "/" { print substr($6, 1, 2) }' "/proc/$1/mountinfo")"
}

# What the examples ask for: user 65535, no capability, none to be had, nothing to be written: confined PID
confined() {
	within 60 asleep "$1"
	[ "$(status_of "$1" Uid)" = $'65535\t65535\t65535\t65535' ]
	[ "$(status_of "$1" CapEff)" = 0000000000000000 ]
	[ "$(status_of "$1" CapBnd)" = 0000000000000000 ]
	[ "$(status_of "$1" NoNewPrivs)" -eq 1 ]
	[ "$(status_of "$1" Seccomp)" -eq 2 ]
	awk '$5 == "/" { print $6 }' "/proc/$1/mountinfo" | grep -q '^ro\b'
}
