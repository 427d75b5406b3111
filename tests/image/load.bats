# Every tool loads the archive, and what it loaded runs.
load engines

setup_file() {
	with_engines image
}

setup() {
	ARCHIVE=$DIST/pause.tar
}

# The digest of the index, as index.json has it.
index_digest() {
	tar -xOf "$ARCHIVE" index.json | jq -r '.manifests[0].digest'
}

# The program in a bundle or a mounted image is the one that was built.
is_pause() {
	cmp "$1" "$(pause_of "$PLATFORM")"
}

@test "docker load takes the archive of all platforms, and the image runs; each platform's own archive gives that one" {
	docker load -i "$ARCHIVE"
	[ "$(docker image inspect -f '{{.Id}}' "$IMAGE")" = "sha256:$(image_id)" ]
	[ "$(docker run --rm "$IMAGE" -v)" = "$VERSION" ]
	docker rmi "$IMAGE"
	for one in "${PLATFORMS[@]}"; do
		docker load -i "$DIST/pause-${one//\//-}.tar"
		# Docker leaves an empty variant out.
		docker image inspect "$IMAGE" | jq -e --arg id "sha256:$(image_id "${one//\//-}")" --arg platform "$one" '
			.[0] | .Id == $id and ([.Os, .Architecture, .Variant // empty] | join("/") == $platform)'
		docker rmi "$IMAGE"
	done
}

@test "podman load takes the archive, and a container of it stops at once; it takes another platform's own archive" {
	local other
	podman load -i "$ARCHIVE"
	[ "$(podman image inspect -f '{{.Id}}' "$IMAGE")" = "$(image_id)" ]
	podman run -d --name held "$IMAGE"
	within 60 asleep "$(podman inspect -f '{{.State.Pid}}' held)"
	podman stop -t 60 held
	[ "$(podman inspect -f '{{.State.ExitCode}}' held)" -eq 0 ]
	podman rm held
	podman rmi "$IMAGE"
	other=$(of platform | grep -vx "$PLATFORM" | grep -vm 1 '/.*/')
	podman load -i "$DIST/pause-${other//\//-}.tar"
	[ "$(podman image inspect -f '{{.Os}}/{{.Architecture}}' "$IMAGE")" = "$other" ]
	podman rmi "$IMAGE"
}

@test "podman pull oci-archive: takes the archive, with the digest of its index, and the image runs" {
	podman pull "oci-archive:$ARCHIVE"
	[ "$(podman run --rm "$IMAGE" -v)" = "$VERSION" ]
	podman image inspect "$IMAGE" | jq -e --arg digest "$(index_digest)" '.[0].RepoDigests | any(endswith($digest))'
	podman rmi "$IMAGE"
}

@test "buildah pull takes the archive, and a container made of it has /pause" {
	buildah pull "oci-archive:$ARCHIVE"
	local container
	container=$(buildah from --pull-never "$IMAGE")
	is_pause "$(buildah mount "$container")/pause"
	buildah rm "$container"
	buildah rmi "$IMAGE"
}

@test "ctr images import takes the archive, with --all-platforms every blob of it, and the image runs" {
	ctr images import "$ARCHIVE"
	[ "$(ctr images ls "name==$IMAGE" | awk 'NR == 2 { print $3 }')" = "$(index_digest)" ]
	[ "$(settled_in_cri "$IMAGE" | jq -r .id)" = "sha256:$(image_id)" ]
	[ "$(version_by_ctr "$IMAGE")" = "$VERSION" ]
	ctr images rm --sync "$IMAGE"
	ctr images import --all-platforms "$ARCHIVE"
	ctr images check "name==$IMAGE" | grep -F complete
	tar -tf "$ARCHIVE" | sed -n 's,blobs/sha256/\(.\),sha256:\1,p' | sort >"$BATS_TEST_TMPDIR/blobs"
	[ -z "$(ctr content ls -q | sort | comm -13 - "$BATS_TEST_TMPDIR/blobs")" ]
	diff <(ctr images ls "name==$IMAGE" | awk 'NR == 2 { print $6 }' | tr ',' '\n' | sort) <(of platform | sort)
	ctr images rm --sync "$IMAGE"
}

@test "skopeo copies the archive to an OCI layout, all of it with its digests, and umoci unpacks that" {
	cd "$BATS_TEST_TMPDIR"
	skopeo copy --all --preserve-digests "oci-archive:$ARCHIVE" oci:all:test
	[ "$(jq -r '.manifests[0].digest' all/index.json)" = "$(index_digest)" ]
	diff <(tar -tf "$ARCHIVE" | grep '^blobs/.*[^/]$' | sort) <(cd all && find blobs -type f | sort)

	skopeo copy "oci-archive:$ARCHIVE" oci:one:test
	umoci unpack --image one:test bundle
	is_pause bundle/rootfs/pause
	[ "$(jq -c '[.process.args, .process.user.uid, .process.user.gid]' bundle/config.json)" = '[["/pause"],65535,65535]' ]

	# By its other list, whose first platform is the archive's first.
	skopeo copy "docker-archive:$ARCHIVE:$IMAGE" oci:docker:test
	[ "$(skopeo inspect --config --raw oci:docker:test | sha256sum | cut -d ' ' -f 1)" = \
		"$(image_id "${PLATFORMS[0]//\//-}")" ]
}

@test "the Dockerfile gives the same /pause and the same config" {
	make -s -C "$ROOT" PLATFORM="$PLATFORM" CC=clang-19
	buildah build --identity-label=false --unsetenv PATH -t localhost/built "$ROOT"
	for image in containers-storage:localhost/built "oci-archive:$ARCHIVE"; do
		# Newer versions of buildah say where a program starts unless told otherwise.
		skopeo inspect --config --raw "$image" |
			jq -S '{architecture, variant, os, config: (.config | del(.WorkingDir | select(. == "/")))}'
	done >"$BATS_TEST_TMPDIR/configs"
	[ "$(jq -c . "$BATS_TEST_TMPDIR/configs" | uniq | wc -l)" -eq 1 ]
	local container tree
	container=$(buildah from --pull-never localhost/built)
	tree=$(buildah mount "$container")
	is_pause "$tree/pause"
	[ "$(cd "$tree" && find . -mindepth 1 -printf '%p %m %u:%g\n')" = "./pause 755 root:root" ]
	buildah rm "$container"
	buildah rmi localhost/built
}
