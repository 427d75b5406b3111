#!/bin/sh
# Reads src/platforms:
#   platforms.sh COLUMN [PLATFORM...]   that column of these platforms, of all without one; a line each
#   platforms.sh --native               the platform of this machine
#   platforms.sh --cells                the table for make: words like linux-arm-v7:elf=32-little, "~" for a space
# A row, a column or a cell that is not there is an error.
set -eu

case ${1-} in
--cells | --native | [a-z]*) ;;
*)
	echo "usage: platforms.sh --cells | --native | COLUMN [PLATFORM...]" >&2
	exit 2
	;;
esac

# What runs this script decides between classes and byte orders: bytes 4 and 5 of an ELF file, elf(5).
awk -v wanted="$*" -v machine="$(uname -m)" -v shell="$(od -An -t u1 -j 4 -N 2 "/proc/$$/exe")" '
	function fail(text) {
		print "platforms.sh: src/platforms: " text >"/dev/stderr"
		exit failed = 1
	}
	/^#/ || !NF { next }
	!columns {
		columns = split($0, column)
		next
	}
	NF < columns { fail($1 " has " NF " cells for " columns " columns") }
	{
		row[++rows] = $1
		for (i = 1; i <= NF; i++) {
			name = column[i < columns ? i : columns]
			cell[$1, name] = (i > columns ? cell[$1, name] " " : "") $i
		}
	}
	function print_cells(row,   folder, value, i) {
		folder = row
		gsub("/", "-", folder)
		for (i = 1; i <= columns; i++) {
			value = cell[row, column[i]]
			gsub(" ", "~", value)
			print folder ":" column[i] "=" value
		}
	}
	function is_native(row,   said, byte, word) {
		split(cell[row, "uname"] "|" cell[row, "wider"], said, "|")
		split(shell, byte, " ")
		for (word in said)
			if (said[word] == machine && cell[row, "elf"] == byte[1] * 32 (byte[2] == 1 ? "-little" : "-big")) return 1
	}
	END {
		if (failed) exit 1
		if (!rows) fail("it has no row")
		arguments = split(wanted, argument, " ")
		for (i = 1; i <= rows; i++) {
			if (argument[1] == "--cells") { print_cells(row[i]); printed++ }
			if (argument[1] == "--native" && is_native(row[i])) { print row[i]; printed++ }
			if (arguments == 1) argument[i + 1] = row[i]
		}
		if (argument[1] ~ /^--/) {
			if (!printed) fail("no row is for this machine, " machine)
			exit
		}
		for (i = 2; i in argument; i++) {
			if (!((argument[i], column[1]) in cell)) fail("no platform " argument[i])
			if (!((argument[i], argument[1]) in cell)) fail("no column " argument[1])
			print cell[argument[i], argument[1]]
		}
	}' "${0%/*}/../src/platforms"
