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
	export INDEX
	INDEX=$(blob "$(jq -r '.manifests[0].digest' "$LAYOUT/index.json")")
	# The platforms, each with the paths of its manifest, config and layer.
	local platform digest
	jq -r '.manifests[] | "\(.platform | [.os, .architecture, .variant // empty] | join("/")) \(.digest)"' "$INDEX" |
		while read -r platform digest; do
			jq -r --arg platform "$platform" --arg digest "$digest" --arg blobs "$LAYOUT/blobs/" '
				[$digest, .config.digest, .layers[0].digest] | map($blobs + sub(":"; "/")) | join(" ") | "\($platform) \(.)"
			' "$(blob "$digest")"
		done >"$BATS_FILE_TMPDIR/images"
}

setup() {
	mapfile -t MANIFESTS < <(cut -d ' ' -f 2 "$BATS_FILE_TMPDIR/images")
	mapfile -t CONFIGS < <(cut -d ' ' -f 3 "$BATS_FILE_TMPDIR/images")
}

# The path of a digest's blob.
blob() {
	echo "$LAYOUT/blobs/${1/://}"
}

@test "there is one archive with all platforms, and one for each" {
	diff <(cut -d ' ' -f 1 "$BATS_FILE_TMPDIR/images") <(printf '%s\n' "${PLATFORMS[@]}")
	[ "$(find "$DIST" -name '*.tar' | wc -l)" -eq $((${#PLATFORMS[@]} + 1)) ]
	for platform in "${PLATFORMS[@]}"; do
		local one="$DIST/pause-${platform//\//-}.tar"
		# The very same manifest as in the archive of all.
		tar -xOf "$one" "blobs/$(tar -xOf "$one" index.json | jq -r '.manifests[0].digest | sub(":"; "/")')" |
			jq -c '.manifests[]'
	done | diff - <(jq -c '.manifests[]' "$INDEX")
}

@test "each config is of its platform, has user, entry point and date, and nothing that is not needed" {
	diff <(jq -r '[.os, .architecture, .variant // empty] | join("/")' "${CONFIGS[@]}") <(printf '%s\n' "${PLATFORMS[@]}")
	[ "$(jq -c .config "${CONFIGS[@]}" | sort -u)" = '{"User":"65535:65535","Entrypoint":["/pause"]}' ]
	[ "$(jq -r '.created | fromdate' "${CONFIGS[@]}" | sort -u)" = "$TIME" ]
	[ "$(jq -c 'keys - ["variant"]' "${CONFIGS[@]}" | sort -u)" = '["architecture","config","created","os","rootfs"]' ]
}

@test "each layer is one file, its platform's /pause, mode 0755, root's, dated 1970; its digest is in the config" {
	while read -r platform _ config layer; do
		gzip -dc <"$layer" >"$BATS_TEST_TMPDIR/layer.tar"
		run tar -tvf "$BATS_TEST_TMPDIR/layer.tar" --numeric-owner --utc --full-time
		[[ $output == "-rwxr-xr-x 0/0 "*" 1970-01-01 00:00:00 pause" ]]
		tar -xOf "$BATS_TEST_TMPDIR/layer.tar" pause | cmp - "$(pause_of "$platform")"
		echo "$(jq -r '.rootfs.diff_ids[0] | ltrimstr("sha256:")' "$config")  $BATS_TEST_TMPDIR/layer.tar" |
			sha256sum -c --quiet
	done <"$BATS_FILE_TMPDIR/images"
}

@test "every blob is what its name says, has the size that its descriptor says, and is referred to" {
	(cd "$LAYOUT/blobs/sha256" && for file in *; do echo "$file  $file"; done | sha256sum -c --quiet)
	jq -r '(.manifests, .layers | .[]?), .config | select(.digest?) | "\(.digest) \(.size)"' \
		"$LAYOUT/index.json" "$INDEX" "${MANIFESTS[@]}" | sort -u >"$BATS_TEST_TMPDIR/named"
	(cd "$LAYOUT/blobs/sha256" && wc -c -- * | sed '$d' | awk '{ print "sha256:" $2, $1 }' | sort) |
		diff - "$BATS_TEST_TMPDIR/named"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/named")" -eq $((3 * ${#PLATFORMS[@]} + 1)) ]
}

@test "an archive has entries for its folders, which everybody may enter, before what is in them" {
	for archive in "$DIST"/*.tar; do
		tar -tvf "$archive" | awk '
			NR == 4 { folders += $1 == "drwxr-xr-x" && $NF == "blobs/" }
			NR == 5 { folders += $1 == "drwxr-xr-x" && $NF == "blobs/sha256/" }
			NR < 4 || NR > 5 { others += $1 != "-rw-r--r--" }
			END { exit folders != 2 || others }'
	done
}

@test "every media type is the one that OCI gives it, every schema's version 2" {
	local oci=application/vnd.oci.image
	[ "$(jq -c '[.schemaVersion, .mediaType, .manifests[].mediaType]' "$LAYOUT/index.json")" = \
		"[2,\"$oci.index.v1+json\",\"$oci.index.v1+json\"]" ]
	[ "$(jq -c '[.schemaVersion, .mediaType, (.manifests | map(.mediaType) | unique[])]' "$INDEX")" = \
		"[2,\"$oci.index.v1+json\",\"$oci.manifest.v1+json\"]" ]
	[ "$(jq -c '[.schemaVersion, .mediaType, .config.mediaType, .layers[].mediaType]' "${MANIFESTS[@]}" | sort -u)" = \
		"[2,\"$oci.manifest.v1+json\",\"$oci.config.v1+json\",\"$oci.layer.v1.tar+gzip\"]" ]
	[ "$(cat "$LAYOUT/oci-layout")" = '{"imageLayoutVersion":"1.0.0"}' ]
}

@test "index.json names the image once, with title, version, revision, source and licence; BUILD has the program" {
	cd "$BATS_TEST_TMPDIR"
	make -s -C "$ROOT" image DIST="$PWD" PLATFORMS="$OTHER" NAME=example.org/a/b TAG=1.x BUILD="$PWD/build" VERSION=9.8.7 \
		SOURCE=https://example.org/a.git REVISION=0123456789012345678901234567890123456789
	tar -xf pause.tar
	diff <(jq -S '.manifests | map(.annotations)' index.json) <(jq -Sn --arg v "$(cat "$ROOT/VERSION")" '[{
		"io.containerd.image.name": "example.org/a/b:1.x",
		"org.opencontainers.image.ref.name": "1.x",
		"org.opencontainers.image.title": "pause",
		"org.opencontainers.image.description": "Holds the namespaces of a pod until a signal stops it",
		"org.opencontainers.image.version": $v,
		"org.opencontainers.image.revision": "0123456789012345678901234567890123456789",
		"org.opencontainers.image.source": "https://example.org/a.git",
		"org.opencontainers.image.licenses": "Apache-2.0"
	}]')
	[ "$(jq -r '.[0].RepoTags[]' manifest.json)" = example.org/a/b:1.x ]
	gzip -dc "$(jq -r '.[0].Layers[0]' manifest.json)" | tar -xO pause | cmp - "build/${OTHER//\//-}/pause"
}

@test "programs and archives are the same to the bit for another user, in another folder, time and locale" {
	local other="$BATS_TEST_TMPDIR/a folder elsewhere"
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
	for platform in "${PLATFORMS[@]}"; do
		cmp "$(pause_of "$platform")" "$other/build/${platform//\//-}/pause"
		[ "$(stat -c %a "$other/build/${platform//\//-}/pause")" = 755 ]
	done
	for archive in "$DIST"/*.tar; do
		cmp "$archive" "$other/dist/${archive##*/}"
		[ "$(stat -c %a "$other/dist/${archive##*/}")" = 644 ]
	done
}

@test "the sizes in docs/image.md are those of the archives" {
	said() { sed -E ':a; s/([0-9])([0-9]{3})\b/\1,\2/; ta' <<<"$1"; }
	page=$(tr '\n' ' ' <"$ROOT/docs/image.md")
	[[ $page == *"of which the index is $(said "$(wc -c <"$INDEX")"). "* ]]
	[[ $page == *"\`pause.tar\` has $(said "$(wc -c <"$DIST/pause.tar")") bytes"* ]]
	[[ $page == *"the archive of one platform $(said "$(wc -c <"$DIST/pause-${OTHER//\//-}.tar")")."* ]]
	pulled=$("$ROOT/image/sizes.sh" "$DIST" | awk -F ' *[|] *' '$8 + 0 > most { most = $8 } END { print most }')
	[[ $page == *"at most $(said "$(((pulled + 99) / 100 * 100))") bytes together"* ]]
}
