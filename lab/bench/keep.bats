#!/usr/bin/env bats
# What keeps a container up: its page, what it was to reach, and a trial with few samples.

load ../../tests/helpers

RESULTS=$ROOT/lab/bench/keep.json

@test "the tables and the picture in docs/keep-alive.md are those of lab/bench/keep.json" {
	(cd "$ROOT" && tar -c -f - lab/bench docs/keep-alive.md) | tar -x -f - -C "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	rm lab/bench/keep.svg
	lab/bench/keep_report.py
	cmp docs/keep-alive.md "$ROOT/docs/keep-alive.md"
	cmp lab/bench/keep.svg "$ROOT/lab/bench/keep.svg"
}

# What does not depend on how busy the machine is: keeps FILE
keeps() {
	jq -e '[.engines[].ways | to_entries[]] | length > 0 and
		all(.[] | select(.key | startswith("pause")) | .value;
			.status == [0] and .processes == 1 and .idle_wakeups == 0 and .orphan_wakeups == 0 and .zombies == 0) and
		all(.[] | select(.key == "sleep infinity") | .value; .status == [137] and .zombies == 1000)' "$1"
}

@test "in keep.json, pause is never killed, never woken, and leaves no zombie" {
	keeps "$RESULTS"
}

@test "in keep.json, pause stops in 0.03 of the time of what is killed, starts in 1.05 of sleep's, and takes 0.4 and 0.22 of the memory" {
	jq -e 'def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
		def ratio(a; b): [a, b] | transpose | map(.[0] / .[1]) | median;
		all(.engines[].ways; . as $ways |
			all(.["sleep infinity", "tail -f /dev/null", "sh, a loop of sleep"];
				(.stop | median) * 0.03 >= ($ways["pause, file mounted"].stop | median)) and
			ratio(.["pause, file mounted"].pair; .["sleep infinity"].pair) <= 1.05) and
		(.memory | map_values(median) | .["pause, file mounted"] as $own |
			$own <= 0.4 * .["sleep infinity"] and $own <= 0.22 * .["--init, sleep infinity"])' "$RESULTS"
}

@test "a trial: the same, of few samples" {
	"$ROOT/lab/bench/keep.py" --quick "$BATS_TEST_TMPDIR/trial.json"
	keeps "$BATS_TEST_TMPDIR/trial.json"
}
