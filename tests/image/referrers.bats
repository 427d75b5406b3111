# What is attached to the image in a real registry, which has no referrers API: found, verified, the same again.
load ../helpers
load ../engines/engines

# A program of a release of Debian: tool NAME RELEASE -> its folder
tool() {
	echo "$("$ROOT/tests/tools/fetch-deb.sh" "$1:$(dpkg --print-architecture)/$2" "./usr/bin/$1")/usr/bin"
}

setup_file() {
	OLDER=$(tool oras trixie):$(tool cosign trixie):$PATH
	PATH=$(tool oras sid):$(tool cosign sid):$PATH
	export OLDER PATH COSIGN_PASSWORD='' DIST=$BATS_FILE_TMPDIR/dist HOME=$BATS_FILE_TMPDIR
	perl -e 'print "user:", crypt("secret", "\$2b\$05\$abcdefghijklmnopqrstuu"), "\n"' >"$ENGINES/htpasswd"
	DELETES=true start_registry "$ENGINES/htpasswd"
	export REGISTRY_AUTH_FILE=$ENGINES/auth.json
	skopeo login --tls-verify=false -u user -p secret "$REGISTRY"
	cd "$BATS_FILE_TMPDIR"
	cosign generate-key-pair
	mkdir wrong
	(cd wrong && cosign generate-key-pair)
	make -s -C "$ROOT" sbom DIST="$DIST" TAG=test PLATFORMS="$PLATFORM $OTHER"
}

teardown_file() {
	stop_engines
}

# A repository for each test.
setup() {
	cd "$BATS_FILE_TMPDIR"
	IMAGE=$REGISTRY/test-$BATS_TEST_NUMBER
	DIGEST=$(tar -xOf "$DIST/pause.tar" index.json | jq -r '.manifests[0].digest')
}

push() {
	make -s -C "$ROOT" push REGISTRY="$IMAGE" DIST="$DIST" TAG=test PLATFORMS="$PLATFORM $OTHER" "$@"
}
# The same without building anew: again [KEY]
again() {
	"$ROOT/image/push.sh" "$DIST/pause.tar" "$IMAGE" test
	"$ROOT/image/referrers.sh" "$DIST/pause.tar" "$IMAGE" "$@"
}

# A command of oras at the registry: at_registry discover ARGUMENT...
at_registry() {
	oras "$1" --plain-http --registry-config "$REGISTRY_AUTH_FILE" "${@:2}"
}
# What is attached: media type and digest, and of a bundle what it states.
attached() {
	at_registry discover --format json "$IMAGE:test" |
		jq -r '.referrers[] | "\(.artifactType) \(.annotations["dev.sigstore.bundle.predicateType"]) \(.digest)"' | sort
}
types() {
	attached | sed 's/ sha256:.*//'
}

verify() {
	cosign "$1" --insecure-ignore-tlog --allow-http-registry "${@:2}"
}

@test "make push ATTACH=1: bill of materials and provenance refer to the index, which stays the archive's to the bit" {
	local referrer
	push ATTACH=1
	diff <(types) - <<-END
		application/spdx+json null
		application/vnd.in-toto+json null
	END
	for referrer in $(attached | grep -o 'sha256:.*'); do
		[ "$(skopeo inspect --raw --tls-verify=false "docker://$IMAGE@$referrer" | jq -r .subject.digest)" = "$DIGEST" ]
		at_registry pull -o "$BATS_TEST_TMPDIR" "$IMAGE@$referrer"
	done
	cmp "$BATS_TEST_TMPDIR/pause.spdx.json" "$DIST/pause.spdx.json"
	cmp "$BATS_TEST_TMPDIR/pause.intoto.json" "$DIST/pause.intoto.json"
	skopeo inspect --raw --tls-verify=false "docker://$IMAGE:test" >"$BATS_TEST_TMPDIR/index"
	tar -xOf "$DIST/pause.tar" "blobs/${DIGEST/://}" | cmp - "$BATS_TEST_TMPDIR/index"
	[ "$(jq -c '[.manifests[].platform.os]' "$BATS_TEST_TMPDIR/index")" = '["linux","linux"]' ]
}

@test "make push SIGN=key: cosign verifies image, bill of materials and provenance; not with another key or image" {
	local type
	push SIGN="$PWD/cosign.key"
	[ "$(types | grep -c '^application/vnd.dev.sigstore.bundle.v0.3+json ')" -eq 3 ]
	verify verify --key cosign.pub "$IMAGE:test"
	verify verify-attestation --key cosign.pub --type spdxjson "$IMAGE:test" |
		jq -e --slurpfile ours "$DIST/pause.spdx.json" '.payload | @base64d | fromjson | .predicate == $ours[0]'
	verify verify-attestation --key cosign.pub --type slsaprovenance1 "$IMAGE:test" |
		jq -e --slurpfile ours "$DIST/pause.intoto.json" '.payload | @base64d | fromjson | .predicate == $ours[0].predicate'
	for type in spdxjson slsaprovenance1; do
		run verify verify-attestation --key wrong/cosign.pub --type $type "$IMAGE:test"
		[ "$status" -ne 0 ]
	done
	run verify verify --key wrong/cosign.pub "$IMAGE:test"
	[ "$status" -ne 0 ]

	# Another image that somebody attached the true one's bundles to.
	make -s -C "$ROOT" push REGISTRY="$IMAGE" DIST="$BATS_TEST_TMPDIR/dist" TAG=other PLATFORMS="$OTHER"
	for referrer in $(attached | grep -o 'sha256:.*'); do
		at_registry pull "$IMAGE@$referrer"
	done
	at_registry attach --artifact-type application/vnd.dev.sigstore.bundle.v0.3+json \
		--annotation dev.sigstore.bundle.predicateType=https://slsa.dev/provenance/v1 "$IMAGE:other" \
		pause.intoto.sigstore.json:application/vnd.dev.sigstore.bundle.v0.3+json
	run verify verify-attestation --key cosign.pub --type slsaprovenance1 "$IMAGE:other"
	[ "$status" -ne 0 ]
	[[ $output == *digest* ]]
}

@test "attached again, also by Debian 13's tools, nothing changes that a client sees; what somebody else attached stays" {
	again cosign.key
	diff <(types) - <<-END
		application/spdx+json null
		application/vnd.dev.sigstore.bundle.v0.3+json https://sigstore.dev/cosign/sign/v1
		application/vnd.dev.sigstore.bundle.v0.3+json https://slsa.dev/provenance/v1
		application/vnd.dev.sigstore.bundle.v0.3+json https://spdx.dev/Document
		application/vnd.in-toto+json null
	END
	echo scanned >scan.txt
	at_registry attach --artifact-type text/plain "$IMAGE:test" scan.txt
	attached >"$BATS_TEST_TMPDIR/first"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/first")" -eq 6 ]
	again cosign.key
	again
	PATH=$OLDER again cosign.key
	attached | diff "$BATS_TEST_TMPDIR/first" -
	# Another key is somebody else.
	again wrong/cosign.key
	[ "$(attached | wc -l)" -eq 9 ]
	attached | grep -cxFf "$BATS_TEST_TMPDIR/first" | grep -x 6
	verify verify-attestation --key wrong/cosign.pub --type slsaprovenance1 "$IMAGE:test"
	verify verify-attestation --key cosign.pub --type slsaprovenance1 "$IMAGE:test"

	# What the older ones sign, the newest verify.
	IMAGE=$IMAGE-older
	PATH=$OLDER again cosign.key
	verify verify --key cosign.pub "$IMAGE:test"
	verify verify-attestation --key cosign.pub --type spdxjson "$IMAGE:test"
	verify verify-attestation --key cosign.pub --type slsaprovenance1 "$IMAGE:test"
}

