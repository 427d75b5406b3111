# What a test of each.sh consists of.
# shellcheck shell=bash
load "$(dirname "${BASH_SOURCE[0]}")/../../tests/helpers"

# Every check inside holds, all of them were made, and SIGTERM ends PID 1 with status 0: boots PLATFORM KERNEL
boots() {
	local folder=$BATS_TEST_TMPDIR/root console=$BATS_TEST_TMPDIR/console version page figures
	read -r version page < <(awk -v row="$1 $2" '$1 " " $2 == row { print $3, $4 }' "$ROOT/lab/kernels/machines")
	mkdir -p "$folder/proc"
	cp "$(pause_of "$1")" "$folder/pause"
	cp "$ROOT/build/${1//\//-}/check" "$folder/init"
	"$ROOT/lab/kernels/boot.sh" "$1" "$2" "$folder" >"$console"
	grep -E '^(not )?ok: |^kernel: |^figure: |exitcode' "$console"
	[ "$(grep -c '^not ok: ' "$console")" -eq 0 ]
	grep -qx "figure: checks $(grep -c '^ok: ' "$console")" "$console"
	[[ $(tail -n 1 "$console") == *'Attempted to kill init! exitcode=0x00000000' ]]
	grep -qx "figure: page size $page" "$console"
	[ "$version" = - ] || grep -qF "kernel: $version" "$console"
	figures=$(sed -n 's/^kernel: //p; s/^figure: //p' "$console" | paste -sd ,)
	echo "# $1: ${figures//,/, }" >&3
}
