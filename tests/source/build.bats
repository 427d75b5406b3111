#!/usr/bin/env bats
# What is built, and how.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

files() {
	local platform
	for platform in "${PLATFORMS[@]}"; do
		pause_of "$platform"
	done
}

# A number of a file's header, in its own byte order: field FILE OFFSET BYTES little|big
field() {
	od -An -t "u$3" -j "$2" -N "$3" --endian="$4" "$1" | tr -d ' '
}

@test "at most 1,000 bytes for the most usual platform and 1,536 for every other" {
	limit=1000
	for file in $(files); do
		size=$(wc -c <"$file")
		[ "$size" -le $limit ] || { echo "$file: $size"; false; }
		limit=1536
	done
}

@test "each file is a conventional ELF executable of its architecture: full header, no section headers" {
	for platform in "${PLATFORMS[@]}"; do
		file=$(pause_of "$platform")
		readelf -hW "$file" >header
		IFS=- read -r class order < <(of elf "$platform")
		grep -q "Class: *ELF$class\$" header
		grep -q "Data: .* $order endian\$" header
		grep -q 'Type: *EXEC' header
		[ "$(field "$file" 18 2 "$order")" = "$(of machine "$platform")" ]
		grep -q 'Number of section headers: *0' header
		grep -q 'Start of section headers: *0 ' header
		grep -q 'Section header string table index: *0$' header
		size=64
		[ "$class" = 64 ] || size=52
		grep -q "Size of this header: *$size " header
		# There is no section header; zero for the size of one is what a virus scanner takes for damage.
		grep -q "Size of section headers: *$((size == 64 ? 64 : 40)) " header
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
	# Of an architecture that it has no rules for, it knows neither the machine nor its flags.
	for file in $(files); do
		complaint=$(eu-elflint --strict "$file" 2>&1 | grep -vE '^(unknown machine type [0-9]+|invalid machine flags: 0x[0-9a-f]+)$') || true
		[ "${complaint:-No errors}" = "No errors" ] || { echo "$file: $complaint"; false; }
	done
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
		grep -q "^$cc " "${file%/pause}/command"
		[ "$("$file" -v)" = "pause $(cat VERSION) $PLATFORM" ]
		[ "$(wc -c <"$file")" -le 1024 ]
		[ "$(eu-elflint --strict "$file")" = "No errors" ]
		hold "./$file"
		stops_with TERM 0
	done
}

