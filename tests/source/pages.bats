#!/usr/bin/env bats
# What README, the manuals and the pages say, where it can be held against what is there.

load ../helpers

setup() {
	cd "$ROOT"
}

@test "the pages and the examples name this version" {
	[ "$(grep -rhoE '/pause:[0-9.]+[0-9]|version: [0-9.]+[0-9]|`pause [0-9.]+[0-9]' README*.md docs/runtimes.md examples |
		grep -oE '[0-9.]+$' | sort -u)" = "$(cat VERSION)" ]
}

@test "pause(1) has the options of the usage, and the system calls of the source" {
	[ "usage: pause $(sed -n '/^\.RB \[/{s/^\.RB //; s/[\\ ]//g; p}' man/pause.1)" = "$("$PAUSE" -h | sed -n 1p)" ]
	sed -n '/^The program makes nine/,/^Where/s/^\.BR \([a-z0-9_]*\) (2).*/\1/p' man/pause.1 | sort >"$BATS_TEST_TMPDIR/calls"
	grep -oh '__NR_[a-z0-9_]*' src/syscall.h | cut -c 6- | sort -u | diff "$BATS_TEST_TMPDIR/calls" -
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -eq 9 ]
}

@test "load-pause(8) has the usage of the loader, and the name that the packages give the image" {
	[ "$(mandoc -T ascii man/load-pause.8 | sed 's/.\x08//g' | sed -n 's/^ *load-pause \[/[/p')" = \
		"$(sed -n 's/.*usage: load-pause.sh \([^"]*\)".*/\1/p' image/load-pause.sh)" ]
	[ "$(grep -oE '[a-z.]+/pause:[a-z0-9.]+[a-z0-9]' man/load-pause.8 | sort -u)" = \
		"$(sed -n 's/^NAME *:= //p' image/Makefile):installed" ]
}

@test "README's limits are the tests', its tests are there, its platforms are all, and both languages say the same" {
	[ "$(sed -nE 's/.*at most ([0-9,]+) bytes on .* and ([0-9,]+) elsewhere.*/\1 \2/p' README.md | tr -d ,)" = \
		"$(sed -n 's/^\t*limit=//p' tests/source/build.bats | paste -s -d ' ')" ]
	# shellcheck disable=SC2016 # the pages' own
	for file in $(grep -oE '`[a-z]+/([a-z-]+\.bats)?`' README.md | tr -d '`'); do
		[ -e "tests/$file" ]
	done
	grep -q 'all fifteen Linux platforms' README.md
	[ "$(of platform | wc -l)" -eq 15 ]
	# shellcheck disable=SC2016
	said() {
		grep -oE '`[^`]+`|\]\([^)]+\)|[0-9]+,[0-9]+' "$1" | grep -v README | sort -u
	}
	diff <(said README.md) <(said README.zh-CN.md)
}

@test "every link of a page leads to a file" {
	for page in ./*.md docs/*.md lab/*.md lab/*/*.md; do
		for link in $(grep -oE '\]\([^)#: ]+[)#]' "$page" | tr -d '])#('); do
			[ -e "${page%/*}/$link" ] || { echo "$page: $link"; false; }
		done
	done
}
