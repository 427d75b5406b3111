#!/usr/bin/env bats
# The smallest edition: what it is, what it promises, and what it gives up.

load ../../../tests/helpers

tiny_of() {
	echo "$ROOT/build/linux-$1/pause-tiny"
}

setup_file() {
	make --no-print-directory -C "$ROOT/lab" tiny >&2
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# The tests of what every holder of namespaces promises, on another file.
keeps_promises() {
	# bats has put its insides into PATH and the environment.
	env -i PATH="${PATH//\/usr\/libexec\/bats-core:/}" PAUSE="$1" bats --filter-tags holder "$ROOT"/tests/program/{signals,orphans,start}.bats
}

# The 386 file runs where the kernel runs such programs at all; the emulator of user programs refuses it (below), and a
# virtual machine is in kernels.bats.
needs_386() {
	executes "$(pause_of linux/386)" || skip "this kernel executes no 32-bit program"
}

# The files that this kernel executes.
files() {
	tiny_of amd64
	! executes "$(pause_of linux/386)" || tiny_of 386
}

@test "its files have 88 bytes for amd64, 72 for 386, 144 for arm64" {
	[ "$(wc -c <"$(tiny_of amd64)")" -eq 88 ]
	[ "$(wc -c <"$(tiny_of 386)")" -eq 72 ]
	[ "$(wc -c <"$(tiny_of arm64)")" -eq 144 ]
}

@test "gcc with the linker of binutils makes the same bytes" {
	gcc -std=gnu11 -Wall -Wextra -Werror -ffreestanding -static -nostdlib \
		-Wl,--build-id=none,--oformat=binary,-T,"$ROOT/lab/tiny/amd64.ld" "$ROOT/lab/tiny/amd64.c" -o "$BATS_TEST_TMPDIR/gcc"
	cmp "$BATS_TEST_TMPDIR/gcc" "$(tiny_of amd64)"
}

# Puts a listing's bytes together; each line must begin where the one before ended, and say what its bytes are.
put_together() {
	local line bytes at=0
	while IFS= read -r line; do
		[[ $line =~ ^([0-9a-f]{2})\ \ (([0-9a-f]{2}\ )+)\ *[a-z] && $((16#${BASH_REMATCH[1]})) -eq $at ]] || return 1
		read -ra bytes <<<"${BASH_REMATCH[2]}"
		at=$((at + ${#bytes[@]}))
		printf '%b' "${bytes[@]/#/\\x}"
	done
}

@test "the listing accounts for each byte of the amd64 file" {
	"$ROOT/lab/tiny/listing.py" "$(tiny_of amd64)" | sed 1d | put_together | cmp - "$(tiny_of amd64)"
}

@test "every byte of the amd64 file that the kernel leaves alone is part of an instruction" {
	make --no-print-directory -C "$ROOT/lab" tiny-listing | sed 1d | while IFS= read -r line; do
		[[ ${line:29:27} == *"*"* || -n ${line:57} ]]
	done
}

@test "lab/tiny/smallest.md shows the listing, and its picture is made from it" {
	[[ $(<"$ROOT/lab/tiny/smallest.md") == *"$(make --no-print-directory -C "$ROOT/lab" tiny-listing)"* ]]
	"$ROOT/lab/tiny/listing.py" --grid "$(tiny_of amd64)" | cmp - "$ROOT/lab/tiny/smallest.svg"
}

@test "on amd64 the tests of pause for its promises as a holder pass on it" {
	keeps_promises "$(tiny_of amd64)"
}

@test "on 386 the tests of pause for its promises as a holder pass on it" {
	needs_386
	keeps_promises "$(tiny_of 386)"
}

# What the emulator of user programs, which refuses the file itself, makes of its instructions: a file with headers of its
# own has it all at its address. emulated ARCHITECTURE ADDRESS ENTRY -> what starts it
emulated() {
	local platform=linux/$1 start=$BATS_TEST_TMPDIR/$1.start
	printf '.incbin "%s"\n' "$(tiny_of "$1")" >"$1.s"
	clang-19 "--target=$(of target "$platform")" -fuse-ld=lld -nostdlib -static \
		-Wl,-Ttext="$2",-e,"$3",--image-base=0x10000 -o "$1.wrapped" "$1.s"
	printf '#!/bin/sh\nexec %s "%s"\n' "$(emulator_of "$platform")" "$PWD/$1.wrapped" >"$start"
	chmod +x "$start"
	echo "$start"
}

# Reaping is for the machines of kernels.bats: the emulator keeps SA_NOCLDWAIT from the kernel.
@test "on 386 and arm64 its instructions hold, go on after SIGCONT and stop with status 0, in the emulator" {
	for start in "$(emulated 386 0x3daeb000 0x3daeb019)" "$(emulated arm64 0x400000 0x400004)"; do
		for signal in TERM INT; do
			hold "$start"
			kill -STOP "$pid"
			kill -CONT "$pid"
			sleep 0.1
			within 60 asleep "$pid"
			stops_with $signal 0
		done
	done
}

@test "it takes no notice of its arguments, none or a thousand: no help, no version, no error" {
	for file in $(files); do
		for arguments in "" -h -v "--version nonsense" "$(seq 1000)"; do
			# shellcheck disable=SC2086
			hold "$file" $arguments >output 2>&1
			[ ! -s output ]
			nsenter --target "$pid" --pid -- "$(helper orphans)" 20 dead
			within 60 no_child "$pid"
			stops_with INT 0
		done
	done
}

@test "SIGTERM ends it where it was blocked or ignored before exec" {
	for file in $(files); do
		for how in --block-signal --ignore-signal=TERM; do
			hold env $how "$file"
			stops_with TERM 0
		done
	done
}

@test "nothing of it is writable but the stack" {
	for file in $(files); do
		hold "$file"
		[ "$(awk '$2 ~ /w/ { print $6 }' "/proc/$pid/maps")" = "[stack]" ]
		stops_with TERM 0
	done
}

@test "given up: eu-elflint takes it for no ELF file, and finds no error in pause" {
	eu-elflint --strict --gnu-ld "$(pause_of linux/amd64)"
	run eu-elflint --strict --gnu-ld "$(tiny_of amd64)"
	[ "$status" -ne 0 ]
}

@test "given up: qemu-user refuses it, and runs pause" {
	local emulator
	emulator=$(emulator_of linux/amd64)
	run "$emulator" "$(tiny_of amd64)"
	[[ $status -ne 0 && $output == *"Invalid ELF image"* ]]
	run "$emulator" "$(pause_of linux/amd64)" --version
	[ "$status" -eq 0 ]
}

@test "given up: it maps terabytes of addresses, so a limit on them keeps it from starting" {
	run bash -c 'ulimit -v 1000000 && exec "$0"' "$(tiny_of amd64)"
	[ "$status" -gt 128 ]
}

@test "given up: on 386 it is mapped at a multiple of 4 KiB, which is no multiple of a larger page" {
	address=$(od -An -j12 -N4 -t u4 "$(tiny_of 386)")
	[ $((address % 4096)) -eq 0 ]
	[ $((address % 8192)) -ne 0 ]
}

@test "given up: zombies from before exec stay, and inherited descriptors stay open" {
	hold "$(helper launch)" zombies "$(tiny_of amd64)" 9</dev/null
	grep -q '^State:.*zombie' "/proc/$(children_of "$pid" | cut -d ' ' -f 1)/status"
	[ -e "/proc/$pid/fd/9" ]
	stops_with TERM 0
}
