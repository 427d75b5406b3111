#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# trim.sh LINKED TRIMMED: writes to TRIMMED what the kernel loads of the ELF file LINKED, its first segment. Status 1
# for a file with other segments than text and stack, 2 for wrong usage.
#
# Linkers append a section header table that nobody needs at run time; the ELF header (elf(5)) must then say that there
# is none: zero for its place, its entries and the entry with names. The size of an entry stays the linker's.
# Why not objcopy: llvm-objcopy 19 --strip-sections writes the same bytes on every platform, but a zero for the size of
# an entry, too, and then `clamscan --alert-broken` (ClamAV 1.4) reports Heuristics.Broken.Executable. binutils before
# 2.41, Debian 12's among them, has no such option.
set -eu

if [ $# -ne 2 ]; then
	echo "usage: trim.sh LINKED TRIMMED" >&2
	exit 2
fi
linked=$1 trimmed=$2

fail() {
	echo "trim.sh: $linked: $1" >&2
	exit 1
}

# An unsigned number of $2 bytes at offset $1, in the byte order of the file.
number() {
	od -An -v -t "u$2" -j "$1" -N "$2" --endian="$order" "$linked" | tr -d ' '
}

# Zeroes for $2 bytes at offset $1.
erase() {
	dd if=/dev/zero of="$trimmed.part" bs=1 seek="$1" count="$2" conv=notrunc status=none
}

trap 'rm -f "$trimmed.part"' EXIT
trap 'exit 1' HUP INT TERM # not every shell runs the trap above when it dies of these
case $(od -An -v -t x1 -N 6 "$linked" | tr -d ' ') in
7f454c460101) class=32 order=little ;;
7f454c460102) class=32 order=big ;;
7f454c460201) class=64 order=little ;;
7f454c460202) class=64 order=big ;;
*) fail "no ELF file of a known class and byte order" ;;
esac

# The program headers follow the ELF header; elf(5) has the offsets.
if [ $class = 32 ]; then
	segments=$(number 44 2) type=$(number 52 4) offset=$(number 56 4) size=$(number 68 4) flags=$(number 76 4)
	second=$(number 84 4) second_flags=$(number 108 4)
else
	segments=$(number 56 2) type=$(number 64 4) offset=$(number 72 8) size=$(number 96 8) flags=$(number 68 4)
	second=$(number 120 4) second_flags=$(number 124 4)
fi
[ "$type $offset" = "1 0" ] || fail "the first program header is no PT_LOAD from the start of the file"
[ "$flags" = 5 ] || fail "the segment is not readable and executable alone (PF_R, PF_X): flags $flags"
[ "$second $second_flags" = "1685382481 6" ] || fail "the second program header is no PT_GNU_STACK without PF_X"
[ "$segments" = 2 ] || fail "$segments program headers instead of two"

head -c "$size" "$linked" >"$trimmed.part"
if [ $class = 32 ]; then
	erase 32 4 # e_shoff
	erase 48 4 # e_shnum, e_shstrndx
else
	erase 40 8
	erase 60 4
fi
chmod 755 "$trimmed.part"
mv "$trimmed.part" "$trimmed"
