# What `make image` takes and refuses, and what it leaves when it fails.
load ../helpers

# One with a variant.
VARIANT=$(of platform | grep -vx "$OTHER" | grep -m 1 '/.*/')

# Runs a build that must fail, with this in its message, and leave nothing in its folder.
refuses() {
	local message=$1
	shift
	run make -s -C "$ROOT" image DIST="$BATS_TEST_TMPDIR/dist" "$@"
	[ "$status" -ne 0 ]
	[[ $output == *"$message"* ]] || { echo "$output" && return 1; }
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/dist" 2>/dev/null)" ]
}

@test "an unknown platform, a name or a tag that is none, and a date that is none are refused" {
	refuses "linux/vax" PLATFORMS="$PLATFORM linux/vax"
	refuses 'NAME "a/../b"' NAME=a/../b
	refuses 'NAME ""' NAME=
	refuses 'TAG "a/b"' TAG=a/b
	refuses 'TAG ""' TAG=
	refuses 'TAG ".a"' TAG=.a
	refuses 'SOURCE_DATE_EPOCH "today"' SOURCE_DATE_EPOCH=today
	refuses 'REVISION "main"' REVISION=main
	refuses 'SOURCE "a b"' SOURCE='a b'
	refuses 'PLATFORMS is empty' PLATFORMS=
}

@test "a name is one of the grammar of references, or none" {
	local name
	# shellcheck source=image/archive.bash
	. "$ROOT/image/archive.bash"
	for name in '' Pause ../pause ./pause a..b/c a/../b a___b/c a/-b a/b- -a.b/c a.b/C a//b /a a/ a.b:x/c a:1 'a b' \
		"$(printf 'a%.0s' {1..256})"; do
		! is_name "$name" || { echo "$name"; false; }
	done
	for name in pause a/b localhost/pause localhost:5000/pause 'pause.internal/a/b' '[::1]:5000/pause' 192.0.2.1/pause \
		Example.ORG/pause a.b/c__d/e--f/g.h; do
		is_name "$name" || { echo "$name"; false; }
	done
}

