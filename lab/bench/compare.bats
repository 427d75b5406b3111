#!/usr/bin/env bats
# The comparison: its figures, its tables, its pictures. The trial measures pause, the bare loop and one named peer.

load ../../tests/helpers

# A sleep, whose name is not easily handed on.
# shellcheck disable=SC2016
PEER='/bin/sh -c '\''exec sleep infinity # "|" `false` $'\'

setup_file() {
	# shellcheck disable=SC2016 # for the inner shell
	PEERS=$PEER bash -c 'echo $$ >"$1/pid" && exec "$2" --quick "$1/trial.json"' - \
		"$BATS_FILE_TMPDIR" "$ROOT/lab/bench/compare.py" >&2
}

# What jq says of the programs in the trial: pause first, then the least that a process can be, then the peer.
trial() {
	jq -r ".programs | $1" "$BATS_FILE_TMPDIR/trial.json"
}

# A copy of all that report.py reads and writes.
PAGES=(README.md README.zh-CN.md docs/comparison.md lab/bench/size-memory.svg)
copy() {
	(cd "$ROOT" && tar -c -f - lab/bench "${PAGES[@]}") | tar -x -f - -C "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

# What stands between the marks of a page.
marked() {
	sed -n '/<!-- bench -->/,/<!-- \/bench -->/p' "$1"
}

@test "tables and picture in README and docs/comparison.md are those of lab/bench/results.json" {
	copy
	sed -i 's/| pause | [0-9,]*/&0/' "${PAGES[@]}" # one digit more
	lab/bench/report.py
	for page in "${PAGES[@]}"; do
		cmp "$page" "$ROOT/$page"
	done
}

@test "a page without a place for the table is an error, and stays as it is" {
	copy
	echo "no place" >README.zh-CN.md
	run lab/bench/report.py
	[ "$status" -eq 1 ]
	[[ $output == *"README.zh-CN.md: needs one line <!-- bench -->"* ]]
	[ "$(cat README.zh-CN.md)" = "no place" ]
}

@test "make -C lab bench hands PEERS on as it is" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p lab/bench scripts
	echo '#!/bin/sh' | tee lab/bench/report.py scripts/setup.sh >/dev/null
	printf '%s\n' '#!/bin/sh' 'printenv PEERS' >lab/bench/compare.py
	chmod +x lab/bench/*.py scripts/setup.sh
	printf '%s\n' 'NATIVE = none' 'lab = make --no-print-directory' "include $ROOT/lab/bench/Makefile" >Makefile
	peers="/bin/a 'b c'; \"/bin/d\" \`touch e\` \\f"
	for way in argument environment; do
		if [ $way = argument ]; then
			run make bench PEERS="$peers"
		else
			PEERS=$peers run make bench
		fi
		[ "$status" -eq 0 ]
		[ "$output" = "$peers" ]
	done
	[ ! -e e ]
}

@test "any program can be measured: a peer that never stops, and leaves every zombie" {
	[ "$(trial '.[2].name')" = "$PEER" ]
	[ "$(trial '.[2] | .zombies == 1000 and .stop + .stop_blocked + .stop_full_pipe == [null, null, null]')" = true ]
	[ "$(trial '.[2].files')" -ge 2 ]
}

@test "any figures make tables and a picture: those of the trial, with a peer in all but README" {
	copy
	cp "$BATS_FILE_TMPDIR/trial.json" lab/bench/results.json
	lab/bench/report.py
	[ "$(marked docs/comparison.md | grep -cF "| ${PEER//|/\\|} | ")" -eq 4 ]
	[ "$(marked README.md | grep -c sleep)" -eq 0 ]
	[ "$(grep -c 'exec sleep' lab/bench/size-memory.svg)" -eq 1 ]
}

@test "in the same trial pause stops whatever it is sent into, and orphans neither stay nor wake it" {
	[ "$(trial '.[0] | .stop + .stop_blocked + .stop_full_pipe | length > 3 and all(. != null)')" = true ]
	[ "$(trial '.[0] | [.zombies, .idle_wakeups] + .orphan_wakeups | all(. == 0)')" = true ]
}

@test "pause takes no page table more than a program that only sleeps, and of a thousand, in all, less than a page" {
	[ "$(trial 'map(.page_tables | add / length) | .[0] <= .[1] + 1')" = true ]
	[ "$(trial '.[0].slope[0] - .[1].slope[0] < 4')" = true ]
}

@test "the layer that is compared is the one that ships" {
	"$ROOT/image/build.sh" "$BATS_TEST_TMPDIR/dist" pause.internal/pause test "$PLATFORM"
	archive=$BATS_TEST_TMPDIR/dist/pause.tar
	layer=$(tar -xOf "$archive" manifest.json | jq -r '.[0].Layers[0]')
	[ "$(trial '.[0].layer')" -eq "$(tar -xOf "$archive" "$layer" | wc -c)" ]
}

@test "the trial leaves no memory cgroup behind" {
	# Its own: another run may be measuring.
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "pause-bench-$(cat "$BATS_FILE_TMPDIR/pid")-*")" ]
}
