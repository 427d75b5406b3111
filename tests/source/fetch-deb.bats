# tests/tools/fetch-deb.sh and mirror.sh, which bring what the tests take from other releases: with an apt-get that has
# one package in a list that takes its time.
load ../helpers

setup() {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache DEBIAN_MIRROR=http://mirror.invalid
	mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/deb/DEBIAN" "$BATS_TEST_TMPDIR/deb/usr/share/held"
	printf 'Package: held\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: none\n' \
		>"$BATS_TEST_TMPDIR/deb/DEBIAN/control"
	touch "$BATS_TEST_TMPDIR/deb/usr/share/held/"{one,two}
	dpkg-deb --build "$BATS_TEST_TMPDIR/deb" "$BATS_TEST_TMPDIR/held.deb"
	cat >"$BATS_TEST_TMPDIR/bin/apt-get" <<-SH
		#!/bin/sh
		lists=\$(sed -n 's/.*State::Lists "\(.*\)";/\1/p' "\$APT_CONFIG")
		case \$1 in
		update)
			echo update >>"$BATS_TEST_TMPDIR/log"
			[ ! -e "$BATS_TEST_TMPDIR/broken" ] || { echo half >"\$lists/partial/x_Packages.FAILED" && exit 100; }
			echo half >"\$lists/x_Packages"
			sleep 2
			echo whole >"\$lists/x_Packages"
			;;
		download)
			grep -qx whole "\$lists/x_Packages" && cp "$BATS_TEST_TMPDIR/held.deb" .
			;;
		esac
	SH
	chmod +x "$BATS_TEST_TMPDIR/bin/apt-get"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

package() {
	"$ROOT/tests/tools/fetch-deb.sh" "held:all/$1" "$2"
}

# What the cache has beside the lists.
unpacked() {
	find "$XDG_CACHE_HOME" -name lists -prune -o -type f -print
}

@test "several at once fetch a list once, and each gets its files" {
	local jobs=() pattern
	for pattern in './*/one' './*/two' './*/one'; do
		package sid "$pattern" >"$BATS_TEST_TMPDIR/said.${#jobs[@]}" 3>&- &
		jobs+=($!)
	done
	for pattern in "${jobs[@]}"; do wait "$pattern"; done
	[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 1 ]
	[ -f "$(cat "$BATS_TEST_TMPDIR/said.0")/usr/share/held/one" ]
	[ -f "$(cat "$BATS_TEST_TMPDIR/said.1")/usr/share/held/two" ]
	cmp "$BATS_TEST_TMPDIR/said.0" "$BATS_TEST_TMPDIR/said.2"
	# Another release has another list.
	package trixie './*/one'
	[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 2 ]
	[ -z "$(find "$XDG_CACHE_HOME" -name 'new.*')" ]
}

@test "what could not be fetched, or not whole, counts as not there" {
	touch "$BATS_TEST_TMPDIR/broken"
	run package sid './*/one'
	[ "$status" -eq 1 ]
	[[ $output == *"the list of http://mirror.invalid sid cannot be fetched"* ]]
	rm "$BATS_TEST_TMPDIR/broken"
	package sid './*/one'

	run package sid './*/three'
	[ "$status" -eq 1 ]
	[[ $output == *"no file in it is ./*/three"* ]]
	run package sid './*/three'
	[ "$status" -eq 1 ]

	# Ended while it unpacks.
	# shellcheck disable=SC2016 # its own
	printf '#!/bin/sh\n/usr/bin/tar "$@"\nkill -TERM $PPID\nsleep 1\n' >"$BATS_TEST_TMPDIR/bin/tar"
	chmod +x "$BATS_TEST_TMPDIR/bin/tar"
	run package sid './*/two'
	[ "$status" -ne 0 ]
	rm "$BATS_TEST_TMPDIR/bin/tar"
	[ "$(unpacked | grep -c two)" -eq 0 ]
	[ -f "$(package sid './*/two')/usr/share/held/two" ]
}

@test "packages come from the mirror that this machine's apt names, and no source names one" {
	unset DEBIAN_MIRROR
	PATH=${PATH#*:}
	local mirror
	mirror=$("$ROOT/tests/tools/mirror.sh")
	[[ $mirror == *://* ]]
	grep -rqsF "${mirror%/}" /etc/apt/sources.list /etc/apt/sources.list.d
	[ "$(DEBIAN_MIRROR=http://mirror.invalid/debian "$ROOT/tests/tools/mirror.sh")" = http://mirror.invalid/debian ]
	! grep -rnE "\b(deb|ftp|snapshot)\.""debian\.org" "$ROOT" --exclude-dir={.git,build,dist} || false

	# Elsewhere than on Debian, what mmdebstrap itself asks for; and without that, too, a sentence.
	printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$ROOT/tests/tools/mirror.sh"
	[ "$status" -eq 0 ]
	grep -qF "L<${output##*$'\n'}> is used" "$(command -v mmdebstrap)" # its manual
	cp "$BATS_TEST_TMPDIR/bin/"{apt-get,mmdebstrap}
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$ROOT/tests/tools/mirror.sh"
	[ "$status" -eq 1 ]
	[[ $output == *"DEBIAN_MIRROR"* ]]
}
