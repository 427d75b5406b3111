# load-pause.sh, pasted into a node.
# shellcheck disable=SC2002 # a pipe is not a file: a shell cannot read it twice
load ../helpers
load ../engines/engines

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist
	make -s -C "$ROOT" loader DIST="$DIST" TAG=test
	start_dockerd
	start_containerd
	use_podman
}

teardown_file() {
	stop_engines
}

setup() {
	IMAGE=localhost/pause:test
	LOADER=$DIST/load-pause.sh
	NATIVE=${PLATFORM//\//-}
	VERSION="pause $(cat "$ROOT/VERSION") $PLATFORM"
	mkdir "$BATS_TEST_TMPDIR/tmp"
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
}

# It leaves nothing behind, whatever came of it.
teardown() {
	[ -z "$(ls -A "$TMPDIR")" ]
}

# The ID that the image has in the archive, too.
image_id() {
	tar -xOf "$DIST/pause-$NATIVE.tar" manifest.json | jq -r '.[0].Config | ltrimstr("blobs/sha256/")'
}

# A folder with the base system's tools and these besides, to be PATH: tools_and FOLDER TOOL...
tools_and() {
	local tool
	mkdir "$1"
	for tool in uname mktemp rm base64 sha256sum gzip tar sed cat "${@:2}"; do
		ln -s "$(command -v "$tool")" "$1"
	done
}

@test "ctr gets the image of the archive, pinned, and it runs; once more changes nothing" {
	local before after
	run "$LOADER" --engine ctr
	[ "$status" -eq 0 ]
	[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in ctr" ]
	ctr images ls "name==$IMAGE" | grep -F io.cri-containerd.pinned=pinned
	[ "$(ctr run --rm "$IMAGE" check /pause -v)" = "$VERSION" ]
	ctr content ls -q | grep -qx "sha256:$(image_id)"
	before=$(ctr images ls)
	"$LOADER" --engine ctr
	after=$(ctr images ls)
	[ "$before" = "$after" ]
}

# The engine has the archive's image, after a second load as after the first, and runs it: gets_and_runs podman|docker
gets_and_runs() {
	for _ in 1 2; do
		run "$LOADER" --engine "$1"
		[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in $1" ]
		[ "$("$1" images --no-trunc -q)" = "sha256:$(image_id)" ]
	done
	[ "$("$1" run --rm "$IMAGE" -v)" = "$VERSION" ]
	"$1" rmi "$IMAGE"
}

@test "podman gets the image of the archive, and it runs; once more changes nothing" {
	gets_and_runs podman
}

@test "docker gets the image of the archive, and it runs; once more changes nothing" {
	gets_and_runs docker
}

@test "dash, busybox sh and bash run it, from a file and from a pipe, and so do busybox's own tools" {
	local shell
	for shell in dash "busybox sh" bash "bash --posix"; do
		$shell "$LOADER" --engine podman
		podman rmi "$IMAGE"
		cat "$LOADER" | $shell -s -- --engine podman
		podman rmi "$IMAGE"
	done
	cat "$LOADER" | sh -s -- --engine ctr

	# A node that has nothing but busybox and the engine.
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in uname mktemp rm base64 sha256sum gzip tar sed; do
		ln -s "$(command -v busybox)" "$BATS_TEST_TMPDIR/bin/$tool"
	done
	ln -s "$(command -v ctr)" "$BATS_TEST_TMPDIR/bin"
	ctr images rm --sync "$IMAGE"
	PATH=$BATS_TEST_TMPDIR/bin "$(command -v busybox)" sh "$LOADER"
	ctr content ls -q | grep -qx "sha256:$(image_id)"
}

@test "without --engine it takes the first one that answers" {
	run "$LOADER"
	[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in ctr" ]
	tools_and "$BATS_TEST_TMPDIR/bin" docker ctr
	# A ctr without its containerd is no engine.
	run env PATH="$BATS_TEST_TMPDIR/bin" CONTAINERD_ADDRESS=/nonexistent "$(command -v sh)" "$LOADER"
	[ "$status" -eq 0 ]
	[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in docker" ]
}

@test "the loader of one platform is at most 3,000 characters and loads the same image" {
	for one in "${PLATFORMS[@]%:*}"; do
		[ "$(wc -c <"$DIST/load-pause-${one//\//-}.sh")" -le 3000 ]
	done
	"$DIST/load-pause-$NATIVE.sh" --engine podman
	[ "$(podman images --no-trunc -q)" = "sha256:$(image_id)" ]
	podman rmi "$IMAGE"
}

@test "the loader of all platforms is at most 10,000 characters" {
	[ "$(wc -c <"$LOADER")" -le 10000 ]
}

@test "each platform's machine gets its own image, with the ID that it has in the archive" {
	local machines=(
		x86_64:linux-amd64 aarch64:linux-arm64 armv7l:linux-arm-v7 armv8l:linux-arm-v7 armv6l:linux-arm-v6
		i386:linux-386 i686:linux-386 riscv64:linux-riscv64 ppc64le:linux-ppc64le s390x:linux-s390x
		mips64:linux-mips64le loongarch64:linux-loong64
	)
	mkdir "$BATS_TEST_TMPDIR/bin"
	local machine
	for machine in "${machines[@]}"; do
		printf '#!/bin/sh\necho %s\n' "${machine%:*}" >"$BATS_TEST_TMPDIR/bin/uname"
		chmod +x "$BATS_TEST_TMPDIR/bin/uname"
		PATH=$BATS_TEST_TMPDIR/bin:$PATH "$LOADER" --engine docker
		NATIVE=${machine#*:}
		[ "$(docker images --no-trunc -q)" = "sha256:$(image_id)" ]
		docker rmi -f "$IMAGE"
	done
}

@test "on a machine that it has no image for it says so" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho vax\n' >"$BATS_TEST_TMPDIR/bin/uname"
	chmod +x "$BATS_TEST_TMPDIR/bin/uname"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$LOADER" --engine podman
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: no image for vax in here" ]
}

@test "a script that was damaged on its way loads nothing" {
	# One letter of the base64 text is another one; then one line is missing.
	sed '/^base64/{n;n;s/^\(.\{20\}\)./\1-/;t;}' "$LOADER" >"$BATS_TEST_TMPDIR/letter.sh"
	sed '/^base64/{n;n;s/^\(.\{20\}\)[A-Y]/\1Z/;t;s/^\(.\{20\}\)./\1A/;}' "$LOADER" >"$BATS_TEST_TMPDIR/other.sh"
	sed '/^base64/{n;n;d;}' "$LOADER" >"$BATS_TEST_TMPDIR/line.sh"
	for damaged in letter other line; do
		run sh "$BATS_TEST_TMPDIR/$damaged.sh" --engine podman
		[ "$status" -eq 1 ]
		[[ $output == *"load-pause: damaged: wrong SHA-256" ]]
		[ -z "$(podman images -q)" ]
	done
}

@test "without an engine, with one that does not answer, or an unknown one, it says so" {
	tools_and "$BATS_TEST_TMPDIR/bin"
	run env PATH="$BATS_TEST_TMPDIR/bin" "$(command -v sh)" "$LOADER"
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: no engine answers; tried: ctr k3s nerdctl podman docker" ]
	run env DOCKER_HOST=unix:///nonexistent "$LOADER" --engine docker
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: no engine answers; tried: docker" ]
	run "$LOADER" --engine rkt
	[ "$status" -eq 2 ]
	run "$LOADER" podman
	[ "$status" -eq 2 ]
	[[ $output == "load-pause: usage: "* ]]
}

@test "an engine that cannot take the image makes it fail, with what the engine says" {
	mkdir "$BATS_TEST_TMPDIR/full"
	mount -t tmpfs -o size=64k none "$BATS_TEST_TMPDIR/full"
	sed "s|^graphroot.*|graphroot = \"$BATS_TEST_TMPDIR/full\"|; s/overlay/vfs/" "$CONTAINERS_STORAGE_CONF" \
		>"$BATS_TEST_TMPDIR/storage.conf"
	CONTAINERS_STORAGE_CONF=$BATS_TEST_TMPDIR/storage.conf run "$LOADER" --engine podman
	umount "$BATS_TEST_TMPDIR/full"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == "load-pause: "*"no space left on device"* ]]
}

@test "the cloud-init example is valid user-data that carries the loader to the bit" {
	local package schemas
	package=$("$ROOT/tests/tools/package.sh" cloud-init:all/bookworm './*/schema-cloud-config-v1.json')
	schemas=$(dirname "$(find "$package" -name schema-cloud-config-v1.json)")
	"$ROOT/examples/cloud-init.sh" "$DIST/load-pause-linux-arm64.sh" >"$BATS_TEST_TMPDIR/user-data"
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/user-data")" = "#cloud-config" ]
	/usr/bin/python3 "$ROOT/tests/tools/validate.py" cloud-config "$schemas" "$BATS_TEST_TMPDIR/user-data"
	sed 's/^runcmd:/runcommand:/' "$BATS_TEST_TMPDIR/user-data" >"$BATS_TEST_TMPDIR/wrong"
	run /usr/bin/python3 "$ROOT/tests/tools/validate.py" cloud-config "$schemas" "$BATS_TEST_TMPDIR/wrong"
	[ "$status" -ne 0 ]
	/usr/bin/python3 -c 'import sys, yaml
for number, file in enumerate(yaml.safe_load(open(sys.argv[1]))["write_files"]):
    open(f"{sys.argv[1]}.{number}", "w").write(file["content"])' "$BATS_TEST_TMPDIR/user-data"
	cmp "$BATS_TEST_TMPDIR/user-data.0" "$DIST/load-pause-linux-arm64.sh"
	cmp "$BATS_TEST_TMPDIR/user-data.1" "$ROOT/examples/load-pause.service"
}

@test "the systemd unit is a valid one, and what it starts loads the image before the kubelet" {
	local tree=$BATS_TEST_TMPDIR/root
	mkdir -p "$tree/etc/systemd/system" "$tree/usr/local/sbin" "$tree/bin"
	cp "$ROOT/examples/load-pause.service" "$tree/etc/systemd/system"
	cp "$LOADER" "$tree/usr/local/sbin"
	printf '[Service]\nExecStart=/bin/true\n' | tee "$tree/etc/systemd/system/kubelet.service" \
		>"$tree/etc/systemd/system/containerd.service"
	cp /bin/true "$tree/bin"
	for target in sysinit shutdown basic; do
		printf '[Unit]\nDescription=%s\n' $target >"$tree/etc/systemd/system/$target.target"
	done
	run systemd-analyze verify --root="$tree" load-pause.service
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run systemctl --root="$tree" enable load-pause.service
	[ -L "$tree/etc/systemd/system/kubelet.service.wants/load-pause.service" ]
	grep -qx Before=kubelet.service "$tree/etc/systemd/system/load-pause.service"

	ctr images rm --sync "$IMAGE" || true
	"$tree$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$ROOT/examples/load-pause.service")" --engine ctr
	ctr images ls -q "name==$IMAGE" | grep -x "$IMAGE"
}
