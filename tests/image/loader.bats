# load-pause.sh, pasted into a node.
# shellcheck disable=SC2002 # a pipe is not a file: a shell cannot read it twice
bats_require_minimum_version 1.5.0
load engines

setup_file() {
	with_engines loader
}

setup() {
	LOADER=$DIST/load-pause.sh
	mkdir "$BATS_TEST_TMPDIR/tmp"
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
}

# It leaves nothing behind, whatever came of it.
teardown() {
	[ -z "$(ls -A "$TMPDIR")" ]
}

# A folder with the base system's tools and these besides, to be PATH: tools_and FOLDER TOOL...
tools_and() {
	local tool
	mkdir "$1"
	for tool in uname od base64 sha256sum gzip tar "${@:2}"; do
		ln -s "$(command -v "$tool")" "$1"
	done
}

# What the loader says of itself and of this containerd, which is what CRI says of the image: says_what_cri_says ENGINE
# It is right after `run --separate-stderr` of the loader.
says_what_cri_says() {
	[ "$status" -eq 0 ]
	[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in $1" ]
	settled_in_cri "$IMAGE" >"$BATS_TEST_TMPDIR/in-cri"
	[ "$(jq -r .id "$BATS_TEST_TMPDIR/in-cri")" = "sha256:$(image_id)" ]
	[ "$(jq .pinned "$BATS_TEST_TMPDIR/in-cri")" = "$(pins)" ]
	# For the containerd that takes the place of one that cannot.
	ctr images ls "name==$IMAGE" | grep -F io.cri-containerd.pinned=pinned
	# shellcheck disable=SC2154 # run sets it
	if [ "$(jq .pinned "$BATS_TEST_TMPDIR/in-cri")" = true ]; then [ -z "$stderr" ]; else [ "$stderr" = "$NOT_PINNED" ]; fi
}
NOT_PINNED="load-pause: this containerd cannot pin it: the kubelet may remove it where no container uses it"

@test "ctr gets the image of the archive, it runs, and CRI calls it pinned or the loader warns; once more changes nothing" {
	local before after
	# It says itself where the kubelet's images are.
	run --separate-stderr env -u CONTAINERD_NAMESPACE "$LOADER" --engine ctr
	says_what_cri_says ctr
	[ "$(version_by_ctr "$IMAGE")" = "$VERSION" ]
	before=$(ctr images ls)
	"$LOADER" --engine ctr
	after=$(ctr images ls)
	[ "$before" = "$after" ]
}

# A server calls itself another version: of_version VERSION
of_version() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/ctr" <<-SH
		#!/bin/sh
		[ "\$3" = version ] || exec $(command -v ctr) "\$@"
		$(command -v ctr) version | sed "/^Server:/,\\\$s/^  Version: .*/  Version:  $1/"
	SH
	chmod +x "$BATS_TEST_TMPDIR/bin/ctr"
}

@test "it warns of every containerd before 1.6.25, and of 1.7 before 1.7.10, which cannot pin, and of no other" {
	local version
	for version in 1.5.18 1.6.0 1.6.9~ds1 1.6.24-0ubuntu1 1.7.0 v1.7.9-k3s1; do
		of_version $version
		PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr "$LOADER" --engine ctr
		[ "$stderr" = "$NOT_PINNED" ] || { echo "$version: $stderr" && return 1; }
	done
	for version in 1.6.25 v1.6.29 1.6.36~ds1 1.7.10 v1.7.24 2.0.0 10.0.0; do
		of_version $version
		PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr "$LOADER" --engine ctr
		[ "$status" -eq 0 ]
		[ -z "$stderr" ] || { echo "$version: $stderr" && return 1; }
	done
}

