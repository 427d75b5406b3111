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

@test "at most 1,000 bytes for the most usual platform and 1,536 for every other" {
	limit=1000
	for file in $(files); do
		size=$(wc -c <"$file")
		[ "$size" -le $limit ] || { echo "$file: $size"; false; }
		limit=1536
	done
}

@test "each file is a conventional ELF executable of its architecture: full header, no section headers" {
	while read -r platform class order machine; do
		[[ " ${PLATFORMS[*]} " == *" $platform "* ]] || continue
		file=$(pause_of "$platform")
		[ "$(od -An -tu2 -j18 -N2 --endian="$order" "$file" | tr -d ' ')" = "$machine" ]
		# There is no section header; zero for the size of one is what a virus scanner takes for damage.
		if [ "$class" = 64 ]; then size=64 one=64; else size=52 one=40; fi
		readelf -hW "$file" | sed 's/^ *//; s/: */: /' >header
		for line in "Class: ELF$class" "Data: 2's complement, $order endian" 'Type: EXEC (Executable file)' \
			"Size of this header: $size (bytes)" "Start of program headers: $size (bytes into file)" \
			'Number of program headers: 2' 'Number of section headers: 0' "Size of section headers: $one (bytes)" \
			'Start of section headers: 0 (bytes into file)' 'Section header string table index: 0'; do
			echo "$line"
		done | grep -vxFf header | sed "s,^,$file: not ," >>missing || true
	done < <(paste -d ' ' <(of platform) <(of elf | tr - ' ') <(of machine))
	cat missing
	[ ! -s missing ]
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

# What packagers, and people who look for something, pass on.
@test "gcc with GNU ld, and clang, build this machine's file; CFLAGS and LDFLAGS take nothing away that it needs" {
	copy_sources "$BATS_TEST_TMPDIR/flags" 2001-01-01
	cd flags
	file=build${PAUSE#"$ROOT/build"}
	hardened=$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get CFLAGS)
	for cc in gcc clang 'env gcc -O1'; do
		make -s CC="$cc"
		grep -q "^$cc " "${file%/pause}/command"
		is_whole
		plain=$(wc -c <"$file")
		[ "$plain" -le 1024 ]
		make -s CC="$cc" CFLAGS=-O2
		is_whole
		[ "$(wc -c <"$file")" -gt "$plain" ]
		for flags in "$hardened" '-g -fPIE -pie -flto -fexceptions -fcf-protection=full -fstack-clash-protection'; do
			make -s CC="$cc" CFLAGS="$flags"
			is_whole
		done
		make -s CC="$cc" LDFLAGS='-s -pie -flto -Wl,-z,relro,-z,now,--build-id -Wl,-z,execstack -Wl,-z,separate-code
			-Wl,--gc-sections,--as-needed'
		is_whole
		[ "$(wc -c <"$file")" -le "$plain" ]
	done
	hold "$file"
	stops_with TERM 0
}
is_whole() {
	[ "$("$file" -v)" = "pause $(cat VERSION) $PLATFORM" ]
	[ "$(eu-elflint --strict "$file")" = "No errors" ]
	[ "$(readelf -lW "$file" | grep -cE '^  (LOAD .* R E |GNU_STACK .* RW )')" -eq 2 ]
	[[ $(readelf -hW "$file") == *'Type:                              EXEC'*'Number of program headers:         2'* ]]
}

@test "CC, CFLAGS and LDFLAGS are for this machine's own build: they reach no other goal, wherever they come from" {
	copy_sources "$BATS_TEST_TMPDIR/release" 2001-01-01
	cd release
	CC=gcc CFLAGS=-O2 LDFLAGS=-s make -s
	CC=gcc CFLAGS=-O2 LDFLAGS=-s make -s platforms PLATFORMS="$PLATFORM $OTHER"
	make -s CC=gcc CFLAGS=-O2 LDFLAGS=-s "build${PAUSE#"$ROOT/build"}"
	for platform in "$PLATFORM" "$OTHER"; do
		cmp "$(pause_of "$platform")" "build/${platform//\//-}/pause"
	done
}

@test "a change of a header, of the version or of the compiler rebuilds what depends on it, and nothing else" {
	copy_sources "$BATS_TEST_TMPDIR/again" 2001-01-01
	cd again
	header=$(of arch | sort | uniq -d | head -n 1)
	mapfile -t sharing < <(paste <(of arch) <(of platform) | sed -n "s/^$header\t//p")
	rebuilt() {
		make platforms PLATFORMS="$PLATFORM ${sharing[*]}" >said
		[ "$(grep -c bytes said)" -eq "$1" ]
	}
	rebuilt $((${#sharing[@]} + 1))
	rebuilt 0
	touch "src/arch/$header.h"
	rebuilt ${#sharing[@]}
	touch src/syscall.h
	rebuilt $((${#sharing[@]} + 1))
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
@test "the link refuses what only some compilers do: an address in .got" {
	odd='static const char odd[3] __attribute__((aligned(1))) = "ab"; const char *fault(void); const char *fault(void) { return odd; }'
	for platform in "${PLATFORMS[@]}"; do
		complaint "$odd" "$platform" >>got
	done
	grep 'pause.ld: an address in .got' got
	! grep 'ld: error' got | grep -v 'pause.ld: an address in .got' || false
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
	refused /bin/sh PT_LOAD # its first program header is for the others
	# A third one, which the linker would have refused: the low byte of e_phnum.
	IFS=- read -r class order < <(of elf "$PLATFORM")
	cp "$PAUSE" third
	printf '\003' | dd of=third bs=1 seek=$(($([ "$class" = 64 ] && echo 56 || echo 44) + $([ "$order" = big ] && echo 1 || echo 0))) \
		conv=notrunc status=none
	refused third '3 program headers instead of two'
}

@test "make install and uninstall take DESTDIR and PREFIX, with spaces and quotes, and remove nothing else" {
	root="$BATS_TEST_TMPDIR/a root; touch '\"oops"
	make -s -C "$ROOT" install DESTDIR="$root" PREFIX="/my usr"
	[ "$(cd "$root" && find . -type f -printf '%p %m\n' | sort)" = "./my usr/bin/pause 755
./my usr/share/man/man1/pause.1 644" ]
	cmp "$root/my usr/bin/pause" "$PAUSE"
	[ ! -e oops ] && [ ! -e "$ROOT/oops" ]
	touch "$root/my usr/bin/other"
	make -s -C "$ROOT" uninstall DESTDIR="$root" PREFIX="/my usr"
	[ "$(cd "$root" && find . -type f)" = "./my usr/bin/other" ]
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
	[ "$(tar -xOf dist/pause.tar index.json | grep -c revision)" -eq 0 ]
}

@test "SOURCE_DATE_EPOCH is a number of seconds up to the year 9999, or wrong usage" {
	[ "$(SOURCE_DATE_EPOCH=253402300799 "$ROOT/scripts/commit.sh" time)" = 253402300799 ]
	for epoch in '' -1 01 today 253402300800 99999999999999 1e9; do
		SOURCE_DATE_EPOCH=$epoch run "$ROOT/scripts/commit.sh" time
		[[ $status -eq 2 && $output == *"SOURCE_DATE_EPOCH \"$epoch\" is not a number of seconds"* ]]
	done
}

@test "make clean removes what was built, wherever that is, and nothing else" {
	make -s -C "$ROOT" platforms BUILD="$BATS_TEST_TMPDIR/built" PLATFORMS="$PLATFORM $OTHER"
	make -s -C "$ROOT/lab" tiny BUILD="$BATS_TEST_TMPDIR/built"
	[ -n "$(find built -name pause-tiny)" ]
	mkdir built/mine built/linux-mine
	touch built/mine/pause built/linux-mine/notes
	make -s -C "$ROOT" clean BUILD="$BATS_TEST_TMPDIR/built" DIST="$BATS_TEST_TMPDIR/dist"
	[ "$(find built -type f | sort | paste -sd ' ')" = "built/linux-mine/notes built/mine/pause" ]
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
