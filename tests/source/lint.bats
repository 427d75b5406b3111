#!/usr/bin/env bats
# How it is written.

load ../helpers

setup() {
	cd "$ROOT"
}

# What git has, or would have; a copy without git: what is there.
sources() {
	git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null || find . -path ./build -prune -o -name "$@" -print
}

@test "C is formatted as .clang-format says" {
	sources '*.c' '*.h' | xargs clang-format --dry-run --Werror
}

@test "clang-tidy has nothing to say of the program, on any platform" {
	for command in build/*/command; do
		# What the compiler was told, without the linker's part; clang-tidy of this release knows no LoongArch.
		[[ $command != *loong64* ]] || continue
		flags=$(sed -E 's/^[^ ]+ //; s/-fuse-ld=[^ ]*|-Wl,[^ ]*|-static|-nostdlib|src\/pause\.c//g' "$command")
		eval "clang-tidy --quiet src/pause.c -- $flags"
	done
}

@test "clang-tidy has nothing to say of the programs of tests and comparison" {
	sources 'tests/*.c' 'bench/*.c' | xargs -I{} clang-tidy --quiet {} -- -std=gnu11 -Wall -Wextra -Wno-unused-function -Isrc \
		-DARCH='"arch/amd64.h"' -DVERSION='""' -DPLATFORM='""'
}

@test "cppcheck has nothing to say" {
	cppcheck --quiet --std=c11 --enable=warning,style,performance,portability --inline-suppr --error-exitcode=1 \
		-DARCH='"arch/amd64.h"' -DVERSION='""' -DPLATFORM='""' src tests bench
}

@test "shellcheck has nothing to say" {
	sources '*.sh' '*.bash' '.ci/run' | xargs shellcheck --external-sources
	# bats: each test is a subshell, stops at the first error, and gets variables from the helpers.
	sources '*.bats' | xargs shellcheck --external-sources --exclude=SC2030,SC2031,SC2154,SC2164
}

@test "mandoc has nothing to say of the man page" {
	mandoc -T lint -W warning man/pause.1
}

@test "no source names an architecture outside of src/arch" {
	! grep -nE '__(x86_64|i386|arm|aarch64|riscv|powerpc|powerpc64|s390x?|mips|loongarch)[a-z0-9_]*__' src/*.[ch] || false
}

@test "each header of src/arch gives the same names in the same order" {
	names() { sed -n 's/^#define \([A-Z_]*\).*/\1/p; s/^__asm__(.*_start.*/_start/p' "$1" | grep -v SA_RESTORER; }
	for header in src/arch/*.h; do
		[ "$(names "$header")" = "$(names src/arch/amd64.h)" ] || { echo "$header"; names "$header"; false; }
	done
	[ "$(names src/arch/amd64.h | wc -l)" -eq 10 ]
}

@test "the program fits a screen or two: pause.c at most 110 lines, a header of src/arch at most 35" {
	[ "$(wc -l <src/pause.c)" -le 110 ]
	for header in src/arch/*.h; do
		[ "$(wc -l <"$header")" -le 35 ]
	done
}