@test "podman and docker get the image of the archive, and it runs; once more changes nothing" {
	local engine
	for engine in podman podman docker docker; do
		run "$LOADER" --engine $engine
		[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in $engine" ]
		[ "$($engine images --no-trunc -q)" = "sha256:$(image_id)" ]
		[ "$($engine run --rm "$IMAGE" -v)" = "$VERSION" ]
	done
	podman rmi "$IMAGE"
	docker rmi "$IMAGE"
}

@test "containerd gets it by way of k3s, too, and an image that takes no label is no success" {
	# Debian has no k3s. What the loader asks of it, containerd's own client does here.
	tools_and "$BATS_TEST_TMPDIR/bin" ctr sh
	cat >"$BATS_TEST_TMPDIR/bin/k3s" <<-'SH'
		#!/bin/sh
		[ "$1" = ctr ] && exec "$@"
	SH
	chmod +x "$BATS_TEST_TMPDIR/bin/k3s"
	ctr images rm --sync "$IMAGE"
	run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin" sh "$LOADER" --engine k3s
	says_what_cri_says k3s

	# shellcheck disable=SC2016 # for the script
	sed -i '2i[ "$3" != label ] || exec false' "$BATS_TEST_TMPDIR/bin/k3s"
	ln -s "$(command -v false)" "$BATS_TEST_TMPDIR/bin"
	run env PATH="$BATS_TEST_TMPDIR/bin" sh "$LOADER" --engine k3s
	[ "$status" -eq 1 ]
	[[ $output != *" is in "* ]]
}

# The layer as a snapshotter has it: unpacked_by NAME
unpacked_by() {
	local layer
	layer=$(tar -xOf "$DIST/pause-$NATIVE.tar" "blobs/sha256/$(image_id)" | jq -r '.rootfs.diff_ids[0]')
	ctr snapshots --snapshotter "$1" list | grep "^$layer "
}

@test "--snapshotter unpacks the image for that one; the option is containerd's alone" {
	ctr images ls -q | xargs -r ctr images rm --sync
	run ! unpacked_by native
	"$LOADER" --snapshotter native
	unpacked_by native
	[ "$(version_by_ctr --snapshotter native "$IMAGE")" = "$VERSION" ]
	run ! unpacked_by overlayfs
	"$LOADER" --engine ctr
	unpacked_by overlayfs
	unpacked_by native

	run "$LOADER" --snapshotter unheard-of --engine ctr
	[[ $status -eq 1 && $output == "load-pause: "*unheard-of* ]]
	run "$LOADER" --engine podman --snapshotter native
	[[ $status -eq 2 && $output == "load-pause: usage: "* ]]
	tools_and "$BATS_TEST_TMPDIR/bin" docker
	run env PATH="$BATS_TEST_TMPDIR/bin" "$(command -v sh)" "$LOADER" --snapshotter native
	[[ $status -eq 1 && $output == "load-pause: no engine answers; tried: ctr k3s" ]]
}

# The shells that nodes and people have.
SHELLS=(dash bash "bash --posix" "busybox sh" mksh zsh)

@test "dash, bash, busybox sh, mksh and zsh run it, from a file and from a pipe, and so do busybox's own tools" {
	local shell
	for shell in "${SHELLS[@]}"; do
		$shell "$LOADER" --engine podman
		cat "$LOADER" | $shell -s -- --engine podman
		podman rmi "$IMAGE"
	done
	cat "$LOADER" | sh -s -- --engine ctr

	# A node that has nothing but busybox and the engine.
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in uname od base64 sha256sum gzip tar; do
		ln -s "$(command -v busybox)" "$BATS_TEST_TMPDIR/bin/$tool"
	done
	ln -s "$(command -v ctr)" "$BATS_TEST_TMPDIR/bin"
	ctr images rm --sync "$IMAGE"
	PATH=$BATS_TEST_TMPDIR/bin "$(command -v busybox)" sh "$LOADER"
	ctr content ls -q | grep -qx "sha256:$(image_id)"
}

# An engine that keeps what it is given in $GIVEN, one line of SHA-256 each.
recorder() {
	mkdir "$BATS_TEST_TMPDIR/bin"
	# shellcheck disable=SC2016 # its own
	printf '#!/bin/sh\n[ "$1" = version ] || sha256sum >>"$GIVEN"\n' >"$BATS_TEST_TMPDIR/bin/podman"
	chmod +x "$BATS_TEST_TMPDIR/bin/podman"
	export GIVEN=$BATS_TEST_TMPDIR/given
	"$1" --engine podman >"$BATS_TEST_TMPDIR/whole"
	: >"$GIVEN"
}

@test "cut short anywhere behind its first line, it loads nothing and says so with its status" {
	local whole=$DIST/load-pause-$NATIVE.sh size at status
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	recorder "$whole"
	size=$(wc -c <"$whole")
	# Every place in the last lines, where a command is whole although the script is not.
	for at in $(seq 11 97 $((size - 250))) $(seq $((size - 250)) $((size - 2))); do
		status=0
		head -c "$at" "$whole" | sh -s -- --engine podman >/dev/null 2>&1 || status=$?
		[ "$status" -ne 0 ] || { echo "cut at $at" && return 1; }
	done
	local shell
	for shell in "${SHELLS[@]}"; do
		for at in 100 1000 $((size - 100)) $((size - 20)) $((size - 2)); do
			status=0
			head -c "$at" "$whole" | $shell -s -- --engine podman >/dev/null 2>&1 || status=$?
			[ "$status" -ne 0 ] || { echo "$shell: cut at $at" && return 1; }
		done
	done
	[ ! -s "$GIVEN" ]
}

@test "damaged anywhere, it loads nothing and says so with its status, or it loads the image just the same" {
	local whole=$DIST/load-pause-$NATIVE.sh good at length new status
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	recorder "$whole"
	"$whole" --engine podman
	good=$(cat "$GIVEN")
	# A letter is another one, two are missing, a line is missing.
	for at in $(seq 11 131 "$(wc -c <"$whole")"); do
		for length in 1 2 77; do
			: >"$GIVEN"
			new=$([ $length -gt 1 ] || head -c "$at" "$whole" | tail -c 1 | tr 'a-yA-Y0-8\n' 'b-zB-Z1-9x')
			status=0
			{ head -c $((at - 1)) "$whole" && printf %s "$new" && tail -c +$((at + length)) "$whole"; } \
				>"$BATS_TEST_TMPDIR/damaged"
			sh "$BATS_TEST_TMPDIR/damaged" --engine podman >/dev/null 2>&1 || status=$?
			[[ $(cat "$GIVEN") == "$good" || $status -ne 0 && ! -s $GIVEN ]] ||
				{ echo "status $status, damaged at $at: $(diff "$whole" "$BATS_TEST_TMPDIR/damaged")" && return 1; }
		done
	done

	run sh <(sed 's/^fail/fall/' "$whole") --engine podman
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: damaged: wrong SHA-256" ]
}

@test "pasted into an interactive shell it loads the image, and leaves that shell as it was" {
	local shell command
	for shell in "bash --norc -i" "dash -i" "busybox sh -i" "mksh -i" "zsh -f -i"; do
		read -ra command <<<"$shell"
		ENV='' PS1='$ ' run timeout 600 python3 "$ROOT/tests/tools/paste.py" "$LOADER" "${command[@]}"
		[ "$status" -eq 0 ] || { echo "$shell: $output" && return 1; }
		[[ $output == *"load-pause: $IMAGE, $PLATFORM, is in ctr"* ]] || { echo "$shell: $output" && return 1; }
		ctr images rm --sync "$IMAGE"
	done
}

@test "without --engine it takes the first one that answers, and none beside a containerd that does not" {
	run "$LOADER"
	[ "${lines[0]}" = "load-pause: $IMAGE, $PLATFORM, is in ctr" ]
	# What has no containerd has Docker.
	tools_and "$BATS_TEST_TMPDIR/bin" docker sh
	PATH=$BATS_TEST_TMPDIR/bin run sh "$LOADER"
	[ "$output" = "load-pause: $IMAGE, $PLATFORM, is in docker" ]
	docker rmi "$IMAGE"

	ln -s "$(command -v ctr)" "$(command -v podman)" "$BATS_TEST_TMPDIR/bin"
	export CONTAINERD_ADDRESS=/nonexistent
	PATH=$BATS_TEST_TMPDIR/bin run sh "$LOADER"
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: ctr does not answer: start containerd, or choose with --engine" ]
	[ -z "$(docker images -q)" ]
	[ -z "$(podman images -q)" ]
	# Unless it is told.
	PATH=$BATS_TEST_TMPDIR/bin sh "$LOADER" --engine docker
	docker rmi "$IMAGE"
	# And where k3s does, that is it.
	printf '#!/bin/sh\nCONTAINERD_ADDRESS=%s exec "$@"\n' "$ENGINES/containerd.sock" >"$BATS_TEST_TMPDIR/bin/k3s"
	chmod +x "$BATS_TEST_TMPDIR/bin/k3s"
	PATH=$BATS_TEST_TMPDIR/bin run sh "$LOADER"
	[ "${lines[0]}" = "load-pause: $IMAGE, $PLATFORM, is in k3s" ]
}

@test "the loader of one platform has fewer than 3,584 characters, that of all fewer than user data may have, 16,384" {
	[ "$(wc -c <"$LOADER")" -lt 16384 ]
	for one in "${PLATFORMS[@]}"; do
		[ "$(wc -c <"$DIST/load-pause-${one//\//-}.sh")" -lt 3584 ]
	done
	"$DIST/load-pause-$NATIVE.sh" --engine podman
	[ "$(podman images --no-trunc -q)" = "sha256:$(image_id)" ]
	podman rmi "$IMAGE"
}

# Makes this machine another one, of whose byte order a file is: pretend MACHINE FILE
pretend() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho %s\n' "$1" >"$BATS_TEST_TMPDIR/bin/uname"
	# shellcheck disable=SC2016 # its own
	printf '#!/bin/sh\nexec "%s" ${*%%/proc/self/exe} "%s"\n' "$(command -v od)" "$2" >"$BATS_TEST_TMPDIR/bin/od"
	chmod +x "$BATS_TEST_TMPDIR/bin/uname" "$BATS_TEST_TMPDIR/bin/od"
}

@test "each platform's machine gets its own image, with the ID that it has in the archive" {
	local platform machine path=$PATH
	for platform in "${PLATFORMS[@]}"; do
		machine=$(of uname "$platform")
		PATH=$path pretend "${machine##*|}" "$(pause_of "$platform")"
		PATH=$BATS_TEST_TMPDIR/bin:$path "$LOADER" --engine docker
		NATIVE=${platform//\//-}
		[ "$(docker images --no-trunc -q)" = "sha256:$(image_id)" ]
		docker rmi -f "$IMAGE"
	done
}

@test "a machine that it has no image for gets nothing, nor one of the same name and the other byte order" {
	local platform other machine elf path=$PATH
	pretend vax "$(pause_of "$PLATFORM")"
	PATH=$BATS_TEST_TMPDIR/bin:$path run "$LOADER" --engine podman
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: no image for vax in here" ]
	for platform in "${PLATFORMS[@]}"; do
		elf=$(of elf "$platform") machine=$(of uname "$platform" | cut -d '|' -f 1)
		other=$(paste <(of elf) <(of platform) | grep -v -m 1 -- "-${elf#*-}" | cut -f 2)
		PATH=$path pretend "$machine" "$(pause_of "$other")"
		PATH=$BATS_TEST_TMPDIR/bin:$path run "$DIST/load-pause-${platform//\//-}.sh" --engine docker
		[ "$status" -eq 1 ]
		[ "$output" = "load-pause: no image for $machine in here" ]
	done
}

@test "without a tool, or with no room in TMPDIR, it says which, and not that it is damaged" {
	local tool bin
	for tool in base64 sha256sum gzip tar; do
		bin=$BATS_TEST_TMPDIR/without-$tool
		tools_and "$bin" ctr
		rm "$bin/$tool"
		run -1 env PATH="$bin" "$(command -v sh)" "$LOADER" --engine ctr
		[[ $output == *"$tool: not found"* && $output != *damaged* ]] || { echo "$tool: $output" && return 1; }
	done

	mkdir "$BATS_TEST_TMPDIR/full"
	mount -t tmpfs -o size=4k none "$BATS_TEST_TMPDIR/full"
	head -c 8k /dev/zero >"$BATS_TEST_TMPDIR/full/zero" || true
	TMPDIR=$BATS_TEST_TMPDIR/full run "$LOADER" --engine ctr
	umount "$BATS_TEST_TMPDIR/full"
	[ "${lines[0]}" = "load-pause: $IMAGE, $PLATFORM, is in ctr" ]
}

@test "without an engine, with one that does not answer, or an unknown one, it says so" {
	tools_and "$BATS_TEST_TMPDIR/bin"
	run env PATH="$BATS_TEST_TMPDIR/bin" "$(command -v sh)" "$LOADER"
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: no engine answers; tried: ctr k3s podman docker" ]
	run env DOCKER_HOST=unix:///nonexistent "$LOADER" --engine docker
	[ "$status" -eq 1 ]
	[ "$output" = "load-pause: no engine answers; tried: docker" ]
	local shell words arguments
	for shell in "${SHELLS[@]}"; do
		for words in podman "--engine" "--engine rkt" "--engine podman docker" "--snapshotter" "-h"; do
			read -ra arguments <<<"$words"
			run $shell "$LOADER" "${arguments[@]}"
			[[ $status -eq 2 && $output == "load-pause: usage: "* ]]
		done
		run $shell "$LOADER" --engine ''
		[[ $status -eq 2 && $output == "load-pause: usage: "* ]]
		DOCKER_HOST=unix:///nonexistent run $shell "$LOADER" --engine docker
		[ "$status" -eq 1 ]
	done
}

@test "an engine that cannot take the image makes it fail, with what the engine says" {
	mkdir "$BATS_TEST_TMPDIR/full"
	mount -t tmpfs -o size=1m none "$BATS_TEST_TMPDIR/full"
	sed "s|^graphroot.*|graphroot = \"$BATS_TEST_TMPDIR/full\"|; s/overlay/vfs/" "$CONTAINERS_STORAGE_CONF" \
		>"$BATS_TEST_TMPDIR/storage.conf"
	# With room for its database, and not for an image.
	CONTAINERS_STORAGE_CONF=$BATS_TEST_TMPDIR/storage.conf podman version
	head -c 1M /dev/zero >"$BATS_TEST_TMPDIR/full/all" || true
	CONTAINERS_STORAGE_CONF=$BATS_TEST_TMPDIR/storage.conf run "$LOADER" --engine podman
	umount "$BATS_TEST_TMPDIR/full"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == "load-pause: "*"no space left on device"* ]]
}

@test "the cloud-init example is valid user-data that carries the loader and its unit to the bit" {
	local package schema
	package=$("$ROOT/tests/tools/fetch-deb.sh" cloud-init:all/sid './*/schema-cloud-config-v1.json')
	schema=$(find "$package" -name schema-cloud-config-v1.json)
	cd "$BATS_TEST_TMPDIR"
	"$ROOT/examples/cloud-init.sh" "$DIST/load-pause-$NATIVE.sh" >user-data
	[ "$(head -n 1 user-data)" = "#cloud-config" ]
	/usr/bin/python3 -c 'import json, sys, yaml
json.dump(yaml.safe_load(sys.stdin), sys.stdout)' <user-data >user-data.json
	/usr/bin/python3 -m jsonschema -i user-data.json "$schema"
	jq -j '.write_files[0].content' user-data.json | cmp - "$DIST/load-pause-$NATIVE.sh"
	jq -j '.write_files[1].content' user-data.json | cmp - "$ROOT/image/load-pause@.service"
}

@test "what the systemd unit starts loads the image" {
	local start
	ctr images rm --sync "$IMAGE" || true
	start=$(sed -n 's/^ExecStart=//p' "$ROOT/image/load-pause@.service")
	ln -s "$LOADER" "$BATS_TEST_TMPDIR/load-pause"
	PATH=$BATS_TEST_TMPDIR:$PATH sh -euc "${start//%i/ctr}"
	ctr images ls -q "name==$IMAGE" | grep -x "$IMAGE"
}