# What packagers, and people who look for something, pass on.
@test "CFLAGS and LDFLAGS add to ours, and take nothing away that the file needs" {
	copy_sources "$BATS_TEST_TMPDIR/flags" 2001-01-01
	cd flags
	hardened=$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get CFLAGS)
	for cc in gcc clang 'env gcc -O1'; do
		make -s CC="$cc"
		plain=$(wc -c <"build${PAUSE#"$ROOT/build"}")
		for flags in -O2 -g "-fPIE -pie" -flto -fexceptions "-fcf-protection=full -fstack-clash-protection" "$hardened"; do
			make -s CC="$cc" CFLAGS="$flags" || { echo "$cc, CFLAGS=$flags"; false; }
			is_whole
			[ "$flags" != -O2 ] || [ "$(wc -c <"$file")" -gt "$plain" ]
		done
		for flags in -s -pie -flto -Wl,-z,relro,-z,now,--build-id -Wl,-z,execstack -Wl,-z,separate-code \
			-Wl,--gc-sections,--as-needed; do
			make -s CC="$cc" LDFLAGS="$flags" || { echo "$cc, LDFLAGS=$flags"; false; }
			is_whole
			[ "$(wc -c <"$file")" -le "$plain" ]
		done
	done
}
is_whole() {
	file=build${PAUSE#"$ROOT/build"}
	[ "$("$file" -v)" = "pause $(cat VERSION) $PLATFORM" ]
	[ "$(eu-elflint --strict "$file")" = "No errors" ]
	[ "$(readelf -lW "$file" | grep -cE '^  (LOAD .* R E |GNU_STACK .* RW )')" -eq 2 ]
	[[ $(readelf -hW "$file") == *'Type:                              EXEC'*'Number of program headers:         2'* ]]
}

@test "CC, CFLAGS and LDFLAGS are for this machine's own build: they reach no other goal, wherever they come from" {
	copy_sources "$BATS_TEST_TMPDIR/release" 2001-01-01
	cd release
	CC=gcc CFLAGS=-O2 LDFLAGS=-s make -s
	CC=gcc CFLAGS=-O2 LDFLAGS=-s make -s platforms
	make -s CC=gcc CFLAGS=-O2 LDFLAGS=-s "build${PAUSE#"$ROOT/build"}"
	for file in $(files); do
		cmp "$file" "${file#"$ROOT/"}"
	done
}

@test "a change of a header, of the version or of the compiler rebuilds what depends on it, and nothing else" {
	copy_sources "$BATS_TEST_TMPDIR/again" 2001-01-01
	cd again
	make -s -j2 platforms
	[ "$(make platforms | grep -c bytes)" -eq 0 ]
	header=$(of arch | sort | uniq -d | head -n 1)
	touch "src/arch/$header.h"
	[ "$(make platforms | grep -c bytes)" -eq "$(of arch | grep -cx "$header")" ]
	touch src/syscall.h
	[ "$(make platforms | grep -c bytes)" -eq ${#PLATFORMS[@]} ]
	echo 9.8.7 >VERSION
	make -s
	[[ $("build${PAUSE#"$ROOT/build"}" -v) == "pause 9.8.7 "* ]]
	[ "$(make CC=gcc | grep -c bytes)" -eq 1 ]
	[ "$(make CC=gcc | grep -c bytes)" -eq 0 ]
}

# The complaint about a link with a fault in it, or nothing: complaint LINE_OF_C [PLATFORM [CHANGE OF pause.ld]]
complaint() {
	local command
	command=$(cat "$(dirname "$(pause_of "${2:-$PLATFORM}")")/command")
	{ cat "$ROOT/src/pause.c" && echo "$1"; } >fault.c
	sed "${3-}" "$ROOT/src/pause.ld" >fault.ld
	command=${command/src\/pause.c/-I "$ROOT/src" fault.c}
	{ eval "${command/src\/pause.ld/fault.ld} -Wno-error -o linked" && "$ROOT/src/trim.sh" linked fault; } 2>&1 || [ ! -e fault ]
	rm -f linked fault
}

@test "the link refuses .data, .bss, an unknown section, a writable or a third segment" {
	[ -z "$(complaint '')" ]
	complaint 'int fault = 1;' | grep 'pause.ld: something in .data'
	complaint 'int fault;' | grep 'pause.ld: something in .bss'
	complaint '__attribute__((section("odd"))) void fault(void); void fault(void) {}' | grep "(odd) is being placed in 'odd'"
	complaint '' "$PLATFORM" 's/stack PT_GNU_STACK FLAGS(6);/& more PT_NOTE FLAGS(4);/' | grep 'pause.ld: a third segment'
	complaint '' "$PLATFORM" 's/FLAGS(5)/FLAGS(7)/' | grep 'the segment is not readable and executable alone'
	complaint '' "$PLATFORM" 's/FLAGS(6)/FLAGS(7)/' | grep 'is no PT_GNU_STACK without PF_X'
}

# On some platforms the fault is none; each complaint is the one that is meant, and one there must be.
@test "the link refuses what only some compilers and linkers do: an address in .got, a segment for attributes" {
	odd='static const char odd[3] __attribute__((aligned(1))) = "ab"; const char *fault(void); const char *fault(void) { return odd; }'
	for platform in "${PLATFORMS[@]}"; do
		complaint "$odd" "$platform" >>got
		complaint '' "$platform" 's/[.][a-z]*[.]attributes//g; s/.symtab 0/.attributes 0 : { *(.*.attributes) }\n\t&/' >>segment
	done
	grep 'pause.ld: an address in .got' got
	! grep 'ld: error' got | grep -v 'pause.ld: an address in .got' || false
	grep 'pause.ld: a third segment' segment
	! grep 'ld: error' segment | grep -v 'pause.ld: a third segment' || false
}

@test "no compiler's call into a libc: nothing is undefined in any platform's object" {
	cd "$ROOT"
	for platform in "${PLATFORMS[@]}"; do
		command=$(cat "$(dirname "$(pause_of "$platform")")/command")
		eval "$command -c -Wno-unused-command-line-argument -o $BATS_TEST_TMPDIR/object"
		undefined=$(llvm-nm-19 --undefined-only "$BATS_TEST_TMPDIR/object" | awk '$NF != ".TOC." { print $NF }')
		[ -z "$undefined" ] || { echo "$platform: $undefined"; false; }
	done
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
	refused() {
		status=0
		"$ROOT/src/trim.sh" "$1" out 2>err || status=$?
		[ $status -eq 1 ]
		grep -q "trim.sh: $1: .*$2" err
		[ -z "$(find . -name 'out*')" ]
	}
	echo text >text
	refused text 'no ELF file'
	refused missing 'no ELF file'
	refused /bin/sh PT_LOAD # its first program header is for the others
	# A third one, which the linker would have refused: the low byte of e_phnum.
	IFS=- read -r class order < <(of elf "$PLATFORM")
	cp "$PAUSE" third
	printf '\003' | dd of=third bs=1 seek=$(($([ "$class" = 64 ] && echo 56 || echo 44) + $([ "$order" = big ] && echo 1 || echo 0))) \
		conv=notrunc status=none
	refused third '3 program headers instead of two'
	status=0
	"$ROOT/src/trim.sh" 2>err || status=$?
	[ $status -eq 2 ]
}

@test "make install honours DESTDIR and PREFIX; make uninstall removes what it has put there, and nothing else" {
	make -s -C "$ROOT" install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	[ "$(find root -type f | sort | tr '\n' ' ')" = "root/usr/bin/pause root/usr/share/man/man1/pause.1 " ]
	cmp root/usr/bin/pause "$PAUSE"
	[ "$(stat -c %a root/usr/bin/pause)" = 755 ]
	touch root/usr/bin/other
	make -s -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	[ "$(find root -type f)" = root/usr/bin/other ]
}

@test "each target is one that make help lists, or one that docs/image.md is about" {
	make -s --no-print-directory -C "$ROOT" help >listed
	[ "$(wc -l <listed)" -le 14 ]
	make -s --no-print-directory -C "$ROOT" -pn help 2>/dev/null | sed -n 's/^[.]PHONY: //p' | tr ' ' '\n' |
		grep -vxE 'force|tools' >targets
	[ "$(wc -l <targets)" -ge 12 ]
	while read -r target; do
		grep -q "^make $target " listed || grep -q "make $target\b" "$ROOT/docs/image.md" || { echo "$target"; false; }
	done <targets
}

# Requires that make refuses this, in one sentence of its own, and has done nothing: refuses WORDS VARIABLE=VALUE... GOAL
refuses() {
	run make --no-print-directory -C "$ROOT" BUILD="$BATS_TEST_TMPDIR/build" DIST="$BATS_TEST_TMPDIR/dist" "${@:2}"
	[ "$status" -eq 2 ]
	[[ ${#lines[@]} -eq 1 && $output == *"$1"* ]] || { echo "$output"; false; }
	[ -z "$(ls -A)" ]
}

@test "what make cannot take is refused in one sentence, before anything is done" {
	refuses "PLATFORM has linux/vax, which is none of: ${PLATFORMS[0]} " PLATFORM=linux/vax
	refuses 'PLATFORM is ""' PLATFORM=
	refuses "PLATFORM is \"$PLATFORM $OTHER\"" PLATFORM="$PLATFORM $OTHER"
	refuses 'PLATFORMS has linux/vax' PLATFORMS="$OTHER linux/vax" image
	refuses 'PLATFORMS is empty' PLATFORMS= image
	refuses 'BUILD is "my build"; it takes the path of a folder, without spaces' BUILD='my build'
	refuses 'BUILD is ""' BUILD= clean
	refuses 'CC is empty; it takes a compiler' CC=
	for registry in '' /tmp ./ dist ./dist/pause localhost:5000 https://registry.example.org/pause; do
		refuses "REGISTRY is \"$registry\"; it takes HOST/NAME, as in registry.example.org/pause, without https://" \
			push REGISTRY="$registry"
	done
	run make --no-print-directory -C "$ROOT" image BUILD="$BATS_TEST_TMPDIR/build" DIST=
	[[ $status -eq 2 && ${#lines[@]} -eq 1 && $output == *'DIST is empty; it takes the path of a folder'* && -z $(ls -A) ]]
	run make -f "$ROOT/Makefile"
	[[ $status -eq 2 && ${#lines[@]} -eq 1 && $output == *'make -C FOLDER'* ]]
	run make -s -C "$ROOT" CC=no-such-compiler BUILD="$BATS_TEST_TMPDIR/build"
	[[ $status -eq 2 && $output == *'no compiler named no-such-compiler is here'*scripts/setup.sh* ]]
	run make -s -C "$ROOT" CC=gcc PLATFORM="$OTHER" BUILD="$BATS_TEST_TMPDIR/build"
	[[ $status -eq 2 && $output == *"make: is gcc for $OTHER? If not, name a compiler that is with CC="* ]]
}

@test "clean among other goals, with eight jobs at once, comes in its turn" {
	copy_sources "$BATS_TEST_TMPDIR/jobs" 2001-01-01
	for _ in 1 2; do
		make -s -C jobs -j8 clean platforms image PLATFORMS="$PLATFORM $OTHER"
		cmp "jobs/build${PAUSE#"$ROOT/build"}" "$PAUSE"
		[ -s jobs/dist/pause.tar ]
	done
}

# This machine's programs but some: without NAME...
without() {
	cp -rs /usr/bin "$BATS_TEST_TMPDIR/bin"
	(cd "$BATS_TEST_TMPDIR/bin" && rm "$@")
	PATH=$BATS_TEST_TMPDIR/bin
}

@test "this machine's image is built by the compiler that is there, and that is said; what all platforms need is named" {
	copy_sources "$BATS_TEST_TMPDIR/makeshift" 2001-01-01
	without clang-19 clang apt-get
	cd makeshift
	run make -s image loader PLATFORMS="$PLATFORM"
	[ "$status" -eq 0 ]
	[[ $output == *'built by gcc and not by clang-19: these are not the bytes of a release'* ]]
	[ -s dist/load-pause.sh ]
	run make -s image DIST=other
	[[ $status -eq 2 && $output == *'setup.sh: this is neither Debian nor Ubuntu; install '*' clang-19'* && ! -e other ]]
}

@test "a clone without git has no image, since nobody can date it; make and the commit of an exported copy go on" {
	copy_sources "$BATS_TEST_TMPDIR/clone" 2001-01-01
	commit_all "$BATS_TEST_TMPDIR/clone"
	without git
	cd clone
	run make -s image PLATFORMS="$PLATFORM"
	[[ $status -eq 2 && $output == *'git is missing'*'install it'* && ! -e dist ]]
	make -s
	rm -r .git
	make -s image PLATFORMS="$PLATFORM"
	[ "$(scripts/commit.sh time)" = 0 ]
}

@test "SOURCE_DATE_EPOCH is a number of seconds up to the year 9999, or wrong usage" {
	[ "$(SOURCE_DATE_EPOCH=253402300799 "$ROOT/scripts/commit.sh" time)" = 253402300799 ]
	for epoch in '' -1 01 today 253402300800 99999999999999 1e9; do
		SOURCE_DATE_EPOCH=$epoch run "$ROOT/scripts/commit.sh" time
		[[ $status -eq 2 && $output == *"SOURCE_DATE_EPOCH \"$epoch\" is not a number of seconds"* ]]
	done
}

@test "make clean removes what was built, wherever that is, and nothing else" {
	make -s -C "$ROOT" platforms BUILD="$BATS_TEST_TMPDIR/built"
	make -s -C "$ROOT/lab" tiny BUILD="$BATS_TEST_TMPDIR/built"
	[ -n "$(find built -name pause-tiny)" ]
	mkdir built/mine built/linux-mine
	touch built/mine/pause built/linux-mine/notes
	make -s -C "$ROOT" clean BUILD="$BATS_TEST_TMPDIR/built" DIST="$BATS_TEST_TMPDIR/dist"
	[ "$(find built -type f | sort | paste -sd ' ')" = "built/linux-mine/notes built/mine/pause" ]
}

@test "values with spaces and quotes reach their places as they are" {
	root="$BATS_TEST_TMPDIR/a root; touch '\"oops"
	make -s -C "$ROOT" install DESTDIR="$root" PREFIX="/my usr"
	cmp "$root/my usr/bin/pause" "$PAUSE"
	[ ! -e oops ] && [ ! -e "$ROOT/oops" ]
}

@test "in a system of 32 bits under a kernel of 64, this machine's platform is that system's" {
	local platform busybox
	for platform in $(paste <(of platform) <(of wider) | awk -v kernel="$(uname -m)" '$2 == kernel { print $1 }'); do
		busybox=$("$ROOT/tests/tools/fetch-deb.sh" "busybox-static:$(of package "$platform")/bookworm" ./bin/busybox)/bin/busybox
		"$busybox" true || skip "this kernel starts no program of $platform"
		[ "$("$busybox" sh "$ROOT/scripts/platforms.sh" --native)" = "$platform" ]
		return
	done
	skip "none is known for this machine"
}
