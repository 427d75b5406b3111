#!/usr/bin/env bash
# Boots a row of `machines`: boot.sh PLATFORM KERNEL FOLDER
# The folder is all that the machine has: its /init is the first program. Prints the machine's console, up to the line
# in which the kernel reports the end of PID 1. Status 1 when that line does not come within half an hour.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"
[ $# -eq 3 ] || usage 'PLATFORM KERNEL FOLDER'
platform=$1 kernel=$2 root=$(realpath "$3")
cd "$(dirname "$0")/../.."

# The one file of a folder that a pattern describes.
file() {
	local found
	found=$(find "$1" -name "$2")
	[ -f "$found" ] || fail "$platform on $kernel: not one file in $1 is $2, but: $found"
	echo "$found"
}

# The same of a package, which the cache of fetch-deb.sh has or gets.
packaged() {
	local folder
	folder=$(tests/tools/fetch-deb.sh "$1" "./*/$2")
	file "$folder" "$2"
}

row=$(awk -v row="$platform $kernel" '$1 " " $2 == row' lab/kernels/machines)
read -r _ _ _ _ emulator machine cpu console more <<<"$row"
[ -n "${console-}" ] || fail "$platform on $kernel: lab/kernels/machines has no such row"

emulator=qemu-system-$emulator memory=512 arch='' make='' config='' options=() append=()
for word in $more; do
	value=${word#*=}
	case $word in
	emulator=*) emulator=$(packaged "$value" "$emulator") ;;
	bios=*) options+=(-bios "$(packaged "${value%/*}" "${value##*/}")") ;;
	dtb=*) dtb=$value ;;
	append=*) append+=("$value") ;;
	memory=* | arch=* | make=* | config=*) declare "$word" ;;
	*) fail "$platform on $kernel: not understood: $word" ;;
	esac
done
if [ -n "$arch" ]; then
	folder=$(lab/kernels/build.sh "$kernel" "$arch" "$make" "$config")
else
	folder=$(tests/tools/fetch-deb.sh "$kernel" './*/vmlinu*')
fi
image=$(file "$folder" 'vmlinu*')
if [ -n "${dtb-}" ]; then
	[ -n "$arch" ] || folder=$(tests/tools/fetch-deb.sh "$kernel" "./*/$dtb")
	options+=(-dtb "$(file "$folder" "$dtb")")
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$work/initrd"

"$emulator" -M "$machine" -cpu "$cpu" -m "$memory" "${options[@]}" \
	-nodefaults -display none -monitor none -serial stdio -no-reboot \
	-kernel "$image" -initrd "$work/initrd" -append "console=$console panic=-1 ${append[*]}" \
	</dev/null >"$work/console" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

# Not every machine leaves after a panic; none says anything of interest after it.
end='Attempted to kill init! exitcode='
deadline=$((SECONDS + 1800)) running=1
until grep -aq "$end" "$work/console"; do
	if [ -z "$running" ] || [ $SECONDS -gt $deadline ]; then
		cat "$work/console" >&2
		fail "$platform on $kernel: PID 1 did not end"
	fi
	sleep 0.1
	kill -0 "$pid" 2>/dev/null || running='' # it may have written the line before it left
done
sed "s/\r$//; /$end/q" "$work/console"
