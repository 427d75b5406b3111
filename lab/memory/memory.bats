#!/usr/bin/env bats
# The edition with the least memory: that it is one, that it is pause all the same, and where it is not moved.

load ../../tests/helpers
load ../../tests/engines/bundle

memory_of() {
	echo "$ROOT/build/${1//\//-}/pause-memory"
}

setup_file() {
	make --no-print-directory -C "$ROOT/lab" memory-programs >&2
}

setup() {
	EDITION=$(memory_of "$PLATFORM")
	cd "$BATS_TEST_TMPDIR"
}

# kB of page tables, and of memory of its own that is no file: the stack.
pages() {
	echo "$(status_of "$1" VmPTE | tr -d ' kB') $(status_of "$1" RssAnon | tr -d ' kB')"
}

# Where its file is mapped.
places() {
	awk -v file="$(realpath "$EDITION")" '$6 == file { print $1 }' "/proc/$1/maps"
}

# It has moved, a copy at least as often as the table's edges allow: once mapped, and not where it was linked.
has_moved() {
	[[ $(places "$1") =~ ^[0-9a-f]+-[0-9a-f]+$ && $(places "$1") != 00400000-* ]]
}

# It starts as PID 1, moves, has one page of stack, shows its command line, and stops.
moves() {
	hold "$@" || return 1
	has_moved "$pid" || { cat "/proc/$pid/maps"; return 1; }
	[ "$(pages "$pid")" = "12 4" ] || [ "$(pages "$pid")" = "16 4" ] || { pages "$pid"; return 1; }
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "$EDITION " ] || return 1
	[ "$(readlink "/proc/$pid/exe")" = "$(realpath "$EDITION")" ] || return 1
	stops_with TERM 0
}

# It runs where it was linked, and nothing is left of the trial.
has_stayed() {
	[[ $(places "$1") =~ ^00400000-[0-9a-f]+$ ]] && ! grep ' ---p ' "/proc/$1/maps"
}

@test "the tests of the program pass on it: of signals, orphans, options, and of what it is started with" {
	env -i PATH="${PATH//\/usr\/libexec\/bats-core:/}" HOME="$HOME" PAUSE="$EDITION" \
		bats "$ROOT"/tests/program/{signals,orphans,options,start,members,surroundings}.bats
}

@test "it moves, has 12 kB of page tables and one page of stack, and shows its command line" {
	twelve=0
	for _ in {1..50}; do
		moves "$EDITION"
		hold "$EDITION"
		[ "$(pages "$pid")" != "12 4" ] || twelve=$((twelve + 1))
		stops_with TERM 0
	done
	[ $twelve -ge 40 ] # 1 in 500 begins in the first pages of a table, and keeps two
}

@test "the same without address randomization, with mappings from the bottom, with small and unlimited stacks" {
	moves setarch -R "$EDITION"
	moves setarch -L "$EDITION"
	(ulimit -s 64 && moves "$EDITION")
	(ulimit -s unlimited && moves "$EDITION")
}

@test "with an environment longer than a page table it moves or stays, and loses nothing" {
	ulimit -s unlimited
	for number in {1..20}; do
		printf -v "LONG$number" '%0120000d' "$number"
		export "LONG$number"
	done
	for _ in {1..30}; do
		hold "$EDITION"
		tr '\0' '\n' <"/proc/$pid/environ" | grep -c '^LONG[0-9]*=0*[1-9]' >count
		[ "$(cat count)" -eq 20 ]
		stops_with TERM 0
	done
}

@test "where one of its calls is refused it stays, and stops" {
	needs strace
	for call in mmap:error={ENOMEM,EEXIST,EPERM} mremap:error={EINVAL,EPERM} {munmap,madvise}:error=EPERM; do
		strace -qq -o trace -e "trace=${call%%:*}" -e "inject=$call" -- "$EDITION" 2>/dev/null 3>&- &
		wrapper=$!
		within 60 child_is "$EDITION"
		grep -q INJECTED trace
		[[ $call == munmap* || $call == madvise* ]] || has_stayed "$pid"
		stops_with TERM 0
	done
}

# strace tries things with children of its own first.
child_is() {
	pid=$(children_of "$wrapper")
	[[ $pid == +([0-9]) && $(readlink "/proc/$pid/exe") == "$(realpath "$1")" ]] && asleep "$pid"
}

@test "a debugger attaches, reads its instructions and leaves; it sleeps on, and stops" {
	needs gdb
	hold "$EDITION"
	# shellcheck disable=SC2016 # gdb's
	gdb --batch --nx -ex 'x/2i $pc' -ex 'info registers' -ex 'detach' -p "$pid" >said 2>&1 </dev/null
	grep -q '^=> 0x7' said
	within 60 asleep "$pid"
	stops_with TERM 0
}

@test "a probe in its file is hit before it moves and after, and when it stops" {
	needs root
	tracing=$BATS_TEST_TMPDIR/tracing probe=memory$$
	cp "$EDITION" probed # which nobody else starts
	EDITION=$PWD/probed
	mkdir "$tracing"
	mount -t tracefs tracefs "$tracing"
	mkdir "$tracing/instances/$probe"
	# its entry, of the address in the ELF header; the move ends with a jump to it
	entry=$((0x$(od -An -t x8 -j 24 -N 8 "$EDITION" | tr -d ' ') - 0x400000))
	printf 'p:%s/entry %s:0x%x\n' "$probe" "$(realpath "$EDITION")" $entry >>"$tracing/uprobe_events"
	echo 1 >"$tracing/instances/$probe/events/$probe/entry/enable"
	hold "$EDITION"
	has_moved "$pid"
	stops_with TERM 0
	tail -n 4 "$tracing/instances/$probe/trace"
	[ "$(grep -c 'entry:' "$tracing/instances/$probe/trace")" -eq 2 ]
}
# Else bats would remove what is in it.
teardown() {
	if [ -n "${tracing-}" ]; then
		echo 0 >"$tracing/instances/$probe/events/$probe/entry/enable" || true
		rmdir "$tracing/instances/$probe" || true
		echo "-:$probe/entry" >>"$tracing/uprobe_events" || true
		umount "$tracing"
	fi
}

