# Every tool loads the archive, and what it loaded runs.
load ../helpers
load ../engines/engines
load ../engines/cri

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist
	make -s -C "$ROOT" image DIST="$DIST" TAG=test
	start_dockerd
	start_containerd
	use_podman
}

teardown_file() {
	stop_engines
}

setup() {
	IMAGE=pause.internal/pause:test
	ARCHIVE=$DIST/pause.tar
	NATIVE=${PLATFORM//\//-}
	VERSION="pause $(cat "$ROOT/VERSION") $PLATFORM"
}

# The digest of a platform's config, which engines take for the image's ID: image_id linux-arm-v7
image_id() {
	local one=$DIST/pause-$1.tar
	tar -xOf "$one" manifest.json | jq -r '.[0].Config | ltrimstr("blobs/sha256/")'
}

# The digest of the index, as index.json has it.
index_digest() {
	tar -xOf "$ARCHIVE" index.json | jq -r '.manifests[0].digest'
}

# The program in a bundle or a mounted image is the one that was built.
is_pause() {
	cmp "$1" "$(pause_of "$PLATFORM")"
}

@test "docker load takes the archive of all platforms, and the image runs" {
	docker load -i "$ARCHIVE"
	[ "$(docker image inspect -f '{{.Id}}' "$IMAGE")" = "sha256:$(image_id "$NATIVE")" ]
	[ "$(docker run --rm "$IMAGE" -v)" = "$VERSION" ]
	docker rmi "$IMAGE"
}

@test "docker load takes each platform's own archive and gives just that platform" {
	for one in "${PLATFORMS[@]}"; do
		docker load -i "$DIST/pause-${one//\//-}.tar"
		[ "$(docker image inspect -f '{{.Id}}' "$IMAGE")" = "sha256:$(image_id "${one//\//-}")" ]
		# Docker leaves an empty variant out.
		[ "$(docker image inspect "$IMAGE" | jq -r '.[0] | [.Os, .Architecture, .Variant // empty] | join("/")')" = "$one" ]
		docker rmi "$IMAGE"
	done
}

@test "podman load takes the archive, and a container of it stops at once" {
	podman load -i "$ARCHIVE"
	[ "$(podman image inspect -f '{{.Id}}' "$IMAGE")" = "$(image_id "$NATIVE")" ]
	[ "$(podman run --rm "$IMAGE" -v)" = "$VERSION" ]
	podman run -d --name held "$IMAGE"
	within 60 asleep "$(podman inspect -f '{{.State.Pid}}' held)"
	podman stop -t 60 held
	[ "$(podman inspect -f '{{.State.ExitCode}}' held)" -eq 0 ]
	podman rm held
	podman rmi "$IMAGE"
}

@test "podman load takes another platform's own archive" {
	local other
	other=$(of platform | grep -vx "$PLATFORM" | grep -vm 1 '/.*/')
	podman load -i "$DIST/pause-${other//\//-}.tar"
	[ "$(podman image inspect -f '{{.Os}}/{{.Architecture}}' "$IMAGE")" = "$other" ]
	podman rmi "$IMAGE"
}

@test "podman pull oci-archive: takes the archive, with the digest of its index" {
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

@test "ctr images import takes the archive, and the image runs" {
	ctr images import "$ARCHIVE"
	[ "$(ctr images ls "name==$IMAGE" | awk 'NR == 2 { print $3 }')" = "$(index_digest)" ]
	[ "$(settled_in_cri "$IMAGE" | jq -r .id)" = "sha256:$(image_id "$NATIVE")" ]
	[ "$(version_by_ctr "$IMAGE")" = "$VERSION" ]
	ctr images rm --sync "$IMAGE"
}

@test "ctr images import --all-platforms takes the archive, and every blob is there" {
	ctr images import --all-platforms "$ARCHIVE"
	ctr images check "name==$IMAGE" | grep -F complete
	for blob in $(tar -tf "$ARCHIVE" | sed -n 's,blobs/sha256/\(.\),sha256:\1,p'); do
		ctr content ls -q | grep -qx "$blob"
	done
	diff <(ctr images ls "name==$IMAGE" | awk 'NR == 2 { print $6 }' | tr ',' '\n' | sort) <(of platform | sort)
	[ "$(version_by_ctr "$IMAGE")" = "$VERSION" ]
	ctr images rm --sync "$IMAGE"
}

@test "skopeo copies the archive to an OCI layout, all of it with its digests, and umoci unpacks that" {
	skopeo copy --all --preserve-digests "oci-archive:$ARCHIVE" "oci:$BATS_TEST_TMPDIR/all:test"
	[ "$(jq -r '.manifests[0].digest' "$BATS_TEST_TMPDIR/all/index.json")" = "$(index_digest)" ]
	diff <(tar -tf "$ARCHIVE" | grep '^blobs/.*[^/]$' | sort) <(cd "$BATS_TEST_TMPDIR/all" && find blobs -type f | sort)

	skopeo copy "oci-archive:$ARCHIVE" "oci:$BATS_TEST_TMPDIR/one:test"
	umoci unpack --image "$BATS_TEST_TMPDIR/one:test" "$BATS_TEST_TMPDIR/bundle"
	is_pause "$BATS_TEST_TMPDIR/bundle/rootfs/pause"
	[ "$(jq -c '[.process.args, .process.user.uid, .process.user.gid]' "$BATS_TEST_TMPDIR/bundle/config.json")" = \
		'[["/pause"],65535,65535]' ]
}

@test "skopeo copies it as a docker-archive, too" {
	skopeo copy "docker-archive:$ARCHIVE:$IMAGE" "oci:$BATS_TEST_TMPDIR/docker:test"
	[ "$(skopeo inspect --config --raw "oci:$BATS_TEST_TMPDIR/docker:test" | sha256sum | cut -d ' ' -f 1)" = \
		"$(image_id "${PLATFORMS[0]//\//-}")" ]
}

@test "the Dockerfile gives the same /pause and the same config" {
	make -s -C "$ROOT" PLATFORM="$PLATFORM" CC=clang-19
	buildah build --identity-label=false --unsetenv PATH -t localhost/built "$ROOT"
	skopeo copy containers-storage:localhost/built "dir:$BATS_TEST_TMPDIR/built"
	skopeo copy "oci-archive:$ARCHIVE" "dir:$BATS_TEST_TMPDIR/ours"
	for side in built ours; do
		skopeo inspect --config --raw "dir:$BATS_TEST_TMPDIR/$side" >"$BATS_TEST_TMPDIR/$side.json"
		# Newer versions of buildah say where a program starts unless told otherwise.
		jq -S '{architecture, variant, os, config: (.config | del(.WorkingDir | select(. == "/")))}' \
			"$BATS_TEST_TMPDIR/$side.json" >"$BATS_TEST_TMPDIR/$side.config"
	done
	diff "$BATS_TEST_TMPDIR/ours.config" "$BATS_TEST_TMPDIR/built.config"
	local container tree
	container=$(buildah from --pull-never localhost/built)
	tree=$(buildah mount "$container")
	is_pause "$tree/pause"
	[ "$(cd "$tree" && find . -mindepth 1 -printf '%p %m %u:%g\n')" = "./pause 755 root:root" ]
	buildah rm "$container"
	buildah rmi localhost/built
}

@test "docker builds the Dockerfile, too; it adds PATH to the config, and nothing else" {
	make -s -C "$ROOT" CC=clang-19
	DOCKER_BUILDKIT=0 docker build -q --build-arg TARGETOS=linux --build-arg TARGETARCH="${PLATFORM#linux/}" \
		-t built "$ROOT"
	[ "$(docker image inspect built | jq -c '.[0].Config | [.User, .Entrypoint, .Cmd, .WorkingDir, .Labels,
		(.Env | map(split("=")[0]))]')" = '["65535:65535",["/pause"],null,"",null,["PATH"]]' ]
	[ "$(docker run --rm built -v)" = "$VERSION" ]
	docker rmi built
}
