#!/usr/bin/env bash
# Lists the facts of the pages that were read, or seen by hand, more than half a year ago.
# usage: scripts/stale.sh [DATE]
# DATE is the day to count back from, as YYYY-MM-DD; by default today. A line for each fact, the oldest first: its day,
# file:line, the section, and what was read. Such a fact is a paragraph of docs/*.md that begins with *Read DAY: or
# *By hand DAY: and ends with an asterisk; a month without a day counts from its first. Status 0, also when there are
# none; 2 when DATE is no day.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
	echo "usage: scripts/stale.sh [DATE], a day as YYYY-MM-DD" >&2
	exit 2
}
[ $# -le 1 ] || usage
today=${1-$(date +%F)}
[ "$(date -d "$today" +%F 2>/dev/null)" = "$today" ] || usage
# From the middle of the month: six months before a 31st there may be none.
limit=$(date -d "${today%-*}-15 -6 months" +%Y-%m)-${today##*-}

awk -v limit="$limit" '
	/^#/ { section = $0; sub(/^#+ */, "", section) }
	match($0, /^\*(Read|By hand) [0-9-]+: /) {
		day = substr($0, 1, RLENGTH - 2)
		sub(/.* /, "", day)
		if (length(day) == 7) day = day "-01"
		fact = day < limit ? day "  " FILENAME ":" FNR "  " section ": " : ""
	}
	fact != "" {
		fact = fact $0 (/\*$/ ? "" : " ")
		if (/\*$/) { print fact; fact = "" }
	}' docs/*.md | sort
