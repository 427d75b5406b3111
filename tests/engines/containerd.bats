#!/usr/bin/env bats
# A Kubernetes node's sandboxes: containerd's CRI with the image as its sandbox image; and what docs/runtimes.md says of
# digests, pins, snapshotters and kubeadm's upgrade.

load ../helpers
load engines
load cri

setup_file() {
	start_containerd_cri
	containerd --version >&3
}

# What a sandbox's process is: its file, its ids, its rights, its root.
is_the_sandbox() {
	cmp "/proc/$pid/exe" "$PAUSE"
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "/pause " ]
	[ "$(rights_of "$pid")" = "65535:65535 0000000000000000 no_new_privs 1 ro" ]
	local set
	for set in CapInh CapPrm CapAmb; do
		[ "$(status_of "$pid" $set)" = 0000000000000000 ]
	done
}

is_pid1() {
	[[ $(status_of "$pid" NSpid) == *$'\t1' ]]
}

@test "a sandbox is /pause, PID 1, uid and gid 65535, without capabilities, on a read-only root, under runc and crun" {
	local handler
	for handler in runc crun; do
		run_sandbox $handler CONTAINER $handler
		is_the_sandbox
		is_pid1
	done
}

@test "a sandbox under image/seccomp.json as it is runs, under runc and crun, and SIGTERM ends it" {
	local handler
	for handler in runc crun; do
		run_sandbox "profile-$handler" CONTAINER $handler "$ROOT/image/seccomp.json"
		is_the_sandbox
		is_pid1
		[ "$(status_of "$pid" Seccomp)" -eq 2 ]
		kill "$pid"
		within 60 sandbox_is_not_ready
	done
	# And it is this profile: without the call that it waits in there is no such sandbox.
	jq 'del(.syscalls[].names[] | select(. == "rt_sigsuspend"))' "$ROOT/image/seccomp.json" >"$BATS_TEST_TMPDIR/profile.json"
	sandbox=$(pod refused CONTAINER runc "$BATS_TEST_TMPDIR/profile.json" | cri RunPodSandbox | jq -r .podSandboxId)
	within 60 sandbox_is_not_ready
}

@test "the page's lines show each sandbox, and go back" {
	run_sandbox page
	page containerd-see | grep "^$sandbox "
	remove_all_sandboxes
	page containerd-back
	[ -z "$(ctr images list -q | grep -Fx "$IMAGE" || true)" ]
	import_image
}

# What the sandbox's setting names is pinned by 1.7 and 2 as it comes; what it does not name, by the label.
@test "CRI says that the image under another name is pinned by the label; 1.6.20 says never" {
	local other=pause.internal/other:1 layout=$BATS_TEST_TMPDIR/layout
	mkdir "$layout"
	tar -x -f "$ROOT/dist/pause.tar" -C "$layout" oci-layout index.json blobs
	sed -i "s,$IMAGE,$other," "$layout/index.json"
	without_images
	tar -c -C "$layout" . | ctr images import -
	settled_in_cri "$other" | jq -e '.pinned == false'
	ctr images label "$other" io.cri-containerd.pinned=pinned
	settled_in_cri "$other" | jq -e ".pinned == $(pins)"
	without_images
	import_image
}
# CRI gives each image a second name, its ID, which keeps the pin of the first.
without_images() {
	ctr images ls -q | xargs ctr images rm --sync
}

@test "a digest in the setting finds the image after the page's lines, and not before" {
	local digest name
	digest=$(tar -xOf "$ROOT/dist/pause.tar" index.json | jq -r '.manifests[0].digest')
	for name in "$IMAGE@$digest" "${IMAGE%:*}@$digest"; do
		sandbox_image_is "$name"
		run run_sandbox before
		[[ $status -ne 0 && $output == *"failed to get sandbox image"* ]]
		page containerd-digest
		run_sandbox after
		cmp "/proc/$pid/exe" "$PAUSE"
		remove_sandboxes <<<"$sandbox"
		ctr images remove "${IMAGE%:*}@$digest"
	done
	sandbox_image_is "$IMAGE"
}
# Writes another image into containerd's setting, and restarts it: sandbox_image_is NAME
sandbox_image_is() {
	sed -i -E "s,^( *sandbox(_image)? = ).*,\1\"$1\"," "$ENGINES/containerd.toml"
	restart_containerd
}

@test "the page's import for another snapshotter unpacks the image there, and pods start" {
	ctr images remove --sync "$IMAGE"
	[ -z "$(ctr snapshots --snapshotter native list | sed 1d)" ]
	cd "$ROOT"
	page "containerd-$(is_16 && echo 1.6 || echo 2)-snapshotter"
	[ -n "$(ctr snapshots --snapshotter native list | sed 1d)" ]
	run_sandbox native
}
# containerd 1.6 or none of its successors
is_16() {
	[[ $(containerd --version) == *" 1.6."* ]]
}

