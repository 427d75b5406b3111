#!/usr/bin/env bats
# The smallest edition: what it is, what it promises, and what it gives up.

load ../../../tests/helpers

TINY=$ROOT/build/linux-amd64/pause-tiny

setup_file() {
	make --no-print-directory -C "$ROOT/lab" tiny >&2
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "its file has 88 bytes" {
	[ "$(wc -c <"$TINY")" -eq 88 ]
}

@test "gcc with the linker of binutils makes the same bytes" {
	gcc -std=gnu11 -Wall -Wextra -Werror -ffreestanding -static -nostdlib \
		-Wl,--build-id=none,--oformat=binary,-T,"$ROOT/lab/tiny/amd64.ld" "$ROOT/lab/tiny/amd64.c" -o "$BATS_TEST_TMPDIR/gcc"
	cmp "$BATS_TEST_TMPDIR/gcc" "$TINY"
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

@test "the listing accounts for each byte of the file" {
	"$ROOT/lab/tiny/listing.py" "$TINY" | sed 1d | put_together | cmp - "$TINY"
}

@test "every byte of it that the kernel leaves alone is part of an instruction" {
	make --no-print-directory -C "$ROOT/lab" tiny-listing | sed 1d | while IFS= read -r line; do
		[[ ${line:29:27} == *"*"* || -n ${line:57} ]]
	done
}

@test "lab/tiny/smallest.md shows the listing, and its picture is made from it" {
	[[ $(<"$ROOT/lab/tiny/smallest.md") == *"$(make --no-print-directory -C "$ROOT/lab" tiny-listing)"* ]]
	"$ROOT/lab/tiny/listing.py" --grid "$TINY" | cmp - "$ROOT/lab/tiny/smallest.svg"
}

@test "the tests of pause for its promises as a holder pass on it" {
	# bats has put its insides into PATH and the environment.
	env -i PATH="${PATH//\/usr\/libexec\/bats-core:/}" PAUSE="$TINY" \
		bats --filter-tags holder "$ROOT"/tests/program/{signals,orphans,start}.bats
}

@test "it takes no notice of its arguments, none or a thousand: no help, no version, no error" {
	for arguments in "" -h -v "--version nonsense" "$(seq 1000)"; do
		# shellcheck disable=SC2086
		hold "$TINY" $arguments >output 2>&1
		[ ! -s output ]
		nsenter --target "$pid" --pid -- "$(helper orphans)" 20 dead
		within 60 no_child "$pid"
		stops_with INT 0
	done
}

@test "SIGTERM ends it where it was blocked or ignored before exec" {
	for how in --block-signal --ignore-signal=TERM; do
		hold env $how "$TINY"
		stops_with TERM 0
	done
}

@test "nothing of it is writable but the stack" {
	hold "$TINY"
	[ "$(awk '$2 ~ /w/ { print $6 }' "/proc/$pid/maps")" = "[stack]" ]
	stops_with TERM 0
}

@test "given up: eu-elflint takes it for no ELF file, and finds no error in pause" {
	eu-elflint --strict --gnu-ld "$(pause_of linux/amd64)"
	run eu-elflint --strict --gnu-ld "$TINY"
	[ "$status" -ne 0 ]
}

@test "given up: qemu-user refuses it, and runs pause" {
	local emulator
	emulator=$(emulator_of linux/amd64)
	run "$emulator" "$TINY"
	[[ $status -ne 0 && $output == *"Invalid ELF image"* ]]
	run "$emulator" "$(pause_of linux/amd64)" --version
	[ "$status" -eq 0 ]
}

@test "given up: it maps terabytes of addresses, so a limit on them keeps it from starting" {
	run bash -c 'ulimit -v 1000000 && exec "$0"' "$TINY"
	[ "$status" -gt 128 ]
}

@test "given up: zombies from before exec stay, and inherited descriptors stay open" {
	hold "$(helper launch)" zombies "$TINY" 9</dev/null
	grep -q '^State:.*zombie' "/proc/$(children_of "$pid" | cut -d ' ' -f 1)/status"
	[ -e "/proc/$pid/fd/9" ]
	stops_with TERM 0
}
