#!/usr/bin/env bats
# The source of every platform, by CBMC: harness.c has the kernel, model.h says what the program must do.

load ../../tests/helpers

# A program of Debian 13's cbmc, unpacked, with the libraries that it wants.
cbmc_tool() {
	"$loader" --library-path "$tools" "$tools/$1" "${@:2}"
}

# With 255, xargs starts nothing more.
prove() {
	local command elf char=() calls=() count proof folder=$BATS_TEST_TMPDIR/${1//\//-}
	mkdir "$folder"
	command=$(sed 's| src/pause.c$| -Wno-unused-command-line-argument -E|' "$(dirname "$(pause_of "$1")")/command")
	eval "$command -P lab/proof/harness.c -o $folder/source.i"
	[[ $(eval "$command -dM -xc /dev/null") != *__CHAR_UNSIGNED__* ]] || char=(-funsigned-char)
	elf=$(of elf "$1")
	for count in 1 2 3 4; do
		calls+=(--replace-calls "syscall$count:kernel$count")
	done
	{
		cbmc_tool goto-cc "--${elf%-*}" "--${elf#*-}-endian" "${char[@]}" -c "$folder/source.i" -o "$folder/compiled"
		cbmc_tool goto-instrument "${calls[@]}" --replace-calls __builtin_trap:trap "$folder/compiled" "$folder/linked"
	} >"$folder/log" 2>&1 || { cat "$folder/log" && exit 255; }
	# No text has more than 95 bytes. Loop 0 of start is the one over dead children.
	for proof in empty_argv no_argument one_argument several_arguments; do
		cbmc_tool cbmc "$folder/linked" --function $proof --unwind 96 --unwindset start.0:4 \
			--pointer-overflow-check --conversion-check >"$folder/$proof" 2>&1 || {
			echo "$1: $proof: not proven"
			grep 'FAILURE$' "$folder/$proof" || tail -n 5 "$folder/$proof"
			exit 255
		}
	done
	echo "$1: proven, properties: $(sed -n 's/^\*\* 0 of \([0-9]*\) failed.*/\1/p' "$folder"/*_arg* | paste -sd+)"
}

@test "on every platform: whatever the arguments, the kernel's answers and the signals, the source makes the calls of the model, and nothing is undefined" {
	cd "$ROOT"
	tools=$BATS_TEST_TMPDIR/tools
	mkdir "$tools"
	for package in cbmc minisat libstdc++6 libgcc-s1 libc6; do
		folder=$(tests/tools/fetch-deb.sh "$package:$(dpkg --print-architecture)/trixie" './usr/*')
		find "$folder" \( -name '*.so*' -o -path '*/bin/*' \) -exec ln -sf -t "$tools" {} +
	done
	loader=$(find "$tools" -name 'ld-linux*')
	export tools loader
	export -f cbmc_tool
	status=0
	on_each prove >"$BATS_TEST_TMPDIR/report" 2>&1 || status=$?
	{
		cat "$BATS_TEST_TMPDIR/report"
		sed -n 's/^#define \(LENGTH\|CHILDREN\) /bound: \1 /p' lab/proof/harness.c
	} | sed 's/^/# /' >&3
	[ "$(grep -c ': proven, ' "$BATS_TEST_TMPDIR/report")" -eq ${#PLATFORMS[@]} ]
	[ $status -eq 0 ]
}
