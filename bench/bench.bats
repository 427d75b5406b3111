#!/usr/bin/env bats
# The comparison: its figures, its table, its pictures. The trial measures pause, the bare loop and one named peer.

load ../tests/helpers

setup_file() {
	PEERS="$(command -v sleep) infinity" "$ROOT/bench/run.py" --quick "$BATS_FILE_TMPDIR/trial.json" >&2
}

# What jq says of the programs in the trial: pause first, then the least that a process can be, then the peer.
trial() {
	jq -r ".programs | $1" "$BATS_FILE_TMPDIR/trial.json"
}

@test "the table in README is that of bench/results.json" {
	"$ROOT/bench/report.py" check "$ROOT"/README*.md
}

@test "the pictures are those of bench/results.json" {
	digest=$(sha256sum <"$ROOT/bench/results.json")
	for picture in size-memory pods orphans stop; do
		grep -q "sha256 ${digest%% *} " "$ROOT/bench/$picture.svg"
	done
}

@test "one digit that is not in bench/results.json is noticed, and put right" {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' before '<!-- bench -->' '<!-- /bench -->' after >a.md
	"$ROOT/bench/report.py" write a.md
	"$ROOT/bench/report.py" check a.md
	sed '0,/| pause | [0-9,]*/s//&0/' a.md >b.md
	run "$ROOT/bench/report.py" check b.md
	[ "$status" -eq 1 ]
	"$ROOT/bench/report.py" write b.md
	cmp a.md b.md
	[ "$(sed -n '1p;$p' a.md | xargs)" = "before after" ]
}

@test "a file without a place for the table is an error, and stays as it is" {
	cd "$BATS_TEST_TMPDIR"
	echo "no place" >a.md
	run "$ROOT/bench/report.py" write a.md
	[ "$status" -eq 1 ]
	[[ $output == *"a.md: needs one line <!-- bench -->"* ]]
	[ "$(cat a.md)" = "no place" ]
}

@test "any program can be measured: a peer that never stops, and leaves every zombie" {
	[ "$(trial '.[2].name')" = "$(command -v sleep) infinity" ]
	[ "$(trial '.[2] | .zombies == .orphans, .stop, .stop_blocked, .stop_full_pipe' | xargs)" = "true null null null" ]
	[ "$(trial '.[2].libraries')" -ge 2 ]
}

@test "in the same trial pause stops whatever it is sent into, and orphans neither stay nor wake it" {
	[ "$(trial '.[0] | [.stop, .stop_blocked, .stop_full_pipe, .stop_orphans] | all(. != null)')" = true ]
	[ "$(trial '.[0] | .zombies, .orphan_wakeups, .idle_wakeups' | xargs)" = "0 0 0" ]
}

@test "pause takes no page, no page table and no mapping more than a program that only sleeps" {
	[ "$(trial '.[0] | .executable_pages, .writable_pages' | xargs)" = "1 0" ]
	[ "$(trial '.[0].page_tables <= .[1].page_tables + 1')" = true ]
	[ "$(trial '.[0].mappings == .[1].mappings')" = true ]
	# Of a thousand, all of the kernel's included: less than a page.
	[ "$(trial '(.[0].slope - .[1].slope) < 4')" = true ]
}

@test "the trial leaves no memory cgroup behind" {
	! compgen -G '/sys/fs/cgroup/*/pause-bench-*' && ! compgen -G '/sys/fs/cgroup/pause-bench-*'
}
