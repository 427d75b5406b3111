#!/usr/bin/env bash
# Writes the packages for nodes, a .deb and an .rpm for every architecture at once: packages.sh FOLDER NAME PLATFORM...
# They are the same to the bit wherever they are built with the same tools. The image in them has the tag "installed":
# an engine's configuration can name that for good, since the next version takes its place.
# The programs are in BUILD, by default build; MAINTAINER is who answers for the packages.
set -euo pipefail
folder=$(realpath -m -- "${1:-.}")
cd "$(dirname "$0")/.."
folder=$(realpath -m --relative-base=. -- "$folder")
unset GZIP
export LC_ALL=C TZ=UTC0
umask 022
# shellcheck source=image/archive.bash
. image/archive.bash

[ $# -ge 3 ] || usage 'FOLDER NAME PLATFORM...'
name=$2 version=$(cat VERSION)
shift 2
: "${MAINTAINER:=the authors of pause <pause@example.org>}"
SOURCE_DATE_EPOCH=$(scripts/commit.sh time)
export SOURCE_DATE_EPOCH
[[ $MAINTAINER =~ ^[^%\<\>]+\ \<[^%\<\>\ ]+@[^%\<\>\ ]+\>$ && $MAINTAINER != *$'\n'* ]] ||
	fail "MAINTAINER \"$MAINTAINER\" is not NAME <ADDRESS>"
need dpkg-deb rpmbuild gzip md5sum

# rpmbuild takes no path with a space, and TMPDIR may be one.
work=$(mktemp -d -p /tmp)
export TMPDIR=$work
trap 'rm -rf "$work" "$folder"/pause-image*.part' EXIT
root=$work/root units=$work/root/usr/lib/systemd/system
mkdir -p "$folder" "$work/scripts"

# A file of image/package with what it leaves open, on standard output: fill NAME
fill() {
	local text
	text=$(cat "image/package/$1")
	text=${text//@IMAGE@/"$name:installed"} text=${text//@DATE@/"$(date -R -d "@$SOURCE_DATE_EPOCH")"}
	text=${text//@VERSION@/"$version"} text=${text//@MAINTAINER@/"$MAINTAINER"}
	echo "${text//@SIZE@/"$(du -k --apparent-size -s "$root" | cut -f 1)"}"
}

# What both consist of.
image/build.sh "$work" "$name" installed "$@" >/dev/null
image/loader.sh "$work/pause.tar" "$work/load-pause" >/dev/null
install -D -m 755 -t "$root/usr/sbin" "$work/load-pause"
install -D -m 644 -t "$root/usr/share/pause" "$work/pause.tar" image/seccomp.json
install -D -m 644 -t "$units" image/load-pause@.service
# Each engine has it loaded whenever it starts, after a reset, too; podman, which does not start, has it at boot.
for wanted in containerd.service=ctr docker.service=docker multi-user.target=podman; do
	mkdir "$units/${wanted%=*}.wants"
	ln -s ../load-pause@.service "$units/${wanted%=*}.wants/load-pause@${wanted#*=}.service"
done
for page in pause.1 load-pause.8; do
	install -d "$root/usr/share/man/man${page##*.}"
	gzip -n -9 <"man/$page" >"$root/usr/share/man/man${page##*.}/$page.gz"
done
for script in postinst prerm postrm; do
	fill $script >"$work/scripts/$script"
done
cp LICENSE image/package/description "$work/scripts"

# dpkg-deb and rpmbuild date what they write by SOURCE_DATE_EPOCH, but files that are older stay so.
dated() {
	find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

rpm() {
	local top=$work/rpm
	(cd "$root" && find . ! -type d | sed 's/^\.//' | sort) >"$work/scripts/files"
	rpmbuild --quiet -bb --define "_topdir $top" --define "_rpmdir $top" --define "_rpmfilename pause-image.rpm" \
		--define "staged $root" --define "scripts $work/scripts" --define "pause_version $version" \
		--define "maintainer $MAINTAINER" --define "_tmppath $work" \
		--define '_buildhost localhost' --define '__os_install_post %{nil}' \
		--define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
		--define '_binary_payload w9.gzdio' image/package/pause-image.spec
	# The lead, which rpm has long ignored, and no digest covers, has the number of the processor that this runs on.
	printf '\0\377' | dd of="$top/pause-image.rpm" bs=1 seek=8 conv=notrunc status=none
	mv "$top/pause-image.rpm" "$folder/pause-image.rpm.part"
}

deb() {
	local doc=$root/usr/share/doc/pause-image
	mkdir "$root/DEBIAN"
	install -D -m 644 -t "$doc" image/package/copyright
	fill changelog | gzip -n -9 >"$doc/changelog.gz"
	{
		fill control
		sed 's/^/ /' image/package/description
	} >"$root/DEBIAN/control"
	install -m 755 -t "$root/DEBIAN" "$work"/scripts/{postinst,prerm,postrm}
	(cd "$root" && find usr -type f -exec md5sum {} + | sort -k 2) >"$root/DEBIAN/md5sums"
	dated "$root"
	dpkg-deb --root-owner-group -Zxz --build "$root" "$folder/pause-image.deb.part" >/dev/null
}

dated "$root"
rpm
deb
mv "$folder/pause-image.rpm.part" "$folder/pause-image-$version-1.noarch.rpm"
mv "$folder/pause-image.deb.part" "$folder/pause-image_${version}_all.deb"
for package in "$folder/pause-image-$version-1.noarch.rpm" "$folder/pause-image_${version}_all.deb"; do
	printf '%6d bytes  %s\n' "$(wc -c <"$package")" "$package"
done
