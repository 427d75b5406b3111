#!/usr/bin/env bats
# The comparison of nodes: its page, and a trial with a few pods.

load ../../tests/helpers

@test "the table and the picture in docs/worth-it.md are those of lab/bench/node_cost.json" {
	(cd "$ROOT" && tar -c -f - lab/bench docs/worth-it.md) | tar -x -f - -C "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	rm lab/bench/worth-it.svg
	lab/bench/worth.py
	cmp docs/worth-it.md "$ROOT/docs/worth-it.md"
	cmp lab/bench/worth-it.svg "$ROOT/lab/bench/worth-it.svg"
}

@test "in a trial pause is pulled and stored in fewer bytes, and orphans take none of its time" {
	"$ROOT/lab/bench/node_cost.py" --quick "$BATS_TEST_TMPDIR/trial.json"
	jq -e '.containerd | to_entries | map(.value) |
		.[0].pulled < .[1].pulled and .[0].disk < .[1].disk and .[0].orphans < .[1].orphans' "$BATS_TEST_TMPDIR/trial.json"
}
