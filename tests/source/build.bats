#!/usr/bin/env bats
# What is built, and how.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

files() {
	local entry
	for entry in "${PLATFORMS[@]}"; do
		pause_of "${entry%:*}"
	done
}

@test "at most 1,024 bytes on amd64 and 1,536 on every other platform" {
	for file in $(files); do
		limit=1536
		[[ $file != *linux-amd64* ]] || limit=1024
		size=$(wc -c <"$file")
		[ "$size" -le $limit ] || { echo "$file: $size"; false; }
	done
}

@test "each file is a conventional ELF executable of its architecture: full header, no section headers" {
	declare -A machine=(
		[amd64]='ELF64 2.s\ complement,\ little\ endian Advanced\ Micro\ Devices\ X86-64'
		[arm64]='ELF64 2.s\ complement,\ little\ endian AArch64' [arm-v7]='ELF32 2.s\ complement,\ little\ endian ARM'
		[arm-v6]='ELF32 2.s\ complement,\ little\ endian ARM'
		[386]='ELF32 2.s\ complement,\ little\ endian Intel\ 80386' [riscv64]='ELF64 2.s\ complement,\ little\ endian RISC-V'
		[ppc64le]='ELF64 2.s\ complement,\ little\ endian PowerPC64' [s390x]='ELF64 2.s\ complement,\ big\ endian IBM\ S/390'
		[mips64le]='ELF64 2.s\ complement,\ little\ endian MIPS\ R3000' [loong64]='ELF64 2.s\ complement,\ little\ endian LoongArch'
	)
	for file in $(files); do
		readelf -hW "$file" >header
		name=${file%/pause}
		eval "expected=(${machine[${name##*/linux-}]})"
		for value in "${expected[@]}"; do
			grep -q ": *$value\$" header || { echo "$file: no $value"; cat header; false; }
		done
		grep -q 'Type: *EXEC' header
		grep -q 'Number of section headers: *0' header
		grep -q 'Start of section headers: *0 ' header
		size=64
		grep -q 'ELF64' header || size=52
		grep -q "Size of this header: *$size " header
		grep -q "Start of program headers: *$size " header
	done
}

@test "each file has one segment, readable and executable, for pages up to 64 KiB, and a stack that is not executable" {
	for file in $(files); do
		readelf -lW "$file" | awk '/^Program Headers/ { on = 1; next } on && /^  [A-Z]/ && !/Type/' >segments
		awk '
			{ flags = $0; sub(/.*0x[0-9a-f]+ +(0x[0-9a-f]+ +)?/, "", flags) }
			NR == 1 && $1 == "LOAD" && $2 ~ /^0x0+$/ && $3 ~ /0000$/ && $5 == $6 && / R E 0x10000$/ { good++ }
			NR == 2 && $1 == "GNU_STACK" && $6 ~ /^0x0+$/ && / RW  / { good++ }
			END { exit !(good == 2 && NR == 2) }
		' segments || { echo "$file"; cat segments; false; }
		# The segment is the file, to the last byte.
		[ "$(awk 'NR == 1 { print $5 }' segments | xargs printf '%d')" -eq "$(wc -c <"$file")" ]
	done
}

@test "eu-elflint --strict has nothing to say" {
	for file in $(files); do
		complaint=$(eu-elflint --strict "$file" 2>&1) || true
		# elfutils of bookworm knows neither MIPS' flags nor LoongArch.
		case $file in
		*mips64le*) [[ $complaint == "invalid machine flags: 0x80000001" || $complaint == "No errors" ]] ;;
		*loong64*) [[ $complaint == $'unknown machine type 258\ninvalid machine flags: 0x43' || $complaint == "No errors" ]] ;;
		*) [[ $complaint == "No errors" ]] ;;
		esac || { echo "$file: $complaint"; false; }
	done
}

@test "no relocation, no library, no symbol" {
	for file in $(files); do
		readelf -rdsW "$file" >tables 2>&1
		if grep -vE '^$|^There (is|are) no|^Dynamic symbol information is not available' tables; then false; fi
	done
}

# A copy of what is needed to build, with other times, owner and modes.
copy_sources() {
	mkdir -p "$1"
	cp -r "$ROOT"/{Makefile,VERSION,src} "$1"
	find "$1" -exec touch -d "$2" {} +
}

