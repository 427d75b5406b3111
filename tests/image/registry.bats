# Pushing to a real registry, and what clients pull from it.
load ../helpers
load ../engines/engines

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist
	make -s -C "$ROOT" image DIST="$DIST" TAG=test
	start_containerd
	use_podman
	perl -e 'print "user:", crypt("secret", "\$2b\$05\$abcdefghijklmnopqrstuu"), "\n"' >"$ENGINES/htpasswd"
	start_registry "$ENGINES/htpasswd"
	export REGISTRY_AUTH_FILE=$ENGINES/auth.json
	skopeo login --tls-verify=false -u user -p secret "$REGISTRY"
	make -s -C "$ROOT" push REGISTRY="$REGISTRY/pushed" DIST="$DIST" TAG=test
}

teardown_file() {
	stop_engines
}

setup() {
	IMAGE=$REGISTRY/pushed:test
	DIGEST=$(tar -xOf "$DIST/pause.tar" index.json | jq -r '.manifests[0].digest')
}

# How many bytes of images the registry has sent since its log had $1 lines: not the answers to /v2/, nor errors.
sent_since() {
	tail -n "+$(($1 + 1))" "$ENGINES/registry.log" | sed -n 's|^127.* "GET /v2/[^"]\+ HTTP/1.1" 200 \([0-9]*\) .*|\1|p' |
		awk '{ sum += $1 } END { print sum }'
}

# What the table of sizes says for a platform.
pulled() {
	"$ROOT/image/sizes.sh" "$DIST" | awk -F ' *[|] *' -v platform="$1" '$2 == platform { print $8 }'
}

@test "the index in the registry has the digest that it has in the archive" {
	[ "sha256:$(skopeo inspect --raw --tls-verify=false "docker://$IMAGE" | sha256sum | cut -d ' ' -f 1)" = "$DIGEST" ]
}

@test "podman pulls two platforms, by tag and by the archive's digest, and its own one runs" {
	podman pull --tls-verify=false "$IMAGE"
	[ "$(podman run --rm "$IMAGE" -v)" = "$("$PAUSE" -v)" ]
	podman rmi "$IMAGE"
	podman pull --tls-verify=false --platform "$OTHER" "$REGISTRY/pushed@$DIGEST"
	[ "$(podman image inspect -f '{{.Id}}' "$REGISTRY/pushed@$DIGEST")" = \
		"$(tar -xOf "$DIST/pause-${OTHER//\//-}.tar" manifest.json | jq -r '.[0].Config | ltrimstr("blobs/sha256/")')" ]
	podman rmi "$REGISTRY/pushed@$DIGEST"
}

@test "containerd pulls two platforms over plain HTTP with the digest unchanged, and its own one runs" {
	ctr images pull --plain-http --user user:secret --platform "$OTHER" "$IMAGE"
	ctr images pull --plain-http --user user:secret "$IMAGE"
	[ "$(ctr images ls "name==$IMAGE" | awk 'NR == 2 { print $3 }')" = "$DIGEST" ]
	[ "$(version_by_ctr "$IMAGE")" = "$("$PAUSE" -v)" ]
	ctr images rm --sync "$IMAGE"
}

@test "what the registry sends for a platform is what the table of sizes says" {
	local platform before
	for platform in "$PLATFORM" "$OTHER"; do
		before=$(wc -l <"$ENGINES/registry.log")
		podman pull --tls-verify=false --platform "$platform" "$IMAGE"
		podman rmi "$IMAGE"
		[ "$(sent_since "$before")" -eq "$(pulled "$platform")" ]
	done
}

@test "push.sh --dry-run lists every blob with its digest and sends nothing" {
	local before
	before=$(wc -l <"$ENGINES/registry.log")
	run "$ROOT/image/push.sh" --dry-run "$DIST/pause.tar" "$REGISTRY/dry" test
	[ "$status" -eq 0 ]
	[ "$(wc -l <"$ENGINES/registry.log")" -eq "$before" ]
	diff <(grep -o 'sha256:.*' <<<"$output" | sort) \
		<(tar -tf "$DIST/pause.tar" | sed -n 's,blobs/sha256/\(.\),sha256:\1,p' | sort)
}

# not_pushed REGISTRY WORDS...
not_pushed() {
	local word
	run make -s -C "$ROOT" push REGISTRY="$1" DIST="$DIST" TAG=test
	[ "$status" -ne 0 ]
	for word in "${@:2}"; do [[ $output == *"$word"* ]] || { echo "$1: $output" && return 1; }; done
}

@test "a push that fails says why, and how to log in only where that is missing" {
	not_pushed localhost:9/x 'connect: connection refused' 'no registry answers at localhost:9' \
		'localhost:9/x:test was not pushed'
	[[ $output != *'log in'* ]]
	run "$ROOT/image/push.sh" "$DIST" "$REGISTRY/x" test
	[[ $status -eq 1 && $output == *"$DIST is a folder; name an archive in it"* ]]
	REGISTRY_AUTH_FILE=$BATS_TEST_TMPDIR/none.json
	echo '{}' >"$REGISTRY_AUTH_FILE"
	not_pushed "$REGISTRY/none" "log in with: skopeo login $REGISTRY" 'was not pushed'
	printf '{"auths":{"%s":{"auth":"%s"}}}' "$REGISTRY" "$(printf user:wrong | base64)" >"$REGISTRY_AUTH_FILE"
	not_pushed "$REGISTRY/none" "log in with: skopeo login $REGISTRY" 'was not pushed'
}

@test "make verify finds what was pushed to be the build of its source, by tag and digest, and something else not to be" {
	local source=$BATS_TEST_TMPDIR/source image=$REGISTRY/verified
	tagged_source "$source"
	make -s -C "$source" push REGISTRY="$image" TAG=test PLATFORMS="$PLATFORM $OTHER"
	for image in "$image:test" "$image@$(tar -xOf "$source/dist/pause.tar" index.json | jq -r '.manifests[0].digest')"; do
		run make -s -C "$source" verify IMAGE="$image"
		[ "$status" -eq 0 ]
		[ "$(grep -c '^image ID of ' <<<"$output")" -eq 2 ]
	done
	# Of this source, but dated otherwise.
	make -s -C "$source" push REGISTRY="$REGISTRY/verified" TAG=other PLATFORMS="$OTHER" SOURCE_DATE_EPOCH=1
	run make -s -C "$source" verify IMAGE="$REGISTRY/verified:other"
	[ "$status" -ne 0 ]
	[[ $output == *"$REGISTRY/verified:other is not the build of "*diffoscope* ]]
	run make -s -C "$source" verify IMAGE="$REGISTRY/verified:none"
	[ "$status" -ne 0 ]
	[[ $output == *"manifest unknown"* ]]
}