@test "kubeadm: the image answers the upgrade's check under Kubernetes' name, and leaves its own when that is removed" {
	local check=registry.k8s.io/pause:3.10.2
	page kubeadm-upgrade
	run_sandbox check
	start_container "$(jq -cn --arg image $check '{
		image: {image: $image},
		args: ["-v"],
		linux: {security_context: {run_as_user: {value: 999}, readonly_rootfs: true}}
	}')"
	container_succeeds
	remove_all_sandboxes
	ctr images remove --sync $check
	run_sandbox after
}

@test "with the host's PID namespace it is an ordinary process, and holds the sandbox" {
	run_sandbox host NODE
	is_the_sandbox
	[ "$(status_of "$pid" NSpid)" = "$pid" ]
	[ "$(sandbox_state)" = SANDBOX_READY ]
}

@test "SIGTERM ends a sandbox with status 0, and the runtime sees it" {
	start_daemon events ctr events
	run_sandbox signal
	kill "$pid"
	within 60 gone "$pid"
	within 60 exit_event "$sandbox"
	# protobuf leaves out a zero; any other status would be named
	[ -z "$(exit_event "$sandbox" | grep exit_status || true)" ]
	within 60 sandbox_is_not_ready

	# so that the silence above means something
	run_sandbox kill
	kill -KILL "$pid"
	within 60 exit_event "$sandbox"
	exit_event "$sandbox" | grep -q '"exit_status":137'
	stop_daemon events
}
exit_event() {
	grep -F "$1" "$ENGINES/events.log" | grep /tasks/exit
}
sandbox_is_not_ready() {
	[ "$(sandbox_state)" = SANDBOX_NOTREADY ]
}

@test "in a shared PID namespace 200 orphans, 50 of them while it is frozen, leave no zombie and do not wake it" {
	local before paused
	run_sandbox shared POD

	# what freezing costs by itself, without an orphan
	before=$(wakeups)
	freeze
	thaw
	paused=$(($(wakeups) - before))

	before=$(wakeups)
	orphans 100 alive
	orphans 50 dead
	[ "$(wakeups)" -eq "$before" ]
	within 60 no_child "$pid"

	freeze
	orphans 50 alive
	thaw
	within 60 no_child "$pid"
	[ "$(wakeups)" -eq $((before + paused)) ]
}
# Runs the tests' program of that name in $sandbox and its PID namespace.
orphans() {
	start_container "$(jq -cn --arg image "$IMAGE" --arg program "$(helper orphans)" --args '{
		metadata: {name: ($ARGS.positional | join("-"))},
		image: {image: $image},
		command: ["/orphans"],
		args: $ARGS.positional,
		mounts: [{container_path: "/orphans", host_path: $program, readonly: true}],
		linux: {security_context: {namespace_options: {pid: "POD"}}}
	}' "$@")"
	container_succeeds
}
# How often it went to sleep. How often a busy machine took the processor from it meanwhile is not its doing.
wakeups() {
	status_of "$pid" voluntary_ctxt_switches
}
freeze() {
	kill -STOP "$pid"
	within 60 stopped
}
thaw() {
	kill -CONT "$pid"
	within 60 asleep "$pid"
}
stopped() {
	[[ $(status_of "$pid" State) == T* ]]
}

@test "100 sandboxes start at once and stop at once, and nothing of them is left" {
	local ids mounts processes
	mounts=$(mounts_here)
	ids=$(seq 100 | jq -c --argjson pod "$(pod any)" '"at-once-\(.)" as $name | $pod |
		.config.metadata += {name: $name, uid: $name}' | cri RunPodSandbox 20 | jq -r .podSandboxId)
	[ "$(sort -u <<<"$ids" | wc -l)" -eq 100 ]
	processes=$(sandbox_processes)
	[ "$(wc -w <<<"$processes")" -eq 100 ]

	remove_sandboxes 20 <<<"$ids"
	[ -z "$(list_sandboxes)" ]
	[ -z "$(sandbox_processes)" ]
	[ "$(mounts_here)" -eq "$mounts" ]
	[ -z "$(find "$CGROUP" -mindepth 1 -type d)" ]
}
mounts_here() {
	grep -c "$ENGINES" /proc/self/mountinfo || true
}
# Every process in a cgroup of these tests' pods.
sandbox_processes() {
	find "$CGROUP" -mindepth 2 -name cgroup.procs -exec cat {} +
}
