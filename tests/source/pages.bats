#!/usr/bin/env bats
# What README, the manuals and the pages say, where it can be held against what is there.

load ../helpers

setup() {
	cd "$ROOT"
}

@test "the pages and the examples name this version" {
	# not Kubernetes' own images, nor what was read of other projects
	local ours='(pause\.internal|registry\.example\.org|R)/pause:[0-9.]+[0-9]|`pause [0-9.]+[0-9]'
	ours+='|(version|tag): [0-9.]+[0-9]|PauseContainerTag": "[0-9.]+[0-9]'
	[ "$(grep -rhoE "$ours" README*.md docs/runtimes.md docs/replace.md docs/keep-alive.md examples |
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

@test "the limits in docs/proof.md are the tests', its tests are there, README's platforms are all, and both languages say the same" {
	[ "$(sed -nE 's/.*at most ([0-9,]+) bytes on .* and ([0-9,]+) elsewhere.*/\1 \2/p' docs/proof.md | tr -d ,)" = \
		"$(sed -n 's/^\t*limit=//p' tests/source/build.bats | paste -s -d ' ')" ]
	# shellcheck disable=SC2016 # the pages' own
	for file in $(grep -oE '`[a-z]+/([a-z-]+\.bats)?`' docs/proof.md | tr -d '`'); do
		[ -e "tests/$file" ]
	done
	grep -q 'fifteen Linux platforms' README.md
	[ "$(of platform | wc -l)" -eq 15 ]
	# shellcheck disable=SC2016
	said() {
		grep -oE '`[^`]+`|\]\([^)]+\)|[0-9]+,[0-9]+' "$1" | grep -v README | sort -u
	}
	diff <(said README.md) <(said README.zh-CN.md)
}

# A heading as a link to it names it.
anchors() {
	sed -nE 's/^#+ //p' "$1" | tr '[:upper:]' '[:lower:]' | tr -d -c 'a-z0-9 \n-' | tr ' ' -
}

@test "every link of a page leads to a file, and to a heading of it where it names one" {
	local page link file
	for page in ./*.md docs/*.md lab/*.md lab/*/*.md; do
		for link in $(grep -oE '\]\([^): ]+\)' "$page" | tr -d '])('); do
			file=${link%%#*} file=${page%/*}/${file:-${page##*/}}
			[ -e "$file" ] && { [[ $link != *.md#* && $link != \#* ]] || anchors "$file" | grep -Fqx "${link#*#}"; } ||
				{ echo "$page: $link"; false; }
		done
	done
}

@test "the overview of runtimes.md leads to each of its sections, and each says how its facts are known" {
	local section told
	# the sections that belong to another's: the overview names that one
	for section in $(anchors docs/runtimes.md | sed 1d | grep -vxE 'containerd-.*|podman-.*|seccomp'); do
		sed -n '/^| yours/,/^$/p' docs/runtimes.md | grep -qF "(#$section)" || { echo "$section"; false; }
	done
	told=$(awk '/^## / { if (section != "" && !told) print section; section = $0; told = 0 }
		/^\*(Run:|(Read|By hand) [0-9-]+:) / { told = 1 }
		END { if (!told) print section }' docs/runtimes.md)
	[ -z "$told" ] || { echo "$told"; false; }
}

@test "these pages have no line over 120 characters but tables" {
	local long
	long=$(awk 'length > 120 && !/^\|/ { print FILENAME ":" FNR }' docs/runtimes.md docs/replace.md docs/worth-it.md)
	[ -z "$long" ] || { echo "$long"; false; }
}

# The block of runtimes.md that has this mark: same openshift
same() {
	awk -v mark="<!-- same: $1 -->" '$0 == mark { on = 1 } on && /^```/ { if (inside) exit; inside = 1; next } inside' \
		docs/runtimes.md
}

@test "the MachineConfig for OpenShift writes the two lines that the page shows" {
	same openshift-machineconfig | python3 -c 'import sys, urllib.parse, yaml
file, = yaml.safe_load(sys.stdin)["spec"]["config"]["storage"]["files"]
assert file["contents"]["source"].startswith("data:,")
sys.stdout.write(urllib.parse.unquote(file["contents"]["source"][6:]))' | diff - <(same openshift)
}

@test "stale.sh lists what is older than half a year on a given day, whole, the oldest first, and refuses no day" {
	local tree=$BATS_TEST_TMPDIR/repository
	mkdir -p "$tree/docs" "$tree/scripts"
	cp scripts/stale.sh "$tree/scripts"
	cat >"$tree/docs/page.md" <<-'MD'
		# Page
		## One
		*Read 2026-03-31: example/one v1
		docs/file.*

		*Run: always.* Read 2020-01-01: this is no such line.
		## Two
		*By hand 2026-02-28: example two.*

		*Read 2026-03: example/three.*
	MD
	[ -z "$("$tree/scripts/stale.sh" 2026-08-28)" ]
	[ "$("$tree/scripts/stale.sh" 2026-08-29)" = "2026-02-28  docs/page.md:8  Two: *By hand 2026-02-28: example two.*" ]
	[ "$("$tree/scripts/stale.sh" 2026-10-01 | cut -d ' ' -f 1 | xargs)" = "2026-02-28 2026-03-01 2026-03-31" ]
	run "$tree/scripts/stale.sh" 2026-02-31
	[[ $status -eq 2 && $output == "usage: "* ]]
	# and of this repository's own pages it lists each, once that is long ago
	[ "$(scripts/stale.sh 2099-01-01 | wc -l)" -eq "$(cat docs/*.md | grep -cE '^\*(Read|By hand) ')" ]
}