@test "what is in a variable is one word, and no command" {
	local odd="it's \"here\" & now; touch ran;"
	mkdir -p "$BATS_TEST_TMPDIR/$odd tmp"
	cd "$BATS_TEST_TMPDIR"
	TMPDIR="$PWD/$odd tmp" make -s -C "$ROOT" dist sizes PLATFORMS="$OTHER $VARIANT" DIST="$PWD/$odd"
	[[ -s $odd/load-pause-${VARIANT//\//-}.sh && -s $odd/pause.spdx.json && -s $odd/SHA256SUMS ]]
	[ -z "$(ls -A "$odd tmp")" ]
	# Each target, with what the others do not stop at.
	local target
	for target in "image NAME" "image TAG" "image SOURCE" "image BUILD" "push REGISTRY" "verify IMAGE" "verify REV"; do
		run make -s -C "$ROOT" "${target% *}" PLATFORMS="$OTHER" DIST="$PWD/dist" DRY_RUN=1 "${target#* }=x'; touch ran; '"
		[ "$status" -ne 0 ]
	done
	make -s -C "$ROOT" sbom PLATFORMS="$OTHER" DIST="$PWD/dist" BUILDER="x'; touch ran; '"
	[ ! -e ran ] && [ ! -e "$ROOT/ran" ]
}

# The date of an archive's first image, in seconds since 1970: created ARCHIVE
created() {
	tar -xOf "$1" "$(tar -xOf "$1" manifest.json | jq -r '.[0].Config')" | jq '.created | fromdate'
}

@test "a source archive says which commit it is, and what is neither that nor a repository has no date" {
	local source=$BATS_TEST_TMPDIR/source
	tagged_source "$source"
	mkdir "$BATS_TEST_TMPDIR/archive"
	git -C "$source" archive HEAD | tar -x -C "$BATS_TEST_TMPDIR/archive"
	touch -d '2001-02-03' "$BATS_TEST_TMPDIR/archive/VERSION"
	[ "$("$BATS_TEST_TMPDIR/archive/scripts/commit.sh" hash)" = "$(git -C "$source" rev-parse HEAD)" ]
	[ "$("$BATS_TEST_TMPDIR/archive/scripts/commit.sh" time)" = "$(git -C "$source" log -1 --format=%ct)" ]
	make -s -C "$source" image PLATFORMS="$OTHER"
	make -s -C "$BATS_TEST_TMPDIR/archive" image PLATFORMS="$OTHER"
	created "$source/dist/pause.tar" | jq -e --argjson time "$(git -C "$source" log -1 --format=%ct)" '. == $time'
	cmp "$source/dist/pause.tar" "$BATS_TEST_TMPDIR/archive/dist/pause.tar"

	cp -r "$source/." "$BATS_TEST_TMPDIR/copy"
	rm -r "$BATS_TEST_TMPDIR/copy/.git" "$BATS_TEST_TMPDIR/copy/dist"
	touch -d '2001-02-03' "$BATS_TEST_TMPDIR/copy/VERSION"
	make -s -C "$BATS_TEST_TMPDIR/copy" image PLATFORMS="$OTHER"
	[ "$(tar -xOf "$BATS_TEST_TMPDIR/copy/dist/pause.tar" index.json | grep -c revision)" -eq 0 ]
	created "$BATS_TEST_TMPDIR/copy/dist/pause.tar" | jq -e '. == 0'
}

@test "without gzip the build says so and writes nothing" {
	local tool bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	for tool in bash env git dirname realpath cat tar sha256sum mktemp mkdir rm grep tr stat mv sort; do
		ln -s "$(command -v $tool)" "$bin"
	done
	run env PATH="$bin" "$ROOT/image/build.sh" "$BATS_TEST_TMPDIR/dist" localhost/pause 1 "$PLATFORM"
	[ "$status" -eq 1 ]
	[[ $output == *"gzip is missing"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/dist" ]
}

@test "on a full disk the build fails and leaves no part of a file" {
	mkdir "$BATS_TEST_TMPDIR/dist"
	mount -t tmpfs -o size=16k none "$BATS_TEST_TMPDIR/dist"
	run make -s -C "$ROOT" image DIST="$BATS_TEST_TMPDIR/dist"
	local left
	left=$(ls -A "$BATS_TEST_TMPDIR/dist")
	umount "$BATS_TEST_TMPDIR/dist"
	[ "$status" -ne 0 ]
	[[ $output == *"No space left on device"* ]]
	[ -z "$left" ]
}

@test "an interrupted build leaves no part of a file, here or in TMPDIR" {
	# gzip stands still until the signal has come.
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/dist" "$BATS_TEST_TMPDIR/tmp"
	printf '#!/bin/sh\ntouch "%s"\nexec sleep infinity\n' "$BATS_TEST_TMPDIR/waiting" >"$BATS_TEST_TMPDIR/bin/gzip"
	chmod +x "$BATS_TEST_TMPDIR/bin/gzip"
	local signal builder status
	for signal in INT TERM HUP; do
		PATH=$BATS_TEST_TMPDIR/bin:$PATH TMPDIR=$BATS_TEST_TMPDIR/tmp SOURCE_DATE_EPOCH=0 REVISION='' \
			setsid env --default-signal \
			"$ROOT/image/build.sh" "$BATS_TEST_TMPDIR/dist" localhost/pause 1 "$PLATFORM" 3>&- &
		builder=$!
		within 300 test -e "$BATS_TEST_TMPDIR/waiting" || kill -KILL -- "-$builder"
		kill "-$signal" -- "-$builder"
		within 300 ended "$builder" || kill -KILL -- "-$builder"
		status=0
		wait "$builder" || status=$?
		[[ $status -ne 0 && $status -ne 137 ]]
		# No other process of it may be on its way to write.
		within 300 group_ended "$builder"
		[ -z "$(ls -A "$BATS_TEST_TMPDIR/dist")$(ls -A "$BATS_TEST_TMPDIR/tmp")" ]
		rm "$BATS_TEST_TMPDIR/waiting"
	done
}
group_ended() {
	! kill -0 -- "-$1" 2>/dev/null
}

@test "a folder of the caller's is named as seen from where the caller is" {
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	"$ROOT/image/build.sh" out localhost/pause 1 "$PLATFORM"
	[ -s out/pause.tar ] && [ ! -e "$ROOT/out" ]
}
