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

@test "an archive has entries for its folders, which everybody may enter, before what is in them" {
	for archive in "$DIST"/*.tar; do
		tar -tvf "$archive" >"$BATS_TEST_TMPDIR/members"
		grep -qE '^drwxr-xr-x .* blobs/$' "$BATS_TEST_TMPDIR/members"
		[ "$(awk '{ print $NF }' "$BATS_TEST_TMPDIR/members" | sed -n '4,5p' | paste -s)" = $'blobs/\tblobs/sha256/' ]
		grep -qE '^drwxr-xr-x .* blobs/sha256/$' "$BATS_TEST_TMPDIR/members"
		[ "$(grep -c '^-rw-r--r-- ' "$BATS_TEST_TMPDIR/members")" -eq $(($(wc -l <"$BATS_TEST_TMPDIR/members") - 2)) ]
	done
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

@test "the sizes in docs/image.md are those of the archives" {
	said() { sed -E ':a; s/([0-9])([0-9]{3})\b/\1,\2/; ta' <<<"$1"; }
	page=$(tr '\n' ' ' <"$ROOT/docs/image.md")
	[[ $page == *"of which the index is $(said "$(wc -c <"$index")"). \`pause.tar\` has $(said "$(wc -c <"$DIST/pause.tar")") bytes"* ]]
	[[ $page == *"the archive of one platform $(said "$(wc -c <"$DIST/pause-${OTHER//\//-}.tar")")."* ]]
	pulled=$("$ROOT/image/sizes.sh" "$DIST" | awk -F ' *[|] *' '$8 + 0 > most { most = $8 } END { print most }')
	[[ $page == *"at most $(said "$(((pulled + 99) / 100 * 100))") bytes together"* ]]
}
