# What is published beside the archive: bills of materials, provenance, checksums, and how to sign them.
load ../helpers
load ../engines/engines

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist
	make -s -C "$ROOT" dist DIST="$DIST" SOURCE=https://example.org/pause.git
	start_registry
}

teardown_file() {
	stop_engines
}

# The newest published schemas and validators that Debian has: published PACKAGE:ARCHITECTURE/RELEASE NAME
published() {
	find "$("$ROOT/tests/tools/package.sh" "$1" "./*/$2*")" -name "$2" -print -quit
}

validate() {
	/usr/bin/python3 "$ROOT/tests/tools/validate.py" "$@"
}

# For each platform, the checksums of its program: sha1 sha256 platform
checksums() {
	local platform
	for platform in "${PLATFORMS[@]%:*}"; do
		echo "$(sha1sum <"$(pause_of "$platform")" | cut -d ' ' -f 1)" \
			"$(sha256sum <"$(pause_of "$platform")" | cut -d ' ' -f 1)" "$platform"
	done | sort
}

@test "the SPDX document is a valid one of version 2.3, and a wrong one is not" {
	local packages validator
	packages=$(published python3-spdx-tools:all/sid dist-packages):$(published python3-beartype:all/sid dist-packages)
	validator=(env PYTHONPATH="$packages" /usr/bin/python3 -m spdx_tools.spdx.clitools.pyspdxtools --version SPDX-2.3)
	"${validator[@]}" --infile "$DIST/pause.spdx.json"
	jq 'del(.packages[0].packageVerificationCode) | .files[3].SPDXID = "File"' "$DIST/pause.spdx.json" \
		>"$BATS_TEST_TMPDIR/wrong.spdx.json"
	run "${validator[@]}" --infile "$BATS_TEST_TMPDIR/wrong.spdx.json"
	[ "$status" -ne 0 ]
}

@test "the SPDX document has one package, its licence, its source's revision and the files' checksums" {
	[ "$(jq -r '.packages[] | [.name, .versionInfo, .licenseDeclared, .downloadLocation] | join(" ")' \
		"$DIST/pause.spdx.json")" = "pause $(cat "$ROOT/VERSION") Apache-2.0$(
		) git+https://example.org/pause.git@$("$ROOT/scripts/commit.sh" hash)" ]
	diff <(checksums) <(jq -r '.files[] | [.checksums[0].checksumValue, .checksums[1].checksumValue,
		(.fileName | ltrimstr("./") | rtrimstr("/pause"))] | join(" ")' "$DIST/pause.spdx.json" | sort)
	[ "$(jq -r '.packages[0].packageVerificationCode.packageVerificationCodeValue' "$DIST/pause.spdx.json")" = \
		"$(checksums | cut -d ' ' -f 1 | tr -d '\n' | sha1sum | cut -d ' ' -f 1)" ]
}

@test "the CycloneDX document is valid by the schema of its version, and a wrong one is not" {
	local schemas
	schemas=$(published python3-cyclonedx-lib:all/trixie _res)
	validate cyclonedx "$schemas" "$DIST/pause.cdx.json"
	jq '.components[0].hashes[0].content = "none"' "$DIST/pause.cdx.json" >"$BATS_TEST_TMPDIR/wrong.json"
	run validate cyclonedx "$schemas" "$BATS_TEST_TMPDIR/wrong.json"
	[ "$status" -ne 0 ]
}

@test "the CycloneDX document has one component, its licence, its source and the files' checksums" {
	[ "$(jq -r '.metadata.component | [.name, .version, .licenses[0].license.id, .properties[0].value,
		.externalReferences[0].url] | join(" ")' "$DIST/pause.cdx.json")" = \
		"pause $(cat "$ROOT/VERSION") Apache-2.0 $("$ROOT/scripts/commit.sh" hash) https://example.org/pause.git" ]
	diff <(checksums) <(jq -r '.components[] | [.hashes[0].content, .hashes[1].content,
		(.name | rtrimstr("/pause"))] | join(" ")' "$DIST/pause.cdx.json" | sort)
}

@test "the provenance is a valid in-toto statement with SLSA provenance, and a wrong one is not" {
	local schemas
	schemas=$(published golang-github-in-toto-attestation-dev:all/sid protos)
	validate in-toto "$schemas" "$DIST/pause.intoto.json"
	for wrong in '.predicate.buildDefinition.buildtype = 1' 'del(.predicate.runDetails.builder)' '.subject = []'; do
		jq "$wrong" "$DIST/pause.intoto.json" >"$BATS_TEST_TMPDIR/wrong.json"
		run validate in-toto "$schemas" "$BATS_TEST_TMPDIR/wrong.json"
		[ "$status" -ne 0 ]
	done
}

@test "the provenance is of this archive, its index and this commit" {
	[ "$(jq -r '.subject[1] | .name + " " + .digest.sha256' "$DIST/pause.intoto.json")" = \
		"pause.tar $(sha256sum <"$DIST/pause.tar" | cut -d ' ' -f 1)" ]
	[ "sha256:$(jq -r '.subject[0].digest.sha256' "$DIST/pause.intoto.json")" = \
		"$(tar -xOf "$DIST/pause.tar" index.json | jq -r '.manifests[0].digest')" ]
	local commit
	commit=$("$ROOT/scripts/commit.sh" hash)
	# A tree with changes is no commit, and then none is named.
	[[ $commit != *-dirty ]] || commit=
	[ "$(jq -r '.predicate.buildDefinition.resolvedDependencies[].digest.gitCommit' "$DIST/pause.intoto.json")" = "$commit" ]
}

@test "nothing of it is in the archive's index" {
	local index
	index=blobs/$(tar -xOf "$DIST/pause.tar" index.json | jq -r '.manifests[0].digest | sub(":"; "/")')
	[ "$(tar -xOf "$DIST/pause.tar" "$index" | jq '[.manifests[] | select(.platform.os != "linux")] | length')" -eq 0 ]
}

@test "SHA256SUMS has everything in dist/, and all of it is right" {
	(cd "$DIST" && sha256sum -c --quiet --strict SHA256SUMS)
	diff <(cd "$DIST" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort) \
		<(cut -c 67- "$DIST/SHA256SUMS" | sort)
	[ "$(wc -l <"$DIST/SHA256SUMS")" -eq 25 ]
}

@test "the same build has the same documents" {
	cp -r "$DIST" "$BATS_TEST_TMPDIR/first"
	make -s -C "$ROOT" dist DIST="$DIST" SOURCE=https://example.org/pause.git
	diff -r "$BATS_TEST_TMPDIR/first" "$DIST"
}

@test "signing with minisign goes as docs/image.md says, and a changed file is found" {
	cd "$BATS_TEST_TMPDIR"
	cp "$DIST/SHA256SUMS" .
	minisign -G -W -p pause.pub -s pause.key
	minisign -S -s pause.key -m SHA256SUMS
	minisign -V -p pause.pub -m SHA256SUMS
	echo >>SHA256SUMS
	run minisign -V -p pause.pub -m SHA256SUMS
	[ "$status" -ne 0 ]
}

@test "signing the image and its documents with cosign goes as docs/image.md says, for the digest that was pushed" {
	PATH=$("$ROOT/tests/tools/package.sh" "cosign:$(dpkg --print-architecture)/trixie" ./usr/bin/cosign)/usr/bin:$PATH
	make -s -C "$ROOT" push REGISTRY="$REGISTRY/pause" DIST="$BATS_TEST_TMPDIR/dist" TAG=test
	cd "$BATS_TEST_TMPDIR"
	export COSIGN_PASSWORD='' HOME=$BATS_TEST_TMPDIR
	image=$REGISTRY/pause@$(tar -xOf dist/pause.tar index.json | jq -r '.manifests[0].digest')

	cosign generate-key-pair
	cosign sign --yes --key cosign.key --tlog-upload=false --allow-http-registry "$image"
	cosign attest --yes --key cosign.key --tlog-upload=false --allow-http-registry --type spdxjson \
		--predicate "$DIST/pause.spdx.json" "$image"
	cosign verify --key cosign.pub --insecure-ignore-tlog --allow-http-registry "$image"
	cosign verify-attestation --key cosign.pub --insecure-ignore-tlog --allow-http-registry --type spdxjson "$image" |
		jq -e '.payload | @base64d | fromjson | .predicate.packages[0].name == "pause"'

	# The tag still leads to the same ten platforms and nothing else.
	[ "sha256:$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/pause:test" | sha256sum | cut -d ' ' -f 1)" = \
		"${image#*@}" ]
	mv cosign.key own.key && mv cosign.pub own.pub
	cosign generate-key-pair
	run cosign verify --key cosign.pub --insecure-ignore-tlog --allow-http-registry "$image"
	[ "$status" -ne 0 ]
}
