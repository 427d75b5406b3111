# The archive that `make image` writes, looked at without an engine.
load ../helpers

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist LAYOUT=$BATS_FILE_TMPDIR/layout
	# As they are now: somebody may commit while the tests run.
	TIME=$("$ROOT/scripts/commit.sh" time) HASH=$("$ROOT/scripts/commit.sh" hash)
	export TIME HASH
	make -s -C "$ROOT" image DIST="$DIST" SOURCE_DATE_EPOCH="$TIME" REVISION="$HASH"
	mkdir "$LAYOUT"
	tar -xf "$DIST/pause.tar" -C "$LAYOUT"
}

# One with a variant.
VARIANT=$(of platform | grep -vx "$OTHER" | grep -m 1 '/.*/')

setup() {
	index=$(blob "$(jq -r '.manifests[0].digest' "$LAYOUT/index.json")")
}

# The path of a digest's blob.
blob() {
	echo "$LAYOUT/blobs/${1/://}"
}

# What the index says of a platform: entry linux/arm/v7 -> a JSON descriptor
entry() {
	jq -ce --arg platform "$1" '.manifests[]
		| select((.platform | [.os, .architecture, .variant // empty] | join("/")) == $platform)' "$index"
}
manifest() {
	blob "$(entry "$1" | jq -r .digest)"
}
config() {
	blob "$(jq -r .config.digest "$(manifest "$1")")"
}
layer() {
	blob "$(jq -r '.layers[0].digest' "$(manifest "$1")")"
}

# Class, byte order and machine of an ELF file, elf(5), in the words of src/platforms: 32-little 40
elf_kind() {
	local class order
	read -r class order < <(od -An -tu1 -j4 -N2 "$1")
	order=$([ "$order" = 1 ] && echo little || echo big)
	echo "$((32 * class))-$order $(($(od -An -tu2 -j18 -N2 --endian="$order" "$1")))"
}

# Runs a build that must fail, with this in its message, and leave nothing in its folder.
refuses() {
	local message=$1
	shift
	run make -s -C "$ROOT" image DIST="$BATS_TEST_TMPDIR/dist" "$@"
	[ "$status" -ne 0 ]
	[[ $output == *"$message"* ]] || { echo "$output" && return 1; }
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/dist" 2>/dev/null)" ]
}

@test "there is one archive with all platforms, and one for each" {
	[ "$(jq '.manifests | length' "$index")" -eq ${#PLATFORMS[@]} ]
	[ "$(find "$DIST" -name '*.tar' | wc -l)" -eq $((${#PLATFORMS[@]} + 1)) ]
	for platform in "${PLATFORMS[@]}"; do
		local one="$DIST/pause-${platform//\//-}.tar" nested
		nested=blobs/$(tar -xOf "$one" index.json | jq -r '.manifests[0].digest | sub(":"; "/")')
		# The very same manifest as in the archive of all.
		diff <(tar -xOf "$one" "$nested" | jq -c '.manifests[]') <(entry "$platform")
	done
}

@test "architecture, variant and os agree in index, config and program, and the program is of that machine" {
	for platform in "${PLATFORMS[@]}"; do
		[ "$(jq -r '[.os, .architecture, .variant // empty] | join("/")' "$(config "$platform")")" = "$platform" ]
		gzip -dc <"$(layer "$platform")" | tar -xOf - pause >"$BATS_TEST_TMPDIR/pause"
		cmp "$BATS_TEST_TMPDIR/pause" "$(pause_of "$platform")"
		grep -aqF " $platform"$'\n' "$BATS_TEST_TMPDIR/pause"
		[ "$(elf_kind "$BATS_TEST_TMPDIR/pause")" = "$(of elf "$platform") $(of machine "$platform")" ]
	done
}

@test "each config has user, entry point and date, and nothing that is not needed" {
	for platform in "${PLATFORMS[@]}"; do
		[ "$(jq -c .config "$(config "$platform")")" = '{"User":"65535:65535","Entrypoint":["/pause"]}' ]
		[ "$(jq -r '.created | fromdate' "$(config "$platform")")" = "$TIME" ]
		[ "$(jq -c 'keys - ["variant"]' "$(config "$platform")")" = \
			'["architecture","config","created","os","rootfs"]' ]
	done
}

@test "each layer is one file, /pause, mode 0755, root's, dated 1970, and its uncompressed digest is in the config" {
	for platform in "${PLATFORMS[@]}"; do
		gzip -dc <"$(layer "$platform")" >"$BATS_TEST_TMPDIR/layer.tar"
		run tar -tvf "$BATS_TEST_TMPDIR/layer.tar" --numeric-owner --utc --full-time
		[[ $output == "-rwxr-xr-x 0/0 "*" 1970-01-01 00:00:00 pause" ]]
		[ "sha256:$(sha256sum <"$BATS_TEST_TMPDIR/layer.tar" | cut -d ' ' -f 1)" = \
			"$(jq -r '.rootfs.diff_ids[0]' "$(config "$platform")")" ]
	done
}

@test "every blob is what its name says, has the size that its descriptor says, and is referred to" {
	(cd "$LAYOUT/blobs/sha256" && for file in *; do echo "$file  $file"; done | sha256sum -c --quiet)
	local manifests=()
	for platform in "${PLATFORMS[@]}"; do manifests+=("$(manifest "$platform")"); done
	jq -r '(.manifests, .layers | .[]?), .config | select(.digest?) | "\(.digest) \(.size)"' \
		"$LAYOUT/index.json" "$index" "${manifests[@]}" | sort -u >"$BATS_TEST_TMPDIR/named"
	(cd "$LAYOUT/blobs/sha256" && wc -c -- * | sed '$d' | awk '{ print "sha256:" $2, $1 }' | sort) |
		diff - "$BATS_TEST_TMPDIR/named"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/named")" -eq $((3 * ${#PLATFORMS[@]} + 1)) ]
}

@test "every media type is the one that OCI gives it, every schema's version 2" {
	local oci=application/vnd.oci.image
	[ "$(jq -c '[.schemaVersion, .mediaType, .manifests[].mediaType]' "$LAYOUT/index.json")" = \
		"[2,\"$oci.index.v1+json\",\"$oci.index.v1+json\"]" ]
	[ "$(jq -c '[.schemaVersion, .mediaType, (.manifests | map(.mediaType) | unique[])]' "$index")" = \
		"[2,\"$oci.index.v1+json\",\"$oci.manifest.v1+json\"]" ]
	for platform in "${PLATFORMS[@]}"; do
		[ "$(jq -c '[.schemaVersion, .mediaType, .config.mediaType, .layers[].mediaType]' "$(manifest "$platform")")" = \
			"[2,\"$oci.manifest.v1+json\",\"$oci.config.v1+json\",\"$oci.layer.v1.tar+gzip\"]" ]
	done
	[ "$(cat "$LAYOUT/oci-layout")" = '{"imageLayoutVersion":"1.0.0"}' ]
}

@test "docker load finds, by the image's name, the archive's platform, of all the first one" {
	local archive platform
	for archive in pause "${PLATFORMS[@]/#/pause-}"; do
		platform=${archive#pause-}
		[ "$archive" != pause ] || platform=${PLATFORMS[0]}
		tar -xOf "$DIST/${archive//\//-}.tar" manifest.json | jq -c . | diff - \
			<(jq -c --arg name "pause.internal/pause:$(cat "$ROOT/VERSION")" '[.config, .layers[]] | map("blobs/" + (.digest |
				sub(":"; "/"))) | [{Config: .[0], RepoTags: [$name], Layers: .[1:]}]' "$(manifest "$platform")")
	done
}

@test "index.json names the image once, with title, description, version, revision, source and licence" {
	make -s -C "$ROOT" image DIST="$BATS_TEST_TMPDIR" PLATFORMS="$OTHER" NAME=example.org/a/b TAG=1.x \
		SOURCE=https://example.org/a.git REVISION=0123456789012345678901234567890123456789
	tar -xOf "$BATS_TEST_TMPDIR/pause.tar" index.json >"$BATS_TEST_TMPDIR/index.json"
	diff <(jq -S '.manifests | map(.annotations)' "$BATS_TEST_TMPDIR/index.json") <(jq -Sn --arg v "$(cat "$ROOT/VERSION")" '[{
		"io.containerd.image.name": "example.org/a/b:1.x",
		"org.opencontainers.image.ref.name": "1.x",
		"org.opencontainers.image.title": "pause",
		"org.opencontainers.image.description": "Holds the namespaces of a pod until a signal stops it",
		"org.opencontainers.image.version": $v,
		"org.opencontainers.image.revision": "0123456789012345678901234567890123456789",
		"org.opencontainers.image.source": "https://example.org/a.git",
		"org.opencontainers.image.licenses": "Apache-2.0"
	}]')
	[ "$(tar -xOf "$BATS_TEST_TMPDIR/pause.tar" manifest.json | jq -r '.[0].RepoTags[]')" = example.org/a/b:1.x ]
}

@test "the archives are the same to the bit for another user without network, in another folder, time and locale" {
	local other=$BATS_TEST_TMPDIR/other
	copy_sources "$other" '1999-12-31 23:59'
	chown -R 4242:4242 "$other"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/*/ "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR"
	(
		umask 077
		cd "$other"
		unshare --net setpriv --reuid 4242 --regid 4242 --clear-groups \
			env -i HOME=/nonexistent PATH="$PATH" TZ=Asia/Kathmandu LC_ALL=C.UTF-8 TAR_OPTIONS=--transform=s,a,b, GZIP=-1 \
			SOURCE_DATE_EPOCH="$TIME" REVISION="$HASH" faketime '2037-06-05 04:03:02' make -s image PLATFORMS="${PLATFORMS[*]}"
	)
	for archive in "$DIST"/*.tar; do
		cmp "$archive" "$other/dist/${archive##*/}"
		[ "$(stat -c %a "$other/dist/${archive##*/}")" = 644 ]
	done
}

@test "an unknown platform, a name or a tag that is none, and a date that is none are refused" {
	refuses "linux/vax" PLATFORMS="$PLATFORM linux/vax"
	local name
	for name in '' Pause ../pause ./pause a..b/c a/../b a___b/c a/-b a/b- -a.b/c a.b/C a//b /a a/ a.b:x/c a:1 'a b' \
		"$(printf 'a%.0s' {1..256})"; do
		run "$ROOT/image/build.sh" "$BATS_TEST_TMPDIR/dist" "$name" 1 "$PLATFORM"
		[ "$status" -eq 1 ]
		[[ $output == *"NAME \"$name\" is not the name of an image"* ]]
	done
	refuses 'NAME ""' NAME=
	refuses 'TAG "a/b"' TAG=a/b
	refuses 'TAG ""' TAG=
	refuses 'TAG ".a"' TAG=.a
	refuses 'SOURCE_DATE_EPOCH "today"' SOURCE_DATE_EPOCH=today
	refuses 'REVISION "main"' REVISION=main
	refuses 'SOURCE "a b"' SOURCE='a b'
	refuses 'usage: ' PLATFORMS=
}

@test "names with every part that the grammar of references has are taken" {
	local name
	for name in pause a/b localhost/pause localhost:5000/pause 'pause.internal/a/b' '[::1]:5000/pause' 192.0.2.1/pause \
		Example.ORG/pause a.b/c__d/e--f/g.h; do
		"$ROOT/image/build.sh" "$BATS_TEST_TMPDIR/dist" "$name" 1 "$PLATFORM"
		[ "$(tar -xOf "$BATS_TEST_TMPDIR/dist/pause.tar" manifest.json | jq -r '.[0].RepoTags[]')" = \
			"$name:1" ]
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

@test "the programs come from BUILD" {
	make -s -C "$ROOT" image PLATFORMS="$OTHER" BUILD="$BATS_TEST_TMPDIR/build" DIST="$BATS_TEST_TMPDIR/dist" VERSION=9.8.7
	local one=$BATS_TEST_TMPDIR/dist/pause-${OTHER//\//-}.tar
	tar -xOf "$one" "$(tar -xOf "$one" manifest.json | jq -r '.[0].Layers[0]')" | gzip -dc | tar -xOf - pause |
		cmp - "$BATS_TEST_TMPDIR/build/${OTHER//\//-}/pause"
}

@test "a source archive says which commit it is, and what is neither that nor a repository has no date" {
	local source=$BATS_TEST_TMPDIR/source
	tagged_source "$source"
	mkdir "$BATS_TEST_TMPDIR/archive" "$BATS_TEST_TMPDIR/copy"
	git -C "$source" archive HEAD | tar -x -C "$BATS_TEST_TMPDIR/archive"
	touch -d '2001-02-03' "$BATS_TEST_TMPDIR/archive/VERSION"
	[ "$("$BATS_TEST_TMPDIR/archive/scripts/commit.sh" hash)" = "$(git -C "$source" rev-parse HEAD)" ]
	[ "$("$BATS_TEST_TMPDIR/archive/scripts/commit.sh" time)" = "$(git -C "$source" log -1 --format=%ct)" ]
	make -s -C "$source" image PLATFORMS="$OTHER"
	make -s -C "$BATS_TEST_TMPDIR/archive" image PLATFORMS="$OTHER"
	tar -xOf "$source/dist/pause.tar" "$(tar -xOf "$source/dist/pause.tar" manifest.json | jq -r '.[0].Config')" |
		jq -e --argjson time "$(git -C "$source" log -1 --format=%ct)" '.created | fromdate == $time'
	cmp "$source/dist/pause.tar" "$BATS_TEST_TMPDIR/archive/dist/pause.tar"

	cp -r "$source/." "$BATS_TEST_TMPDIR/copy"
	rm -r "$BATS_TEST_TMPDIR/copy/.git" "$BATS_TEST_TMPDIR/copy/dist"
	touch -d '2001-02-03' "$BATS_TEST_TMPDIR/copy/VERSION"
	[ "$("$BATS_TEST_TMPDIR/copy/scripts/commit.sh" time)" = 0 ]
	[ -z "$("$BATS_TEST_TMPDIR/copy/scripts/commit.sh" hash)" ]
	make -s -C "$BATS_TEST_TMPDIR/copy" image PLATFORMS="$OTHER"
	[ "$(tar -xOf "$BATS_TEST_TMPDIR/copy/dist/pause.tar" index.json | grep -c revision)" -eq 0 ]
}

@test "without gzip the build says so and writes nothing" {
	local tool bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	for tool in bash env git dirname cat tar sha256sum mktemp mkdir rm grep tr stat mv sort; do
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

# A repository of the present files, with a commit and the version's tag: tagged_source FOLDER
tagged_source() {
	copy_sources "$1"
	commit_all "$1"
	git -C "$1" tag "v$(cat "$ROOT/VERSION")"
}

@test "make verify rebuilds an archive from the tag and finds every digest the same; one changed byte differs" {
	local source=$BATS_TEST_TMPDIR/source
	tagged_source "$source"
	make -s -C "$source" image PLATFORMS="$OTHER $VARIANT" SOURCE=https://example.org/pause.git NAME=a.example/b TAG=c
	run make -s -C "$source" verify
	[ "$status" -eq 0 ]
	[ "$(grep -c '^same ' <<<"$output")" -eq 7 ]
	[[ ${lines[-1]} == *"is the build of v$(cat "$ROOT/VERSION")" ]]

	# Another commit, the same tag, other bytes in one layer.
	printf '\0' | dd of="$source/dist/pause.tar" bs=1 seek=$(($(grep -abo $'\x1f\x8b\x08' "$source/dist/pause.tar" |
		head -n 1 | cut -d : -f 1) + 40)) conv=notrunc status=none
	run make -s -C "$source" verify
	[ "$status" -ne 0 ]
	[ "$(grep -c '^DIFFERS .* layer ' <<<"$output")" -eq 1 ]
	[[ $output == *"is not the build of"* ]]

	git -C "$source" tag -d "v$(cat "$ROOT/VERSION")"
	run make -s -C "$source" verify
	[ "$status" -ne 0 ]
	[[ $output == *"there is no tag v$(cat "$ROOT/VERSION")"*"REV="* ]]
}

# Puts an archive's files, changed, into one again: rewrite ARCHIVE COMMAND..., which finds them in its folder
rewrite() {
	local archive=$1 files
	rm -rf "$BATS_TEST_TMPDIR/files"
	mkdir "$BATS_TEST_TMPDIR/files"
	tar -xf "$archive" -C "$BATS_TEST_TMPDIR/files"
	(cd "$BATS_TEST_TMPDIR/files" && shift && "$@")
	mapfile -t files < <(cd "$BATS_TEST_TMPDIR/files" && find -- * -type f | sort)
	tar -cf "$archive" -C "$BATS_TEST_TMPDIR/files" "${files[@]}"
}

# A blob of these words, and its path: another CONTENT
another() {
	local sum
	sum=$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)
	printf %s "$1" >"blobs/sha256/$sum"
	echo "blobs/sha256/$sum"
}
add_member() {
	another '{}'
}
add_file() {
	touch pause
}
add_image() {
	jq -c '.manifests += [.manifests[0] | .digest |= sub("....$"; "0000")]' index.json >new && mv new index.json
}
add_line() {
	jq -c '. + .' manifest.json >new && mv new manifest.json
}
add_layer() {
	jq -c --arg layer "$(another layer)" '.[0].Layers += [$layer]' manifest.json >new && mv new manifest.json
}
other_config() {
	jq -c --arg config "$(another '{"config":{"Entrypoint":["/other"]}}')" '.[0].Config = $config' manifest.json >new
	mv new manifest.json
}
other_tag() {
	sed -i 's/\/pause:/\/other:/' manifest.json
}
no_manifest() {
	rm manifest.json
}
other_layout() {
	echo ' ' >>oci-layout
}
other_annotation() {
	sed -i 's/"Apache-2.0"/"MIT"/' index.json
}

# An archive, good.tar, and verify, which compares with it: the build that it would make anew is made once.
good_archive() {
	source=$BATS_TEST_TMPDIR/source good=$BATS_TEST_TMPDIR/good.tar changed=$BATS_TEST_TMPDIR/changed.tar
	tagged_source "$source"
	make -s -C "$source" image PLATFORMS="$OTHER"
	cp "$source/dist/pause.tar" "$good"
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/make" <<-SH
		#!/bin/sh
		while [ "\$1" != -C ]; do shift; done
		mkdir "\$2/dist"
		cp "$good" "\$2/dist/pause.tar"
	SH
	chmod +x "$BATS_TEST_TMPDIR/bin/make"
	verify "$good"
}
verify() {
	PATH=$BATS_TEST_TMPDIR/bin:$PATH "$source/image/verify.sh" "$@"
}

# Each change of the good archive is refused for this reason, although all that the image's index leads to is as it was:
# refuses_each REASON CHANGE...
refuses_each() {
	local change
	for change in "${@:2}"; do
		cp "$good" "$changed"
		rewrite "$changed" "$change"
		run verify "$changed"
		[[ $status -eq 1 && $output == *"DIFFERS  "*"$1"*"is not the build of v"* ]] || { echo "$change: $output" && return 1; }
		[ "$(grep -c '^same ' <<<"$output")" -eq 4 ]
	done
}

@test "make verify refuses an archive with more in it than is ours" {
	good_archive
	refuses_each 'is not of the image' add_member add_file
}

@test "make verify refuses an archive whose index.json or manifest.json says something else" {
	good_archive
	refuses_each 'manifest.json, of which' add_line add_layer other_config other_tag no_manifest
	refuses_each 'index.json, of which' other_annotation
	refuses_each 'index.json names 2 images, not this one alone' add_image
}

@test "make verify refuses what another tool put together of the same, what stands behind it, and a member that is twice there" {
	good_archive
	refuses_each 'another tool put the same members into it' other_layout true
	# Behind the end of a tar file.
	cp "$good" "$changed"
	echo >>"$changed"
	run verify "$changed"
	[ "$status" -eq 1 ]
	# Of two the last one counts.
	cp "$good" "$changed"
	tar -xf "$good" -C "$BATS_TEST_TMPDIR" manifest.json
	tar -rf "$changed" -C "$BATS_TEST_TMPDIR" manifest.json
	run verify "$changed"
	[ "$status" -eq 1 ]
	[[ $output == *"DIFFERS  manifest.json"* ]]
}

@test "make verify refuses an archive of a tree with changes" {
	local source=$BATS_TEST_TMPDIR/source
	tagged_source "$source"
	echo >>"$source/README.md"
	make -s -C "$source" image PLATFORMS="$OTHER"
	run make -s -C "$source" verify
	[ "$status" -ne 0 ]
	[[ $output == *'revision": "'*'-dirty'* ]]
}

@test "make verify answers for an archive that skopeo wrote, and says that it did not come from here" {
	local source=$BATS_TEST_TMPDIR/source
	tagged_source "$source"
	make -s -C "$source" image PLATFORMS="$PLATFORM $OTHER"
	cd "$BATS_TEST_TMPDIR"
	skopeo copy --quiet --all --preserve-digests "oci-archive:$source/dist/pause.tar" oci-archive:copied.tar:x
	run make -s -C "$source" verify IMAGE="$PWD/copied.tar"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^same ' <<<"$output")" -eq 7 ]
	[[ $output == *"Another tool wrote this archive"* ]]
	rewrite copied.tar other_layer_for_docker
	run make -s -C "$source" verify IMAGE="$PWD/copied.tar"
	[ "$status" -ne 0 ]
	[[ $output == *"DIFFERS  manifest.json is not of the image"* ]]

	skopeo copy --quiet "oci-archive:$source/dist/pause.tar" oci-archive:one.tar:x
	run make -s -C "$source" verify IMAGE="$PWD/one.tar"
	[ "$status" -ne 0 ]
	[[ $output == *"one.tar has no image index with platforms"* ]]
	run make -s -C "$source" verify IMAGE="$ROOT/VERSION"
	[ "$status" -ne 0 ]
	[[ $output == *"VERSION is no archive of an image"* ]]
	run make -s -C "$source" verify IMAGE="$PWD/none.tar"
	[ "$status" -ne 0 ]
	[[ $output == *"none.tar is missing"* ]]
}
other_layer_for_docker() {
	echo '[]' >manifest.json
}

@test "make verify only reads what it verifies, whatever is set, and builds what it compares by itself" {
	local source=$BATS_TEST_TMPDIR/source before
	tagged_source "$source"
	make -s -C "$source" image PLATFORMS="$OTHER" DIST="$BATS_TEST_TMPDIR/dist"
	# Another image by the same name: what a build into DIST would put right.
	rewrite "$BATS_TEST_TMPDIR/dist/pause.tar" other_tag
	before=$(cd "$BATS_TEST_TMPDIR/dist" && sha256sum -- * && stat -c '%n %i %y' -- *)
	run make -s -C "$source" verify DIST="$BATS_TEST_TMPDIR/dist" BUILD="$BATS_TEST_TMPDIR/build" TAG=other NAME=other/name \
		PLATFORMS="$VARIANT"
	[ "$status" -ne 0 ]
	[[ $output == *"DIFFERS  manifest.json"* ]]
	[ "$(cd "$BATS_TEST_TMPDIR/dist" && sha256sum -- * && stat -c '%n %i %y' -- *)" = "$before" ]
	[ ! -e "$BATS_TEST_TMPDIR/build" ]

	make -s -C "$source" image PLATFORMS="$OTHER" DIST="$BATS_TEST_TMPDIR/dist"
	DIST=/nonexistent NAME=a TAG=b BUILD=/nonexistent CC=false SOURCE_DATE_EPOCH=1 REVISION=2 MAKEFLAGS=-e \
		run "$source/image/verify.sh" "$BATS_TEST_TMPDIR/dist/pause.tar"
	[ "$status" -eq 0 ]
}

@test "the table of sizes has a line for each platform, and what is pulled is index, manifest, config and layer" {
	run "$ROOT/image/sizes.sh" "$DIST"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq $((${#PLATFORMS[@]} + 3)) ]
	for platform in "${PLATFORMS[@]}"; do
		local sum=0 file
		for file in "$index" "$(manifest "$platform")" "$(config "$platform")" "$(layer "$platform")"; do
			sum=$((sum + $(wc -c <"$file")))
		done
		[[ $output == *"| $platform | "*" | $sum | "* ]]
	done
}

# What gzip makes of the whole archive depends on the commit's digests, and lies where kB are rounded: any number will do.
@test "the table of sizes in docs/image.md is the one that make sizes prints" {
	table() { sed -nE '/^\| (platform|linux\/[^ ]*|all) \|/{/^\| all/s/[0-9]+ kB/N kB/; p}'; }
	"$ROOT/image/sizes.sh" "$DIST" | table >"$BATS_TEST_TMPDIR/table"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/table")" -eq $((${#PLATFORMS[@]} + 2)) ]
	table <"$ROOT/docs/image.md" | diff - "$BATS_TEST_TMPDIR/table"
}
