#!/usr/bin/env bash
# Builds faults into copies of the tree, one at a time, and requires that a test finds each: mutants.sh TABLE [WORD]
# A line of the table: file, change as an expression of sed, test file; tabs between them, "#" begins a remark. "build"
# in place of a test file stands for a fault that does not build. With WORD, only the lines that have it.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# -lt 1 ] || [ $# -gt 2 ] || [ ! -r "$1" ]; then
	echo "usage: mutants.sh TABLE [WORD]" >&2
	exit 2
fi
mapfile -t rows < <(sed '/^#/d; /^$/d; s/\t\t*/\t/g' "$1" | grep -F -e "${2-}")
[ ${#rows[@]} -gt 0 ] || {
	echo "mutants.sh: $1: no line${2:+ with $2}" >&2
	exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Whether the copy builds, and passes a test file.
builds() {
	make -s -C "$work/tree" platforms >"$work/log" 2>&1
}
passes() {
	local status=0
	(cd "$work/tree" && timeout 1800 bats "$1" </dev/null) >"$work/log" 2>&1 || status=$?
	# With 1, a test failed. A run that was ended, by its time limit say, found nothing.
	[ $status -le 1 ] || { cat "$work/log" && echo "mutants.sh: $1 ended with status $status" >&2 && exit 1; }
	return $status
}

mkdir "$work/tree"
tar -c --exclude=./.git --exclude=./dist . | tar -x -C "$work/tree"
builds || { cat "$work/log" && echo "mutants.sh: the tree does not build" >&2 && exit 1; }
# A test that fails anyway finds nothing.
while read -r test; do
	passes "$test" || { cat "$work/log" && echo "mutants.sh: $test fails without a fault" >&2 && exit 1; }
done < <(printf '%s\n' "${rows[@]}" | cut -f 3 | grep -vx build | sort -u)

found=0
for row in "${rows[@]}"; do
	IFS=$'\t' read -r file change test <<<"$row"
	cp "$work/tree/$file" "$work/kept"
	sed -i "$change" "$work/tree/$file"
	if cmp -s "$work/tree/$file" "$work/kept"; then
		verdict='changes nothing'
	elif ! builds; then
		verdict=$([ "$test" = build ] && echo found || echo 'does not build')
	elif [ "$test" = build ] || passes "$test"; then
		verdict='NOT FOUND'
	else
		verdict=found
	fi
	cat "$work/kept" >"$work/tree/$file"
	[ "$verdict" != found ] || found=$((found + 1))
	echo "$verdict: $file: $change ($test)"
done
echo "$found of ${#rows[@]} faults found"
[ "$found" -eq ${#rows[@]} ]