@test "documents of another archive, none, or an image that is not there: nothing is attached" {
	mkdir "$BATS_TEST_TMPDIR/dist"
	cp "$DIST"/pause{.tar,.spdx.json} "$BATS_TEST_TMPDIR/dist"
	run "$ROOT/image/referrers.sh" "$BATS_TEST_TMPDIR/dist/pause.tar" "$IMAGE"
	[ "$status" -eq 1 ]
	[[ $output == *'there are no documents of '*'run: make sbom'* ]]
	jq '.subject[0].digest.sha256 = "0"' "$DIST/pause.intoto.json" >"$BATS_TEST_TMPDIR/dist/pause.intoto.json"
	run "$ROOT/image/referrers.sh" "$BATS_TEST_TMPDIR/dist/pause.tar" "$IMAGE"
	[ "$status" -eq 1 ]
	[[ $output == *'there are no documents of '* ]]
	skopeo copy --quiet --all --dest-tls-verify=false "oci-archive:$DIST/pause-${OTHER//\//-}.tar" "docker://$IMAGE:one"
	run "$ROOT/image/referrers.sh" "$DIST/pause.tar" "$IMAGE"
	[ "$status" -eq 1 ]
	[[ $output == *"pause.spdx.json was not attached to $IMAGE@$DIGEST; is it there?"* ]]
	[ "$(skopeo list-tags --tls-verify=false "docker://$IMAGE" | jq -c .Tags)" = '["one"]' ]
}

@test "release.yml's last step: other sums are refused; image, what refers to it and dist/ are published" {
	local source=$BATS_TEST_TMPDIR/source
	copy_sources "$source"
	cp -r "$DIST" "$source/dist"
	(cd "$source/dist" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"%s"\n' "$BATS_TEST_TMPDIR/gh" >"$BATS_TEST_TMPDIR/bin/gh"
	chmod +x "$BATS_TEST_TMPDIR/bin/gh"
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH RUNNER_TEMP=$BATS_TEST_TMPDIR SIGN=$PWD/cosign.key
	export GITHUB_REPOSITORY_OWNER=Some-One GITHUB_REPOSITORY=Some-One/pause GITHUB_ACTOR=user GH_TOKEN=secret
	run "$source/.github/publish.sh" "$(sha256sum <"$source/dist/SHA256SUMS")" "another  -"
	[ "$status" -eq 1 ]
	[[ $output == *'two builds differ: another'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/gh" ]
	"$source/.github/publish.sh" "$(sha256sum <"$source/dist/SHA256SUMS")" "$(sha256sum <"$source/dist/SHA256SUMS")"
	verify verify-attestation --key cosign.pub --type slsaprovenance1 "$REGISTRY/some-one/pause:$(cat "$ROOT/VERSION")"
	diff <(grep '^dist/' "$BATS_TEST_TMPDIR/gh") <(cd "$source" && printf '%s\n' dist/*)
	grep -qx "v$(cat "$ROOT/VERSION")" "$BATS_TEST_TMPDIR/gh"
}

@test "what is attached goes as docs/image.md says" {
	again
	oras manifest delete --force --plain-http --registry-config "$REGISTRY_AUTH_FILE" \
		"$IMAGE@$(attached | sed -n 's/^application.spdx.json null //p')"
	[ "$(types)" = 'application/vnd.in-toto+json null' ]
}
