# What is published beside the archive: bills of materials, provenance, checksums, and how to sign them.
load ../helpers

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist
	export SOURCE=https://example.org/pause.git REVISION=0123456789012345678901234567890123456789
	make -s -C "$ROOT" dist DIST="$DIST"
}

# The newest published schemas and validators that Debian has: published PACKAGE/RELEASE NAME
published() {
	find "$("$ROOT/tests/tools/fetch-deb.sh" "${1/\//:$(dpkg --print-architecture)/}" "./*/$2*")" -name "$2" -print -quit
}

# For each platform, the checksums of its program: sha1 sha256 platform
checksums() {
	local platform file
	for platform in "${PLATFORMS[@]}"; do
		file=$(pause_of "$platform")
		echo "$(sha1sum <"$file" | cut -c 1-40) $(sha256sum <"$file" | cut -c 1-64) $platform"
	done | sort
}

@test "the SPDX document is a valid one of version 2.3" {
	PYTHONPATH=$(published python3-spdx-tools/sid dist-packages):$(published python3-beartype/sid dist-packages) \
		/usr/bin/python3 -m spdx_tools.spdx.clitools.pyspdxtools --version SPDX-2.3 --infile "$DIST/pause.spdx.json"
}

@test "the SPDX document has one package, its licence, its source's revision and the files' checksums" {
	[ "$(jq -r '.packages[] | [.name, .versionInfo, .licenseDeclared, .downloadLocation] | join(" ")' \
		"$DIST/pause.spdx.json")" = "pause $(cat "$ROOT/VERSION") Apache-2.0 git+$SOURCE@$REVISION" ]
	diff <(checksums) <(jq -r '.files[] | [.checksums[0].checksumValue, .checksums[1].checksumValue,
		(.fileName | ltrimstr("./") | rtrimstr("/pause"))] | join(" ")' "$DIST/pause.spdx.json" | sort)
	[ "$(jq -r '.packages[0].packageVerificationCode.packageVerificationCodeValue' "$DIST/pause.spdx.json")" = \
		"$(checksums | cut -d ' ' -f 1 | tr -d '\n' | sha1sum | cut -d ' ' -f 1)" ]
}

@test "the provenance is a valid in-toto statement with SLSA provenance, and a wrong one is not" {
	local schemas
	schemas=$(published golang-github-in-toto-attestation-dev/sid protos)
	/usr/bin/python3 "$ROOT/tests/tools/validate.py" "$schemas" "$DIST/pause.intoto.json"
	# A reader of protocol buffers takes "type", too.
	[ "$(jq -c keys "$DIST/pause.intoto.json")" = '["_type","predicate","predicateType","subject"]' ]
	for wrong in '.predicate.buildDefinition.buildtype = 1' 'del(.predicate.runDetails.builder)' '.subject = []'; do
		jq "$wrong" "$DIST/pause.intoto.json" >"$BATS_TEST_TMPDIR/wrong.json"
		run /usr/bin/python3 "$ROOT/tests/tools/validate.py" "$schemas" "$BATS_TEST_TMPDIR/wrong.json"
		[ "$status" -ne 0 ]
	done
}

@test "the provenance is of this archive, its index and this commit" {
	[ "$(jq -r '.subject[1] | .name + " " + .digest.sha256' "$DIST/pause.intoto.json")" = \
		"pause.tar $(sha256sum <"$DIST/pause.tar" | cut -d ' ' -f 1)" ]
	[ "sha256:$(jq -r '.subject[0].digest.sha256' "$DIST/pause.intoto.json")" = \
		"$(tar -xOf "$DIST/pause.tar" index.json | jq -r '.manifests[0].digest')" ]
	[ "$(jq -c '.predicate.buildDefinition.resolvedDependencies' "$DIST/pause.intoto.json")" = \
		"$(jq -nc '[{uri: env.SOURCE, digest: {gitCommit: env.REVISION}}]')" ]
}

# The documents of one platform's archive, in $BATS_TEST_TMPDIR: documents [VARIABLE=VALUE...]
documents() {
	make -s -C "$ROOT" sbom DIST="$BATS_TEST_TMPDIR" PLATFORMS="$OTHER" "$@"
	cd "$BATS_TEST_TMPDIR"
}

@test "the purl has the last part of NAME, the index's digest, NAME and TAG as qualifiers; dates are the archive's" {
	local name=registry.example.org:5000/a/holder tag=v1.x
	documents NAME=$name TAG=$tag SOURCE_DATE_EPOCH=31536000
	[ "$(jq -r '.packages[0].externalRefs[] | .referenceType + " " + .referenceLocator' pause.spdx.json)" = \
		"purl pkg:oci/holder@$(tar -xOf pause.tar index.json |
			jq -r '.manifests[0].digest')?repository_url=registry.example.org:5000%2Fa%2Fholder&tag=v1.x" ]
	[ "$(jq -r .name pause.spdx.json)" = "$name:$tag" ]
	[ "$(jq -r '.subject[0].name' pause.intoto.json)" = "$name:$tag" ]
	[ "$(jq -c '.predicate.buildDefinition.externalParameters | [.NAME, .TAG, .SOURCE_DATE_EPOCH, .PLATFORMS, .SOURCE]' \
		pause.intoto.json)" = "[\"$name\",\"$tag\",31536000,[\"$OTHER\"],\"$SOURCE\"]" ]
	[ "$(jq -r .creationInfo.created pause.spdx.json)" = 1971-01-01T00:00:00Z ]
	[ "$(jq -r '.packages[0] | .packageFileName + " " + (.checksums[] | .algorithm + " " + .checksumValue)' pause.spdx.json)" = \
		"pause.tar SHA256 $(sha256sum <pause.tar | cut -d ' ' -f 1)" ]
}

@test "a tree with changes, or without a commit, is not given out as one; another builder's document has another name" {
	documents REVISION="$REVISION-dirty"
	[ "$(jq -r '.packages[0] | .downloadLocation, .sourceInfo' pause.spdx.json)" = \
		"NOASSERTION"$'\n'"built from revision $REVISION-dirty" ]
	[ "$(jq -c .predicate.buildDefinition.resolvedDependencies pause.intoto.json)" = '[]' ]
	documents REVISION=
	[ "$(jq -r '.packages[0].downloadLocation' pause.spdx.json)" = NOASSERTION ]
	documents SOURCE=
	[ "$(jq -r '.packages[0].downloadLocation' pause.spdx.json)" = NOASSERTION ]
	[ "$(jq -r .predicate.runDetails.builder.id pause.intoto.json)" = urn:pause:somebody ]
	jq -r .documentNamespace pause.spdx.json >name
	BUILDER=https://example.org/ci "$ROOT/image/sbom.sh" "$PWD/pause.tar"
	[ "$(jq -r .predicate.runDetails.builder.id pause.intoto.json)" = https://example.org/ci ]
	[ "$(jq -r .documentNamespace pause.spdx.json)" != "$(cat name)" ]
}

@test "the provenance names compiler, linker, tar and gzip and versions; nothing is said of programs not in BUILD" {
	local compiler linker
	read -r compiler _ <"$ROOT/build/${OTHER//\//-}/command"
	linker=$("$compiler" -fuse-ld=lld -Wl,--version -nostdlib -x c /dev/null -o /dev/null)
	versions() {
		jq -r --arg compiler "$1" '.predicate.runDetails.builder.version
			| .["compiler " + $compiler], .["linker of " + $compiler], .tar, .gzip' pause.intoto.json
	}
	documents
	diff <(versions "$compiler") - <<-END
		$("$compiler" --version | sed -n 1p)
		$(sed -n 1p <<<"$linker")
		$(tar --version | sed -n 1p)
		$(gzip --version | sed -n 1p)
	END
	[[ $linker == *LLD* ]]

	# A compiler that went after the build, and then another program.
	mkdir bin
	printf '#!/bin/sh\nexit 127\n' >"bin/$compiler"
	chmod +x "bin/$compiler"
	PATH=$PWD/bin:$PATH "$ROOT/image/sbom.sh" "$PWD/pause.tar" 2>err
	[ "$(versions "$compiler" | head -n 2 | uniq)" = unknown ]
	grep -qx "image/sbom.sh: the compiler $compiler cannot say its version; the provenance has it as unknown" err
	mkdir -p "build/${OTHER//\//-}"
	cp "$ROOT/build/${OTHER//\//-}/command" "build/${OTHER//\//-}/"
	(cat "$(pause_of "$OTHER")" && echo) >"build/${OTHER//\//-}/pause"
	rm pause.*.json
	BUILD=$PWD/build run "$ROOT/image/sbom.sh" "$PWD/pause.tar"
	[ "$status" -eq 1 ]
	[[ $output == *"/pause is not the one in $PWD/pause.tar"* ]]
	[ -z "$(find . -name '*.json*')" ]
}

@test "make dist removes nothing that is not its own, and says nothing of it" {
	mkdir -p "$BATS_TEST_TMPDIR/dist/folder"
	cd "$BATS_TEST_TMPDIR/dist"
	touch mine folder/mine pause-linux-vax.tar pause.tar load-pause.sh SHA256SUMS
	make -s -C "$ROOT" dist DIST="$PWD" PLATFORMS="$OTHER"
	[[ -f mine && -f folder/mine && -f pause-linux-vax.tar ]]
	diff <(cut -c 67- SHA256SUMS) <(printf '%s\n' "load-pause-${OTHER//\//-}.sh" load-pause.sh \
		"pause-image-$(cat "$ROOT/VERSION")-1.noarch.rpm" "pause-image_$(cat "$ROOT/VERSION")_all.deb" \
		"pause-${OTHER//\//-}.tar" pause.intoto.json pause.spdx.json pause.tar)
	sha256sum -c --quiet --strict SHA256SUMS

	# One that fails leaves no list of what is half old and half new.
	run make -s -C "$ROOT" dist DIST="$PWD" PLATFORMS="$OTHER" TAG=no/tag
	[ "$status" -ne 0 ]
	[ ! -e SHA256SUMS ] && [ ! -e pause.tar ] && [ -f mine ]
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
