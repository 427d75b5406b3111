# `make verify`: an image is the build of its source, or it is refused and the reason said.
load ../helpers
load ../engines/engines

# A repository with a commit and the version's tag, and the archives that it makes: good.tar of one platform.
setup_file() {
	export SOURCE_TREE=$BATS_FILE_TMPDIR/source GOOD=$BATS_FILE_TMPDIR/good.tar
	tagged_source "$SOURCE_TREE"
	make -s -C "$SOURCE_TREE" image PLATFORMS="$OTHER" NAME=a.example/b TAG=c
	mv "$SOURCE_TREE/dist/pause.tar" "$GOOD"
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	COMMIT=$(git -C "$SOURCE_TREE" rev-parse HEAD)
}

verify() {
	make -s -C "$SOURCE_TREE" verify IMAGE="$1" "${@:2}"
}

# refused IMAGE WORDS [VARIABLE=VALUE...]
refused() {
	run verify "$1" "${@:3}"
	[[ $status -ne 0 && $output == *"$2"* ]] || { echo "$1 ($2): $output" && return 1; }
}

@test "an archive is compared with the commit that it names, and the IDs are those by which an engine knows the images" {
	make -s -C "$SOURCE_TREE" image PLATFORMS="$PLATFORM $OTHER" SOURCE=https://example.org/pause.git DIST="$PWD"
	run verify "$PWD/pause.tar"
	[ "$status" -eq 0 ]
	[[ $output == *"building the commit that $PWD/pause.tar names"* ]]
	[ "${lines[-1]}" = "$PWD/pause.tar is the build of $COMMIT: $(tar -xOf pause.tar index.json | jq -r '.manifests[0].digest')" ]
	use_podman
	local platform
	for platform in "$PLATFORM" "$OTHER"; do
		podman load --quiet -i "pause-${platform//\//-}.tar"
		grep -xE "image ID of $platform +sha256:$(podman image inspect -f '{{.Id}}' "$IMAGE")" <<<"$output"
	done
	[ "$(grep -c 'image ID' <<<"$output")" -eq 2 ]
}

@test "another commit, and an archive of a tree with changes, are refused; both digests are named, and diffoscope" {
	local tree=$BATS_TEST_TMPDIR/tree
	git clone -q "$SOURCE_TREE" "$tree"
	sed -i 's/"User":"65535:65535"/"User":"65534:65534"/' "$tree/image/build.sh"
	make -s -C "$tree" image PLATFORMS="$OTHER" DIST="$PWD/changed" NAME=a.example/b TAG=c
	refused "$PWD/changed/pause.tar" 'built from a tree with changes'
	refused "$PWD/changed/pause.tar" "given    $(tar -xOf changed/pause.tar index.json | jq -r '.manifests[0].digest')" REV=HEAD
	[[ $output == *$'\n'"rebuilt  $(tar -xOf "$GOOD" index.json | jq -r '.manifests[0].digest'), the archive "*diffoscope* ]]
	refused "$GOOD" 'there is no nonesuch in this repository' REV=nonesuch
	# An archive that names no commit is compared with the tag.
	make -s -C "$SOURCE_TREE" image PLATFORMS="$OTHER" DIST="$PWD/none" REVISION=
	refused "$PWD/none/pause.tar" "is not the build of $COMMIT: the archive has other bytes"
}

# Puts an archive's files, changed, into one again: rewrite ARCHIVE COMMAND..., which finds them in its folder
rewrite() {
	local archive=$1 files
	rm -rf files
	mkdir files
	tar -xf "$archive" -C files
	(cd files && "${@:2}")
	mapfile -t files < <(cd files && find -- * ! -type d)
	tar -cf "$archive" -C files "${files[@]}"
}

# A blob of these words, and its path: another CONTENT
another() {
	local sum
	sum=$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)
	printf %s "$1" >"blobs/sha256/$sum"
	echo "blobs/sha256/$sum"
}
add_member() { another '{}'; }
add_file() { touch pause; }
add_image() { jq -c '.manifests += [.manifests[0] | .digest |= sub("....$"; "0000")]' index.json >new && mv new index.json; }
other_tag() { sed -i 's/a.example.b:c/a.example\/other:c/' manifest.json; }
other_annotation() { sed -i 's/"Apache-2.0"/"MIT"/' index.json; }
other_layer() { printf '\0' | dd of="$(find_layer)" bs=1 seek=40 conv=notrunc status=none; }
other_index() { another '{"manifests":[]}' >new && sed -i "s,sha256:[0-9a-f]*,sha256:$(basename "$(cat new)")," index.json && rm new; }
no_layer() { rm "$(find_layer)"; }
find_layer() { find blobs -type f -exec file {} + | sed -n 's/: *gzip.*//p'; }

