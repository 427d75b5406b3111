#!/usr/bin/env bash
# Accounts for each byte of a smallest pause: listing.sh ARCHITECTURE FILE
# A line for each run of bytes that are the same field of the ELF header, the same field of the program header and the
# same instruction. "*" marks the fields that the kernel reads, "..." an instruction that goes on in the next field.
# Instructions are followed from the entry on, as the processor does it.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"

[ $# -eq 2 ] || { echo "usage: listing.sh amd64|386|arm64 FILE" >&2 && exit 2; }
case $1 in
amd64) class=64 format=elf64-x86-64 ;;
386) class=32 format=elf32-i386 ;;
arm64) class=64 format=elf64-littleaarch64 ;;
*) echo "listing.sh: no such architecture: $1" >&2 && exit 2 ;;
esac
[ -r "$2" ] || { echo "listing.sh: $2: not there; make -C lab tiny" >&2 && exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Name, size and "*" of each field, in the order of <linux/elf.h>, and where the kernel looks for the program header.
if [ "$class" = 64 ]; then
	elf="e_ident[0..3] 4* e_ident[4..15] 12 e_type 2* e_machine 2* e_version 4 e_entry 8* e_phoff 8* e_shoff 8
		e_flags 4 e_ehsize 2 e_phentsize 2* e_phnum 2* e_shentsize 2 e_shnum 2 e_shstrndx 2"
	program="p_type 4* p_flags 4* p_offset 8* p_vaddr 8* p_paddr 8 p_filesz 8* p_memsz 8* p_align 8"
	entry=$(od -An -j24 -N8 -t u8 "$2") phoff=$(od -An -j32 -N8 -t u8 "$2")
	address=$(od -An -j$((phoff + 16)) -N8 -t u8 "$2") offset=$(od -An -j$((phoff + 8)) -N8 -t u8 "$2")
else
	elf="e_ident[0..3] 4* e_ident[4..15] 12 e_type 2* e_machine 2* e_version 4 e_entry 4* e_phoff 4* e_shoff 4
		e_flags 4 e_ehsize 2 e_phentsize 2* e_phnum 2* e_shentsize 2 e_shnum 2 e_shstrndx 2"
	program="p_type 4* p_offset 4* p_vaddr 4* p_paddr 4 p_filesz 4* p_memsz 4* p_flags 4* p_align 4"
	entry=$(od -An -j24 -N4 -t u4 "$2") phoff=$(od -An -j28 -N4 -t u4 "$2")
	address=$(od -An -j$((phoff + 8)) -N4 -t u4 "$2") offset=$(od -An -j$((phoff + 4)) -N4 -t u4 "$2")
fi
at=$((entry - address + offset))

# Adds "OFFSET LENGTH TEXT" for each instruction from $at on, up to one that jumps, and sets $at to where that goes: a
# conditional jump forwards is always taken here, a jump backwards closes the loop.
follow() {
	local where text operands bytes target
	local from=$at
	at=
	while IFS=$'\t' read -r where text operands; do
		[[ $where =~ ^\ *([0-9a-f]+):(.*) ]] || continue
		where=$((16#${BASH_REMATCH[1]})) bytes=${BASH_REMATCH[2]// /}
		[[ ! $operands =~ (.*\$)-?[0-9]+([^#]*[^ #])?\ +'# imm = '(.*) ]] ||
			operands=${BASH_REMATCH[1]}${BASH_REMATCH[3]}${BASH_REMATCH[2]}
		operands=${operands%% <*} operands=${operands%%//*}
		[ "$text" != "<unknown>" ] || text=prefixes
		read -r text <<<"$text $operands"
		echo "$where $((${#bytes} / 2)) $text"
		[[ $text =~ ^(j[a-z]+|b|tbnz)\ .*0x([0-9a-f]+)$ ]] || continue
		target=$((16#${BASH_REMATCH[2]}))
		[ "$target" -lt "$where" ] || { at=$target && return; }
		[[ $text == tbnz* ]] || return 0
	done < <(llvm-objdump-19 -d --no-leading-headers --no-print-imm-hex --start-address="$from" "$work/object")
}

llvm-objcopy-19 -I binary -O "$format" --rename-section .data=.text,code "$2" "$work/object"
while [ -n "$at" ]; do
	follow >>"$work/instructions"
done

od -An -v -t x1 -w1 "$2" | awk -v elf="$elf" -v program="$program" -v phoff="$phoff" '
	function fields(list, at, names,   count, word, i, size) {
		count = split(list, word)
		for (i = 1; i < count; i += 2)
			for (size = word[i + 1] + 0; size > 0; size--)
				names[at++] = word[i] (word[i + 1] ~ /\*/ ? "*" : "")
	}
	function flush() {
		if (bytes != "")
			printf "%02x  %-24s %-15s %-11s %s\n", start, bytes, in_elf[start], in_program[start], shown
		bytes = ""
	}
	BEGIN {
		byte = 0
		fields(elf, 0, in_elf)
		fields(program, phoff + 0, in_program)
		printf "at  %-24s %-15s %-11s %s\n", "bytes", "ELF header", "program h.", "instruction"
	}
	NR == FNR {
		text = $0; sub(/^[0-9]+ [0-9]+ /, "", text)
		for (i = 0; i < $2; i++) instruction[$1 + i] = $1
		text_of[$1] = text
		next
	}
	{
		key = in_elf[byte] "/" in_program[byte] "/" (byte in instruction ? instruction[byte] : "none")
		if (key != last) {
			flush()
			start = byte
			shown = ""
			if (byte in instruction)
				shown = instruction[byte] == byte ? text_of[byte] : "..."
		}
		bytes = bytes (bytes == "" ? "" : " ") $1
		last = key
		byte++
	}
	END { flush() }' "$work/instructions" - | sed 's/ *$//'
