#!/usr/bin/env bash
# Types what README has a person type, in a bare root: readme.sh [UNTIL]
# Each command line of its blocks marked as "sh", in their order; those that contain UNTIL, and all behind them, are left
# out. What comes before the clone is there has been done by root.sh. `make run` gets its Ctrl-C. Status 1 when a line
# fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash

out=$(mktemp)
trap 'rm -f "$out"' EXIT
holds() {
	grep -q '^Ctrl-C stops it' "$out" || ! kill -0 "$1" 2>/dev/null
}

awk '/^```/ { inside = !inside && $0 == "```sh"; next } inside' README.md | sed -e ':a' -e '/\\$/ { N; s/\\\n//; ba }' \
	-e 's/[[:space:]]\{2,\}#.*//' -e '/^[[:space:]]*\(#\|$\)/d' >"$out.lines"
trap 'rm -f "$out" "$out.lines"' EXIT
[ -s "$out.lines" ] || fail "README.md has no block of commands marked as sh"
typed=0
while read -r line <&9; do
	[ -z "${1-}" ] || [[ $line != *"$1"* ]] || break
	case $line in
	"git clone "* | "cd "* | *"install"*" git"*) continue ;;
	esac
	printf '\n$ %s\n' "$line"
	if [[ $line == *'make run'* ]]; then
		env --default-signal=INT setsid bash -c "$line" >"$out" 2>&1 &
		until holds $!; do sleep 0.2; done
		kill -INT -- "-$!" 2>/dev/null || :
		wait $! || :
		cat "$out"
		grep -q '^SIGINT: it stopped in .* with status 0$' "$out" || fail "README: $line"
	else
		bash -c "$line" </dev/null || fail "README: $line"
	fi
	typed=$((typed + 1))
done 9<"$out.lines"
echo "$typed lines of README were typed"
[ "$typed" -gt 0 ]