@test "every other archive is refused: more in it, less, or something else, in it or behind it" {
	local change
	# To verify.sh, which asks cmp, these are one case: a byte that differs.
	for change in add_member other_tag other_annotation no_layer; do
		cp "$GOOD" changed.tar
		rewrite changed.tar "$change"
		refused "$PWD/changed.tar" "is not the build of $COMMIT: the archive has other bytes"
	done
	cp "$GOOD" changed.tar
	rewrite changed.tar other_index
	refused "$PWD/changed.tar" 'has no image index with platforms'
	# Behind the end of a tar file; cut short.
	(cat "$GOOD" && echo) >changed.tar
	refused "$PWD/changed.tar" 'other bytes'
	head -c -512 "$GOOD" >changed.tar
	refused "$PWD/changed.tar" 'other bytes'
	head -c 3000 "$GOOD" >changed.tar
	refused "$PWD/changed.tar" ''
}

link_layer() {
	local layer
	layer=$(find_layer)
	mv "$layer" "$BATS_TEST_TMPDIR/layer"
	ln -s "$BATS_TEST_TMPDIR/layer" "$layer"
}
manifest_for_docker() { echo '[]' >manifest.json; }

@test "an archive that skopeo wrote is taken if it holds the image and nothing else" {
	skopeo copy --quiet --all --preserve-digests "oci-archive:$GOOD" oci-archive:copied.tar:x
	run verify "$PWD/copied.tar"
	[ "$status" -eq 0 ]
	[[ $output == *'another tool wrote the archive'*'image ID of '* ]]
	local change reason
	while read -r change reason; do
		cp copied.tar changed.tar
		rewrite changed.tar "$change"
		refused "$PWD/changed.tar" "$reason"
	done <<-END
		manifest_for_docker other files in the archive
		add_file other files in the archive
		add_member other blobs
		add_image more images
		other_layer other blobs
		link_layer other blobs
	END
}

@test "what is no image is told from what is not there, and Docker Hub is never asked" {
	mkdir folder
	refused "$PWD/folder/" 'folder/ is a folder; name an archive in it'
	refused "$ROOT/README.md" 'README.md is no archive of an image'
	refused "$PWD/none.tar" 'none.tar is missing; run: make image'
	refused https://localhost:9/a:1 'begins with https://; leave that out'
	refused localhost:9/a:1 'connect: connection refused'
	[[ $output != *'log in'* ]]
	local name
	for name in alpine:3 library/alpine:3 localhost:9/a localhost:9/a: ''; do
		refused "$name" "IMAGE \"$name\" is neither a file nor HOST/NAME:TAG"
		[[ $output != *skopeo* ]]
	done
}

# A value of make's that runs a command, in an archive.
commands() {
	jq -c --arg run "\$(shell touch $BATS_TEST_TMPDIR/ran)" '.manifests[0].annotations["org.opencontainers.image.source"] = $run' \
		index.json >new && mv new index.json
}

@test "what is verified is only read, whatever is set or stands in it, and what it is compared with is built by itself" {
	local before
	mkdir dist
	cp "$GOOD" dist/pause.tar
	# Another image by the same name: what a build into DIST would put right.
	rewrite dist/pause.tar other_tag
	before=$(cd dist && sha256sum -- * && stat -c '%n %i %y' -- *)
	refused "$PWD/dist/pause.tar" 'other bytes' DIST="$PWD/dist" BUILD="$PWD/build" TAG=other NAME=other/name PLATFORMS="$PLATFORM"
	[ "$(cd dist && sha256sum -- * && stat -c '%n %i %y' -- *)" = "$before" ]
	[ ! -e build ]
	rewrite dist/pause.tar commands
	refused "$PWD/dist/pause.tar" ''
	[ ! -e ran ]
	DIST=/nonexistent NAME=a TAG=b BUILD=/nonexistent CC=false SOURCE_DATE_EPOCH=1 REVISION=2 MAKEFLAGS=-e \
		"$SOURCE_TREE/image/verify.sh" "$GOOD"
}
