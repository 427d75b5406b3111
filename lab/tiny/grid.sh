#!/usr/bin/env bash
# Draws a smallest pause as a grid of coloured bytes (SVG), from its listing: grid.sh ARCHITECTURE FILE
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: grid.sh amd64|386|arm64 FILE" >&2 && exit 2; }

"$(dirname "$0")/listing.sh" "$1" "$2" | sed 1d | awk -v name="linux/$1" '
	BEGIN { total = 0 }
	{
		# The columns of the listing.
		count = split(substr($0, 5, 24), byte, " ")
		read = substr($0, 30, 27) ~ /\*/
		label = substr($0, 58)
		code = label != ""
		if (label == "...") label = ""
		for (i = 1; i <= count; i++) {
			value[total] = byte[i]
			kind[total] = code && read ? "both" : code ? "code" : read ? "read" : "unread"
			if (kind[total] == "unread") unread = 1
			if (i == 1) begins[total] = label
			field[total] = field_of(substr($0, 30, 15), substr($0, 46, 11))
			total++
		}
	}
	function field_of(elf, program) {
		gsub(/[ *]|\[.*\]/, "", elf); gsub(/[ *]/, "", program)
		return elf != "" && program != "" ? elf " / " program : elf program
	}
	function legend(x, what, text) {
		printf "<rect class=\"%s\" x=\"%d\" y=\"34\" width=\"14\" height=\"14\"/>", what, x
		printf "<text x=\"%d\" y=\"46\">%s</text>\n", x + 20, text
	}
	END {
		columns = 8; width = 86; height = 48; top = 64; left = 34
		rows = int((total + columns - 1) / columns)
		printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\"", left + columns * width + 24,
			top + rows * height + 8
		print " font-family=\"sans-serif\" font-size=\"12\">"
		print "<style>.read{fill:#9ec5fe}.code{fill:#ffd98a}.both{fill:#a3d9a5}.unread{fill:#e9ecef}rect{stroke:#fff}"
		print ".byte{font:bold 15px monospace}.small{font-size:8px}.at{fill:#888;font-family:monospace}</style>"
		print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
		printf "<text x=\"%d\" y=\"20\" font-size=\"15\" font-weight=\"bold\">%s, %d bytes</text>\n", left, name, total
		legend(left, "read", "header field that the kernel reads")
		legend(left + 230, "code", "instruction")
		legend(left + 330, "both", "both at once")
		if (unread) legend(left + 440, "unread", "neither")
		for (i = 0; i < total; i++)
			printf "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", kind[i],
				left + (i % columns) * width, top + int(i / columns) * height, width, height
		for (i = 0; i < total; i++) {
			x = left + (i % columns) * width; y = top + int(i / columns) * height
			if (i % columns == 0) printf "<text class=\"at\" x=\"6\" y=\"%d\">%02x</text>\n", y + 28, i
			printf "<text class=\"byte\" x=\"%d\" y=\"%d\">%s</text>", x + 4, y + 30, value[i]
			if (field[i] != field[i - 1] || i == 0 || i % columns == 0)
				printf "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text>", x + 4, y + 12, field[i]
			if (begins[i] != "")
				printf "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text>", x + 4, y + 43, begins[i]
			print ""
		}
		print "</svg>"
	}'
