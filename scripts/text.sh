#!/usr/bin/env bash
# The program as one line of text, to carry it where no file can be copied:
#   text.sh [PLATFORM]                base64 of its gzip, for this machine by default: base64 -d | gunzip
#   text.sh --raw [PLATFORM]          base64 of the file itself, which is what binaryData of a ConfigMap takes
#   text.sh --check|--update FILE...  says which texts in these files are not of the present program, or replaces them
# The program is the one that `make` or `make platforms` built. A text says itself which platform it is for, since the
# program in it does. Status 0: done; 1: not built, or a text is not the present one; 2: wrong usage.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "${0%/*}/common.bash"
usage='[--raw] [PLATFORM] | --check FILE... | --update FILE...'

# The program's path: built PLATFORM
built() {
	local file
	file=${0%/*}/../build/${1//\//-}/pause
	[ -f "$file" ] || fail "$1 is not built; run: make PLATFORM=$1, or make platforms"
	echo "$file"
}

# A program in text, out of its text. gzip begins with the bytes that base64 writes as H4sI, an ELF file with f0VMR.
decode() {
	case $1 in
	H4sI*) base64 -d <<<"$1" | gzip -dc ;;
	*) base64 -d <<<"$1" ;;
	esac
}

# "raw" as second word: the file itself.
text() {
	local file
	file=$(built "$1")
	if [ "${2-}" = raw ]; then base64 -w 0 "$file"; else gzip -n -9 <"$file" | base64 -w 0; fi
	echo
}

mode=${1-}
case $mode in
--check | --update)
	shift
	[ $# -gt 0 ] || usage "$usage"
	status=0
	for file; do
		while read -r old; do
			platform=$(decode "$old" | grep -aoE 'linux/[a-z0-9/]+')
			! decode "$old" | cmp -s - "$(built "$platform")" || continue
			if [ "$mode" = --update ]; then
				kind=
				[[ $old == H4sI* ]] || kind=raw
				sed -i "s|$old|$(text "$platform" "$kind")|" "$file"
			else
				echo "text.sh: $file: its text for $platform is of another program; run: scripts/text.sh --update $file" >&2
				status=1
			fi
		done < <(grep -oE '(H4sI|f0VMR)[A-Za-z0-9+/]{400,}=*' "$file" | sort -u)
	done
	exit $status
	;;
--raw)
	shift
	raw=raw
	;;
-*) usage "$usage" ;;
esac
[ $# -le 1 ] || usage "$usage"
platform=${1-}
[ -n "$platform" ] || platform=$("${0%/*}/platforms.sh" --native)
"${0%/*}/platforms.sh" elf "$platform" >/dev/null
text "$platform" "${raw-}"
