# The packages for nodes, and a release.
load ../helpers

# This machine's platform, of this version and of a newer one.
setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist NEWER=$BATS_FILE_TMPDIR/newer
	make -s -C "$ROOT" packages DIST="$DIST"
	copy_sources "$NEWER"
	echo 9.9.9 >"$NEWER/VERSION"
	make -s -C "$NEWER" packages PLATFORMS="$PLATFORM"
}

# A repository of the present files, as it is when a release is made: a clone of it is the release.
repository() {
	local version
	version=$(cat "$ROOT/VERSION")
	copy_sources "$1"
	sed -i "s/^## \[Unreleased\]/## [$version] - 2001-02-03/" "$1/CHANGELOG.md"
	commit_all "$1"
	git -C "$1" tag "v$version"
}

@test "the .deb is for all architectures, and lintian has nothing to say of it" {
	local deb
	deb=$(echo "$DIST"/*.deb)
	[ "$(dpkg-deb --field "$deb" Package Version Architecture | xargs)" = \
		"Package: pause-image Version: $(cat "$ROOT/VERSION") Architecture: all" ]
	# What it would say for information, and why it stays: the loader keeps its code between apostrophes, and it is run by
	# other shells than bash in loader.bats; a machine without systemd runs the loader from what starts its engine; pause(1)
	# is of a program that is in the image, and load-pause(8) refers to it.
	# It leaves files in its temporary folder.
	TMPDIR=$BATS_TEST_TMPDIR lintian --allow-root --display-info "$deb" >"$BATS_TEST_TMPDIR/lintian"
	run grep -vE ': (bash-term-in-posix-shell|package-supports-alternative-init-but-no-init.d-script|spare-manual-page) ' \
		"$BATS_TEST_TMPDIR/lintian"
	echo "$output"
	[ -z "$output" ]
}

@test "the .rpm is for all architectures, and rpmlint has nothing to say of it" {
	[ "$(rpm --query --queryformat '%{name} %{version} %{arch}' --package "$DIST"/*.rpm)" = \
		"pause-image $(cat "$ROOT/VERSION") noarch" ]
	# Nor is the processor that it was made on in its lead.
	[ "$(od -An -t x1 -j 8 -N 2 "$DIST"/*.rpm)" = " 00 ff" ]
	rpm --checksig --nosignature "$DIST"/*.rpm
	run rpmlint --config "$ROOT/tests/image/rpmlint.toml" "$DIST"/*.rpm
	echo "$output"
	[[ $output == *" 0 errors, 0 warnings"* ]]
}

@test "both have the same files, and in them the image, the loader, its unit, the manuals, the profile and the licence" {
	mkdir "$BATS_TEST_TMPDIR/deb" "$BATS_TEST_TMPDIR/rpm"
	dpkg-deb --extract "$DIST"/*.deb "$BATS_TEST_TMPDIR/deb"
	rpm2archive - <"$(echo "$DIST"/*.rpm)" | tar -xz -C "$BATS_TEST_TMPDIR/rpm"
	cd "$BATS_TEST_TMPDIR"
	[ -f deb/usr/share/doc/pause-image/copyright ]
	cmp rpm/usr/share/licenses/pause-image/LICENSE "$ROOT/LICENSE"
	rm -r deb/usr/share/doc rpm/usr/share/licenses
	diff -r deb rpm
	[ "$(tar -xOf deb/usr/share/pause/pause.tar manifest.json | jq -r '.[0].RepoTags[]')" = \
		"$(sed -n 's/^NAME *:= //p' "$ROOT/image/Makefile"):installed" ]
	[ "$(tar -xOf deb/usr/share/pause/pause.tar "blobs/sha256/$(tar -xOf deb/usr/share/pause/pause.tar index.json |
		jq -r '.manifests[0].digest | sub("sha256:"; "")')" | jq '.manifests | length')" -eq ${#PLATFORMS[@]} ]
	cmp deb/usr/share/pause/seccomp.json "$ROOT/image/seccomp.json"
	cmp deb/usr/lib/systemd/system/load-pause@.service "$ROOT/image/load-pause@.service"
	for page in pause.1 load-pause.8; do
		gzip -dc "deb/usr/share/man/man${page##*.}/$page.gz" | cmp - "$ROOT/man/$page"
	done
}

@test "installed, upgraded and removed with containerd, Docker and podman: the .deb" {
	timeout 600 "$ROOT/tests/image/install.sh" deb "$DIST"/*.deb "$NEWER"/dist/*.deb
}

@test "installed, upgraded and removed with containerd, Docker and podman: the .rpm" {
	timeout 600 "$ROOT/tests/image/install.sh" rpm "$DIST"/*.rpm "$NEWER"/dist/*.rpm
}

@test "a MAINTAINER that is none is an error, and no half package stays" {
	for maintainer in nobody 'a <b>' 'a <b@c> d' '%(touch ran) <b@c>'; do
		run make -s -C "$ROOT" packages DIST="$BATS_TEST_TMPDIR" PLATFORMS="$PLATFORM" MAINTAINER="$maintainer"
		[ "$status" -ne 0 ]
		[[ $output == *"MAINTAINER \"$maintainer\" is not NAME <ADDRESS>"* ]]
	done
	[ -z "$(ls -A "$BATS_TEST_TMPDIR")" ]
}

@test "make release refuses whatever is not the version's tag, and says why" {
	local source=$BATS_TEST_TMPDIR/source
	refused() {
		run make -s -C "$source" release
		[ "$status" -ne 0 ]
		[[ $output == *"$1"* ]] || { echo "$output" && false; }
		[ ! -e "$source/dist" ]
	}
	repository "$source"
	echo >>"$source/README.md"
	refused 'the tree differs from its commit'
	commit_all "$source"
	refused 'this commit has no tag v'
	git -C "$source" reset -q --hard HEAD~1
	touch "$source/new"
	refused 'the tree differs from its commit'
	rm "$source/new"

	# A version that changelog and pages do not know.
	echo 9.9.9 >"$source/VERSION"
	commit_all "$source"
	refused 'this commit has no tag v9.9.9'
	git -C "$source" tag v9.9.9
	refused 'CHANGELOG.md has no section for 9.9.9'
	sed -i 's/^## \[.*/## [9.9.9]/' "$source/CHANGELOG.md"
	commit_all "$source"
	git -C "$source" tag -f v9.9.9
	refused 'VERSION is 9.9.9, and these say another'
	rm -rf "$source/.git"
	refused 'a release is made from a clone'
}

@test "make release is the same to the bit wherever it is made, and make verify finds the archive to be the tag's" {
	repository "$BATS_TEST_TMPDIR/source"
	git clone -q "$BATS_TEST_TMPDIR/source" "$BATS_TEST_TMPDIR/one"
	git clone -q "$BATS_TEST_TMPDIR/source" "$BATS_TEST_TMPDIR/two with a space"
	make -s -C "$BATS_TEST_TMPDIR/one" release PLATFORMS="$PLATFORM $OTHER"
	(umask 077 && TZ=Asia/Tokyo faketime 2030-01-01 \
		make -s -C "$BATS_TEST_TMPDIR/two with a space" release PLATFORMS="$PLATFORM $OTHER")
	diff -r "$BATS_TEST_TMPDIR/one/dist" "$BATS_TEST_TMPDIR/two with a space/dist"
	run make -s -C "$BATS_TEST_TMPDIR/one" verify
	[ "$status" -eq 0 ]
	commit=$(git -C "$BATS_TEST_TMPDIR/one" rev-parse "v$(cat "$ROOT/VERSION")")
	[[ ${lines[-1]} == "dist/pause.tar is the build of $commit: sha256:"* ]]
}
