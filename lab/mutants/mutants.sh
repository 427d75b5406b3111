#!/usr/bin/env bash
# Builds faults into copies of the tree, one each, and requires that a test finds it: mutants.sh TABLE [WORD]
# A line of the table, tabs between: file, change as an expression of sed, test, platforms. The test is a .bats file, or
# FILE:FILTER for those of its tests that a regular expression matches; "build" stands for a fault that does not build.
# The platforms are what is built and tested, the first as PLATFORM; "all"; or nothing, see below. "#" begins a remark.
# With WORD, only the lines that have it; with SAMPLE=20, so many of them, chosen by SEED. What is found has passed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash
# A test that starts make starts it as a person does, not as the make that runs this.
unset MAKELEVEL MAKEFLAGS MFLAGS

[[ $# == [12] && -r $1 && ${SAMPLE:-1} =~ ^[1-9][0-9]*$ ]] || usage 'TABLE [WORD], with SAMPLE=N and SEED=N'
export work of_this
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A fault in a header of src/arch is for the platforms that it serves, one in the program for this machine, and one
# elsewhere for three: this machine's, one with a variant, another.
known=$(scripts/platforms.sh platform) of_this=$(scripts/platforms.sh --native)
others=$(grep -vx "$of_this" <<<"$known")
three="$of_this $(grep -m 1 '/.*/' <<<"$others") ${others##*$'\n'}"
platforms_for() {
	local header=${1#src/arch/}
	case $1 in
	src/arch/*) paste -d ' ' - <(scripts/platforms.sh arch) <<<"$known" | sed -n "s/ ${header%.h}\$//p" ;;
	src/*) echo "$of_this" ;;
	*) echo "$three" ;;
	esac | paste -s -d ' '
}
grep -F -e "${2-}" "$1" | grep -v -e '^#' -e '^$' | while IFS=$'\t' read -r file change test platforms; do
	[[ $test == *:* ]] || test+=:.
	printf '%s\t' "$file" "$change" "${test%%:*}" "${test#*:}"
	echo "${platforms:-$(platforms_for "$file")}"
done >"$work/rows" || { echo "mutants.sh: $1: no line${2:+ with $2}" >&2 && exit 1; }
if [ -n "${SAMPLE-}" ]; then
	: "${SEED:=$RANDOM}"
	awk -v seed="$SEED" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' "$work/rows" | sort -g |
		sed -n "1,${SAMPLE}s/[^\t]*\t//p" >"$work/sample"
	mv "$work/sample" "$work/rows"
	echo "SAMPLE=$SAMPLE SEED=$SEED"
fi

# Makes a change in a copy, builds it, tests it and says what came of that: try LIMIT FILE_OF_LINES LINE_NUMBER
# What is not done after LIMIT seconds is ended. The compilers and tools are there, so that make need not look for them.
try() {
	local file change test filter platforms only first verdict status=0 tree=$work/$3.tree begin=$SECONDS
	IFS=$'\t' read -r file change test filter platforms < <(sed -n "$3p" "$2")
	only=${platforms/#all/} first=${platforms/#all/$of_this}
	cp -a "$work/tree" "$tree"
	sed -i "$change" "$tree/$file"
	if [ "$change" != '#' ] && cmp -s "$tree/$file" "$work/tree/$file"; then
		verdict='changes nothing'
	elif ! timeout "$1" make -s -o tools -C "$tree" platforms ${only:+PLATFORMS="$only"} >"$work/$3.log" 2>&1; then
		verdict=$([ "$test" = build ] && echo found || echo 'does not build')
	elif [ "$test" = build ]; then
		verdict='NOT FOUND'
	else
		(cd "$tree" && ONLY=$only PLATFORM=${first%% *} timeout --kill-after=10 "$1" \
			bats --filter "$filter" "$test" </dev/null) >"$work/$3.log" 2>&1 || status=$?
		case $status in
		0) verdict='NOT FOUND' ;;
		1) verdict=found ;;
		*) verdict="HANGS, or ends with status $status" ;; # it found nothing
		esac
	fi
	[ "$change" != '#' ] || [ "$verdict" = 'NOT FOUND' ] || cat "$work/$3.log"
	echo "$verdict: $file: $change ($test, $filter, $platforms), $((SECONDS - begin)) s"
	rm -rf "$tree"
}
export -f try
# One more at once than there are processors, since much of it is to wait for an engine: try_all LIMIT FILE_OF_LINES
try_all() {
	seq "$(wc -l <"$2")" | xargs -P $(($(nproc) + 1)) -I{} bash -euo pipefail -c 'try "$@"' bash "$1" "$2" {}
}

mkdir "$work/tree"
tar -c --exclude=./.git --exclude=./dist . | tar -x -C "$work/tree"
make -s -C "$work/tree" platforms >/dev/null
# A test that fails anyway finds nothing. The tests of one file, for the same platforms, are one run.
awk -F '\t' -v OFS='\t' '
	$3 != "build" { filter[$3, $5] = filter[$3, $5] (filter[$3, $5] ? "|" : "") $4; test[$3, $5] = $3; on[$3, $5] = $5 }
	END { for (one in test) print "VERSION", "#", test[one], filter[one], on[one] }' "$work/rows" >"$work/tests"
if try_all 1800 "$work/tests" | grep -v '^NOT FOUND'; then
	echo "mutants.sh: these fail without a fault" >&2
	exit 1
fi
# A row of which nothing is said has failed, too.
try_all 600 "$work/rows" | tee "$work/verdicts" || :
awk -v rows="$(wc -l <"$work/rows")" '
	/^found:/ { found++; next }
	!any++ { print "# What failed:" }
	1
	END { printf "%d passed, %d failed, 0 skipped\n", found, rows - found; exit found < rows }' "$work/verdicts"