# Debian sid's, of files that nothing installs. In place of this shell, so that it has the number that is waited for.
criu() {
	if [ ! -d criu ]; then
		mkdir criu
		tar -x -C criu -f "$("$ROOT/tests/tools/bare.sh" sid criu)" ./usr 2>"$BATS_TEST_TMPDIR/log"
	fi
	exec criu/usr/lib64/ld-linux-x86-64.so.2 --library-path criu/usr/lib/x86_64-linux-gnu criu/usr/sbin/criu "$@"
}

@test "CRIU dumps and restores it, and pause, as PID 1 of a namespace: the same mappings and signals; it stops" {
	needs root
	(criu --version) | sed 's/^/# CRIU: /' >&3
	for file in "$EDITION" "$PAUSE"; do
		rm -rf images && mkdir images
		hold setsid "$file" </dev/null >/dev/null 2>&1
		state_of "$pid" >before
		(criu dump --tree "$pid" --images-dir images --shell-job) >said 2>&1 || { cat said && false; }
		[ ! -e "/proc/$pid" ]
		criu restore --images-dir images --shell-job </dev/null >said 2>&1 3>&- &
		wrapper=$!
		within 60 child_is "$file"
		state_of "$pid" | diff before -
		echo "# ${file##*/} restored: page tables and stack $(pages "$pid") kB" >&3
		stops_with TERM 0
	done
}
state_of() {
	cat "/proc/$1/maps"
	grep -E '^(Sig(Blk|Ign|Cgt)|Threads)' "/proc/$1/status"
	awk '/^NSpid/ { print "PID " $NF " of the innermost of " NF - 1 " namespaces" }' "/proc/$1/status"
	tr '\0' '\n' <"/proc/$1/cmdline"
}

# The emulators of programs: Debian's here, and of later releases.
emulators() {
	emulator_of "$1"
	for release in trixie sid; do
		echo "$("$ROOT/tests/tools/fetch-deb.sh" "qemu-user:amd64/$release" './usr/bin/*')/usr/bin/qemu-$(of qemu "$1")"
	done
}

@test "in the emulators of three releases it holds, goes on after SIGCONT and stops, on each platform" {
	for file in "$ROOT"/build/linux-*/pause-memory; do
		platform=${file#"$ROOT/build/"} platform=${platform%/*} platform=${platform//-//}
		for emulator in $(emulators "$platform"); do
			for signal in TERM INT; do
				hold "$emulator" "$file"
				kill -STOP "$pid"
				kill -CONT "$pid"
				sleep 0.1
				within 60 asleep "$pid"
				stops_with $signal 0
			done
		done
	done
}

@test "under gVisor it stays where it is, holds, reaps and stops; with a seccomp profile that refuses its calls, too" {
	runsc=$("$ROOT/tests/tools/fetch-deb.sh" runsc:amd64/trixie './usr/bin/runsc')/usr/bin/runsc
	bundle bundle "$EDITION"
	cp -r bundle free
	jq 'del(.linux.seccomp)' bundle/config.json >free/config.json
	cp "$(helper orphans)" "$(command -v busybox)" free/rootfs
	for held in bundle free; do
		gvisor run -bundle $held $held </dev/null 3>&- &
		run=$!
		within 60 is_running $held
		if [ $held = free ]; then
			within 60 holds_in_gvisor
			gvisor exec free /busybox cat /proc/1/maps | tee maps
			grep -q '^0*400000-.*/pause$' maps
			gvisor exec free /orphans 20 dead
			gvisor ps free | tee processes
			[ "$(wc -l <processes)" -eq 2 ] # with a heading
		fi
		within 60 stops_when_told $held $run
		wait $run
	done
}
holds_in_gvisor() {
	gvisor exec free /busybox grep -q '^State:.S' /proc/1/status
}
gvisor() {
	timeout 60 "$runsc" --root "$BATS_TEST_TMPDIR/runsc" --platform=systrap --network=none --ignore-cgroups "$@"
}
is_running() {
	[ "$(gvisor state "$1" 2>/dev/null | jq -r .status)" = running ]
}
stops_when_told() {
	gvisor kill "$1" TERM 2>/dev/null || true
	sleep 0.2
	ended "$2"
}

@test "side by side in one run it takes at most 0.8 of the memory of a bare loop, and stops whatever it is sent into" {
	needs root
	PEERS=$EDITION "$ROOT/lab/bench/compare.py" --quick trial.json >&2
	jq -r '.programs[] | "# \(.name | split("/") | last): \(.slope[0] * 10 | round / 10) kB"' trial.json >&3
	[ "$(jq '.programs | .[2].slope[0] <= 0.8 * .[1].slope[0]' trial.json)" = true ]
	[ "$(jq '.programs[2] | .stop + .stop_blocked + .stop_full_pipe | length > 3 and all(. != null)' trial.json)" = true ]
	[ "$(jq '.programs[2] | [.zombies, .idle_wakeups] + .orphan_wakeups | all(. == 0)' trial.json)" = true ]
}
