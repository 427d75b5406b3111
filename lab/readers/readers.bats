# Programs of Debian sid that read what ships. make -C lab readers runs this with them laid over /usr.
load ../../tests/helpers
load ../../tests/engines/engines
load ../../tests/image/readers

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist COSIGN_PASSWORD=''
	make -s -C "$ROOT" image DIST="$DIST" TAG=test
	clamav_database
	start_registry
}

teardown_file() {
	stop_engines
}

setup() {
	cd "$BATS_FILE_TMPDIR"
	DIGEST=$(tar -xOf "$DIST/pause.tar" index.json | jq -r '.manifests[0].digest')
	IMAGE=$REGISTRY/test-$BATS_TEST_NUMBER
}

# The digest of what a registry has.
digest_there() {
	skopeo inspect --raw --tls-verify=false "docker://$1" | sha256sum | cut -d ' ' -f 1
}

@test "readers of executables have no complaint of the program of any platform" {
	local platform programs=()
	for platform in "${PLATFORMS[@]}"; do programs+=("$(pause_of "$platform")"); done
	# elfutils has no flags of MIPS and of LoongArch; readelf is silent about ARM, with status 1; this machine's objdump knows its own codes.
	each_reads "${programs[@]}" <<-'END'
		clamscan --no-summary --database one.hdb --alert-broken
		file
		readelf -aW         | ^status 1$
		eu-readelf -a
		eu-elflint --gnu-ld | ^No errors$|^invalid machine flags: 0x(80000001|50001001|43)$|^status 1$
		objdump -x          | ^architecture: UNKNOWN!
		gdb -batch -nx -ex "info files"
		rabin2 -I
		rabin2 -S
	END
}

# It reads a configuration where Debian installs it: there for this test alone, below what the machine has.
@test "apptainer builds its image of both halves of the archive, which it did not without entries for the folders" {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private bash -euc '
		mount -t overlay -o "lowerdir=/etc:$NEWEST/etc" none /etc
		export APPTAINER_CACHEDIR=$PWD/apptainer APPTAINER_TMPDIR=$PWD
		apptainer --version
		for half in oci-archive docker-archive; do
			apptainer build "$half.sif" "$half:$DIST/pause.tar"
		done'
	[ -s oci-archive.sif ] && [ -s docker-archive.sif ]
}

@test "oras copies the archive itself, all platforms with their digests" {
	oras cp --from-oci-layout "$DIST/pause.tar:test" --to-plain-http "$IMAGE:test"
	[ "sha256:$(digest_there "$IMAGE:test")" = "$DIGEST" ]
}

@test "crane pushes all platforms of the unpacked archive; of the archive itself only the first, and says nothing" {
	local said
	crane validate --tarball "$DIST/pause.tar"
	said=$(crane push "$DIST/pause.tar" "$IMAGE:one" 2>&1)
	crane manifest "$IMAGE:one" | jq -e .layers
	! grep -iE 'warn|platform' <<<"$said" || false
	mkdir crane
	tar -xf "$DIST/pause.tar" -C crane
	crane push crane "$IMAGE:all"
	[ "$(crane digest "$IMAGE:all")" = "$DIGEST" ]
	crane validate --remote "$IMAGE:all"
}

@test "Docker's classic store: docker load --platform of the archive loads nothing and ends with status 0" {
	local other
	other=$(of platform | grep -vx "$PLATFORM" | grep -vm 1 '/.*/')
	start_dockerd
	[ -z "$(docker load --platform "$other" -i "$DIST/pause.tar")" ]
	[ -z "$(docker images -q)" ]
	docker load -i "$DIST/pause-${other//\//-}.tar"
	[ "$(docker image inspect -f '{{.Os}}/{{.Architecture}}' pause.internal/pause:test)" = "$other" ]
}

@test "a policy.json that wants signatures refuses the image; signed by the line of docs/image.md, all platforms are taken" {
	local line
	# Debian 12's skopeo signs nothing of this kind.
	PATH=$("$ROOT/tests/tools/fetch-deb.sh" "cosign:$(dpkg --print-architecture)/sid" ./usr/bin/cosign)/usr/bin:$PATH
	cosign generate-key-pair
	make -s -C "$ROOT" push REGISTRY="$IMAGE" DIST="$DIST" TAG=test SIGN="$PWD/cosign.key"
	cat >policy.json <<-END
		{"default": [{"type": "reject"}], "transports": {"docker": {"": [{
			"type": "sigstoreSigned", "keyPath": "$PWD/cosign.pub", "signedIdentity": {"type": "matchRepository"}}]}}}
	END
	mkdir -p registries.d
	echo 'default-docker: {use-sigstore-attachments: true}' >registries.d/default.yaml
	pull() {
		skopeo --policy policy.json --registries.d registries.d copy --all --src-tls-verify=false "docker://$IMAGE:test" \
			"dir:$BATS_TEST_TMPDIR/pulled"
	}
	run pull
	[ "$status" -ne 0 ]
	[[ $output == *'no signature exists'* ]]
	line=$(sed -n '/^skopeo copy .*--sign-by-sigstore-private-key/{N; p}' "$ROOT/docs/image.md" | tr -d '\\\n')
	line=${line/registry.example.org\/pause:0.1.0/"$IMAGE:test"} line=${line/dist\/pause.tar/"$DIST/pause.tar"}
	: >password
	eval "${line/skopeo copy/skopeo --registries.d registries.d copy --dest-tls-verify=false}"
	pull
	[ "$(jq '.manifests | length' "$BATS_TEST_TMPDIR/pulled/manifest.json")" -eq ${#PLATFORMS[@]} ]
	# What was attached is there still, and the index the same.
	cosign verify --insecure-ignore-tlog --allow-http-registry --key cosign.pub "$IMAGE:test"
}
