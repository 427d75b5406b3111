#!/usr/bin/env bats
# The first things that README has one type, where rights are missing: as root of a Docker container as Docker makes it,
# and as an ordinary user who can become nobody else. What is installed is this machine's.

bats_require_minimum_version 1.5.0
load ../helpers
load engines

setup_file() {
	start_dockerd
	# A root of nothing but the usual links: what they lead to is mounted.
	mkdir -p "$BATS_FILE_TMPDIR/root"/{usr,etc,var/lib/dpkg,proc,sys,dev,tmp}
	for name in bin sbin lib lib64; do
		[ ! -d "/$name" ] || ln -s "usr/$name" "$BATS_FILE_TMPDIR/root/$name"
	done
	tar -C "$BATS_FILE_TMPDIR/root" -c . | docker import - machine
	copy_sources "$BATS_FILE_TMPDIR/pause"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	commit_all "$BATS_FILE_TMPDIR/pause"
}

setup() {
	cd "$BATS_FILE_TMPDIR/pause"
}

in_container() {
	docker run --rm --network none --volume /usr:/usr:ro --volume /etc:/etc:ro --volume /var/lib/dpkg:/var/lib/dpkg:ro \
		--volume "$PWD:/pause" --workdir /pause --env HOME=/tmp --env PATH machine "$@"
}

as_user() {
	chown -R 12345:12345 .
	env HOME="$BATS_TEST_TMPDIR" setpriv --reuid 12345 --regid 12345 --clear-groups --no-new-privs "$@"
}

# Requires that what ran has failed, for one reason: one line of its own, and make's own about it.
is_refused() {
	[ "$status" -ne 0 ]
	[ "$(grep -c "$1" <<<"$output")" -eq 1 ]
	[ "$(grep -cvE '^make|bytes  build|^$' <<<"$output")" -eq 1 ]
}

# The whole of check: nothing fails, and what is skipped says what it needs.
checked() {
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} =~ ^([0-9]+)' passed, 0 failed, '([0-9]+)' skipped'$ ]]
	[ "${BASH_REMATCH[1]}" -ge "$1" ]
	[ "${BASH_REMATCH[2]}" -ge 1 ]
	! grep -E '^ok .*# skip' <<<"$output" | grep -vE '# skip (needs [a-z]+|this processor)' || false
}

@test "in a container make run says in one sentence which capability it misses" {
	run in_container make run
	is_refused 'CAP_SYS_ADMIN'
}

@test "in a container make check runs what needs no namespace, and skips the rest" {
	run in_container make check
	echo "$output"
	checked 5
	grep -q '# skip needs namespaces' <<<"$output"
}

@test "in a container the tests' set-up says in one sentence that it is no place for them, and installs nothing" {
	run in_container scripts/setup.sh test
	is_refused 'CAP_SYS_ADMIN'
}

@test "in a container the image, the loader and the verification work" {
	in_container make image loader
	cmp "build/${native//\//-}/pause" "$(pause_of "$native")"
	run in_container make verify REV=HEAD
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "an ordinary user has make check, which says what needs root, and is told what make test wants" {
	run as_user make check
	echo "$output"
	checked 40
	grep -q '# skip needs root' <<<"$output"
	run as_user tests/suite.sh tests/source/build.bats
	is_refused 'need root'
}
