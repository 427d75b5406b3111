#!/usr/bin/env bats
# How it is written. The linters that change their minds from release to release are named with their version.

bats_require_minimum_version 1.5.0
load ../helpers

setup() {
	cd "$ROOT"
}

# The files that match, without what is built; none at all is an error: sources '*.c' …
sources() {
	local -a patterns=()
	local pattern
	for pattern; do patterns+=(-o -path "./$pattern"); done
	find . \( -path ./build -o -path ./dist -o -path ./.git \) -prune -o -type f \( "${patterns[@]:1}" \) -print | sort | grep .
}

# A platform's flags for the compiler, without the linker's: flags_of linux/arm/v7
flags_of() {
	sed -E 's/^[^ ]+ //; s/-fuse-ld=[^ ]*|-Wl,[^ ]*|-static|-nostdlib|src\/pause\.c//g' "$(dirname "$(pause_of "$1")")/command"
}

@test "C is formatted as .clang-format says" {
	sources '*.c' '*.h' | xargs clang-format-19 --dry-run --Werror
}

@test "clang-tidy has nothing to say of the program, with any header of src/arch" {
	while read -r _ platform; do
		[[ " ${PLATFORMS[*]} " == *" $platform "* ]] || continue
		eval "clang-tidy-19 --quiet src/pause.c -- $(flags_of "$platform")" || { echo "$platform"; false; }
	done < <(paste -d ' ' <(of arch) <(of platform) | sort -u -k 1,1)
}

@test "clang-tidy has nothing to say of the programs of tests and comparison" {
	# Not the harness of the proof, for CBMC: to it a number that was a pointer is one again, and a value may be any.
	sources 'tests/*.c' lab/{kernels,bench,scale}'/*.c' | xargs -I{} clang-tidy-19 --quiet {} -- -std=gnu11 -Wall -Wextra -Wno-unused-function \
		-Isrc -DARCH="\"arch/$(of arch "$PLATFORM").h\"" -DVERSION='""' -DPLATFORM='""'
}

@test "cppcheck has nothing to say" {
	# Since 2.11 it says how far it looks.
	cppcheck --quiet --std=c11 --enable=warning,style,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=normalCheckLevelMaxBranches \
		-DARCH="\"arch/$(of arch "$PLATFORM").h\"" -DVERSION='""' -DPLATFORM='""' src lab/kernels lab/bench lab/scale tests/tools
}

@test "shellcheck has nothing to say" {
	sources '*.sh' '*.bash' '.ci/run' 'image/package/postinst' 'image/package/p*rm' | xargs shellcheck --external-sources
	# bats: each test is a subshell, stops at the first error, and gets variables from the helpers.
	sources '*.bats' | xargs shellcheck --external-sources --exclude=SC2030,SC2031,SC2153,SC2154,SC2164
}

@test "mandoc has nothing to say of the man page" {
	mandoc -T lint -W warning man/*
}

# The words of src/platforms by which a file could name an architecture: all that is neither a number nor a flag.
words() {
	local column
	for column in platform arch uname target package qemu cpu; do of "$column"; done |
		tr '|/,' '\n' | grep -vxE 'linux|qemu|arm|-sse3|v[0-9]|[0-9]{3}' | sort -u
	printf '%s\n' 'arm[-/]?v[5-7]' '38[6]'
}

@test "no code names an architecture but src/platforms and src/arch, and what speaks of kernels and codes themselves" {
	words | sed 's/.*/(^|[^A-Za-z0-9_])&([^A-Za-z0-9_]|$)/' >"$BATS_TEST_TMPDIR/words"
	sources 'Makefile' '*/Makefile' 'Dockerfile' '.ci/*' '*.sh' '*.bash' '*.bats' '*.c' '*.h' '*.ld' '*.py' '*.jq' |
		# its parts are those files; kernels, by their packages; one architecture's codes, by its listing and steps
		grep -vE '^\./(findings/|examples/keep-alive/|src/arch/|lab/kernels/|lab/proof/paths\.py|tests/tools/step\.c|lab/(tiny|memory)/)' >"$BATS_TEST_TMPDIR/files"
	# Comments may give examples.
	! xargs grep -nEf "$BATS_TEST_TMPDIR/words" <"$BATS_TEST_TMPDIR/files" | grep -vE '^[^:]+:[0-9]+:[[:space:]]*(#|/?\*)' || false
	# and there is a word for every platform
	[ "$(of platform | grep -cEf "$BATS_TEST_TMPDIR/words")" -eq ${#PLATFORMS[@]} ]
}

@test "a row of src/platforms without a cell, a column or a row that is not there: an error, not a loop over nothing" {
	copy_sources "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree"
	run -1 --separate-stderr scripts/platforms.sh no-such-column
	[[ -z $output && $stderr == *'no column no-such-column' ]]
	run -1 --separate-stderr scripts/platforms.sh elf linux/none
	[[ -z $output && $stderr == *'no platform linux/none' ]]
	# The last row loses its last cells; a column is gone; no row is left.
	# shellcheck disable=SC2016 # for sed
	for change in '$s/([^ ]+ +){6}.*/\1/' '/^platform/s/ target / tegrat /' '/^linux/d'; do
		sed -E "$change" "$ROOT/src/platforms" >src/platforms
		run -2 make platforms
		[ ! -e "build/${PLATFORM//\//-}/pause" ]
		run -1 --separate-stderr scripts/platforms.sh target
		[ -z "$output" ]
	done
}

@test "each header of src/arch is some platform's" {
	diff <(of arch | sort -u) <(basename -s .h src/arch/*.h | sort)
}
