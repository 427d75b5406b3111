#!/usr/bin/env bats
# A Kubernetes node's sandboxes: containerd's CRI with the image as its sandbox image.

load ../helpers
load engines
load cri

setup_file() {
	start_containerd_cri
	containerd --version >&3
}

teardown() {
	list_sandboxes | remove_sandboxes 10
}

teardown_file() {
	stop_engines
	rmdir_cgroups
}

# What a sandbox's process is: its file, its ids, its rights, its root.
is_the_sandbox() {
	[ "$(stat -Lc %s "/proc/$pid/exe")" -eq "$(stat -c %s "$PAUSE")" ]
	cmp "/proc/$pid/exe" "$PAUSE"
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "/pause " ]
	[ "$(status_of "$pid" Uid)" = $'65535\t65535\t65535\t65535' ]
	[ "$(status_of "$pid" Gid)" = $'65535\t65535\t65535\t65535' ]
	local set
	for set in CapInh CapPrm CapEff CapAmb; do
		[ "$(status_of "$pid" $set)" = 0000000000000000 ]
	done
	# "/" as the process sees it: its mount options begin with ro.
	awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo" | grep -q '^ro\b'
	[ "$(status_of "$pid" NoNewPrivs)" -eq 1 ]
}

is_pid1() {
	[[ $(status_of "$pid" NSpid) == *$'\t1' ]]
}

@test "a sandbox under runc is /pause, PID 1, uid and gid 65535, without capabilities, on a read-only root" {
	run_sandbox runc CONTAINER runc
	is_the_sandbox
	is_pid1
}

@test "a sandbox under crun is the same" {
	run_sandbox crun CONTAINER crun
	is_the_sandbox
	is_pid1
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

@test "the page's lines pin the image where containerd can, show each sandbox, and go back" {
	run_sandbox page
	bash -euc "$(snippet containerd-see)" | grep "^$sandbox "
	settled_in_cri "$IMAGE" | jq -e ".pinned == $(pins)"
	list_sandboxes | remove_sandboxes
	bash -euc "$(snippet containerd-back)"
	[ -z "$(ctr images list -q | grep -Fx "$IMAGE" || true)" ]
	(cd "$ROOT" && bash -euc "$(snippet containerd-import)")
}

# What the sandbox's setting names is pinned by 1.7 and 2 as it comes; what it does not name, by the label.
@test "CRI says that the image is pinned by the setting, and under another name by the label; 1.6.20 says never" {
	local other=pause.internal/other:1 layout=$BATS_TEST_TMPDIR/layout
	without_images
	ctr images import "$ROOT/dist/pause.tar"
	settled_in_cri "$IMAGE" | jq -e ".pinned == $(pins)"

	mkdir "$layout"
	tar -x -f "$ROOT/dist/pause.tar" -C "$layout" oci-layout index.json blobs
	sed -i "s,$IMAGE,$other," "$layout/index.json"
	without_images
	tar -c -C "$layout" . | ctr images import -
	settled_in_cri "$other" | jq -e '.pinned == false'
	ctr images label "$other" io.cri-containerd.pinned=pinned
	settled_in_cri "$other" | jq -e ".pinned == $(pins)"
	without_images
	(cd "$ROOT" && bash -euc "$(snippet containerd-import)")
}
# CRI gives each image a second name, its ID, which keeps the pin of the first.
without_images() {
	ctr images ls -q | xargs ctr images rm --sync
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
	local program before paused
	program=$(helper orphans)
	run_sandbox shared POD

	# what freezing costs by itself, without an orphan
	before=$(wakeups)
	freeze
	thaw
	paused=$(($(wakeups) - before))

	before=$(wakeups)
	run_in_pod alive "$program" 100 alive
	run_in_pod dead "$program" 50 dead
	[ "$(wakeups)" -eq "$before" ]
	within 60 no_child "$pid"

	freeze
	run_in_pod frozen "$program" 50 alive
	thaw
	within 60 no_child "$pid"
	[ "$(wakeups)" -eq $((before + paused)) ]
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
	ids=$(for number in {1..100}; do pod "at-once-$number"; done | cri RunPodSandbox 20 | jq -r .podSandboxId)
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