@test "the same bytes from another folder, user, umask, locale, time zone and file times" {
	copy_sources "$BATS_TEST_TMPDIR/one/here" 1999-12-31
	copy_sources "$BATS_TEST_TMPDIR/two/a folder elsewhere" 2038-01-20
	chown -R 12345:54321 two
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	(cd one/here && umask 022 && TZ=Pacific/Kiritimati LC_ALL=C make -s -j2 platforms)
	(cd 'two/a folder elsewhere' && umask 077 && TZ=America/Adak LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1 \
		setpriv --reuid 12345 --regid 54321 --clear-groups make -s platforms)
	for file in $(files); do
		cmp "$file" "one/here/${file#"$ROOT/"}"
		cmp "$file" "two/a folder elsewhere/${file#"$ROOT/"}"
		[ "$(stat -c %a "two/a folder elsewhere/${file#"$ROOT/"}")" = 755 ]
	done
}

@test "the same bytes by another clock" {
	copy_sources "$BATS_TEST_TMPDIR/later" 2001-01-01
	# A time namespace moves only the monotonic clocks; libfaketime moves what programs call today.
	(cd later && faketime -f '+3000d' make -s platforms)
	for file in $(files); do
		cmp "$file" "later/${file#"$ROOT/"}"
	done
}

@test "gcc with GNU ld, and clang and lld of the release's own distribution, build this machine's file, too" {
	copy_sources "$BATS_TEST_TMPDIR/native" 2001-01-01
	cd native
	for cc in gcc clang; do
		make -s CC=$cc BUILD=$cc
		file=$cc${PAUSE#"$ROOT/build"}
		[ "$("$file" -v)" = "pause $(cat VERSION) $PLATFORM" ]
		[ "$(wc -c <"$file")" -le 1024 ]
		[ "$(eu-elflint --strict "$file")" = "No errors" ]
		hold "./$file"
		stops_with TERM 0
	done
}

@test "a change of a header, of the version or of the compiler rebuilds what depends on it, and nothing else" {
	copy_sources "$BATS_TEST_TMPDIR/again" 2001-01-01
	cd again
	make -s -j2 platforms
	[ "$(make platforms | grep -c bytes)" -eq 0 ]
	touch src/arch/arm.h
	[ "$(make platforms | grep -o 'linux-[^/]*' | tr '\n' ' ')" = "linux-arm-v7 linux-arm-v6 " ]
	touch src/syscall.h
	[ "$(make platforms | grep -c bytes)" -eq 10 ]
	echo 9.8.7 >VERSION
	make -s
	[[ $("build${PAUSE#"$ROOT/build"}" -v) == "pause 9.8.7 "* ]]
	[ "$(make CC=gcc | grep -c bytes)" -eq 1 ]
	[ "$(make CC=gcc | grep -c bytes)" -eq 0 ]
}

@test "a failed build says why and leaves no file behind" {
	copy_sources "$BATS_TEST_TMPDIR/broken" 2001-01-01
	cd broken
	echo 'int oops' >>src/pause.c
	status=0
	make all 2>err || status=$?
	[ $status -eq 2 ]
	grep -q 'src/pause.c:.*error' err
	[ -z "$(find build -name 'pause*')" ]
}

@test "trim.sh refuses what is no ELF file of ours, and leaves nothing behind" {
	echo text >text
	for input in text /bin/sh missing; do
		status=0
		"$ROOT/src/trim.sh" $input out 2>err || status=$?
		[ $status -eq 1 ]
		grep -q . err
		[ -z "$(find . -name 'out*')" ]
	done
	status=0
	"$ROOT/src/trim.sh" 2>err || status=$?
	[ $status -eq 2 ]
}

@test "make install honours DESTDIR and PREFIX" {
	make -s -C "$ROOT" install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	[ "$(find root -type f | sort | tr '\n' ' ')" = "root/usr/bin/pause root/usr/share/man/man1/pause.1 " ]
	cmp root/usr/bin/pause "$PAUSE"
	[ "$(stat -c %a root/usr/bin/pause)" = 755 ]
}

@test "make help lists every target that a person calls" {
	for target in all platforms run test install clean help; do
		make -s -C "$ROOT" help | grep -q "^make $target "
	done
}
