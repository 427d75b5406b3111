#!/usr/bin/env bash
# Apptainer reads no OCI archive whose tar has no entries for its folders.
#
# Tool: apptainer 1.4.5-2, Debian sid. skopeo of the same release is asked for comparison.
# Input: one OCI layout, packed twice by tar: with entries for blobs/ and blobs/sha256/, and with its files alone.
# Expected: both can be built from. The OCI image specification (image-layout.md) says what files and folders a layout
# has, and that it may be in a tar archive. A file's name says what folders it is in, and tar -x makes those.
# Seen: from the first one `apptainer build` makes a SIF file. From the second one: "error extracting the OCI archive
# file: open …/blobs/sha256/…: no such file or directory", status 255. skopeo, and with it podman, reads both.
# What to do: who writes archives adds the two entries (1 kB); who has such an archive unpacks it and builds from
# oci:FOLDER, or packs it again by `skopeo copy`.
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unavailable() { echo "This cannot be tried here: $*" >&2 && exit 2; }
[ "$(id -u)" = 0 ] || unavailable "it needs root"

# packages RELEASE PACKAGE=VERSION...: unpacks these and what they depend on into $work/root; nothing is installed.
packages() {
	local release=$1 mirror
	shift
	# shellcheck disable=SC2016 # apt fills these in
	mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' '$1 $2 == "DebianDebian" && !n++ { print $3 }')}
	[ -n "$mirror" ] || unavailable "apt's lists name no mirror of Debian; name one in DEBIAN_MIRROR"
	mkdir -p "$work"/apt/{lists,archives}/partial "$work"/root/{dev,etc,proc,run,sys,tmp,usr/{bin,lib,lib64,sbin}}
	ln -s usr/{bin,lib,lib64,sbin} "$work/root"
	touch "$work/apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/apt/list"
	printf '%s;\n' 'APT::Architecture "amd64"' 'APT::Architectures { "amd64"; }' 'APT::Sandbox::User "root"' \
		'APT::Install-Recommends "false"' 'Acquire::Languages "none"' 'Acquire::Retries "3"' "Dir::Cache \"$work/apt\"" \
		"Dir::State \"$work/apt\"" "Dir::State::status \"$work/apt/status\"" "Dir::Etc::SourceList \"$work/apt/list\"" \
		'Dir::Etc::SourceParts "/dev/null"' >"$work/apt/conf"
	export APT_CONFIG=$work/apt/conf
	{ apt-get update -q=2 && apt-get install -q=2 -y --download-only "$@"; } >"$work/apt/log" 2>&1 ||
		unavailable "$release has no $* ($(tail -n 1 "$work/apt/log"))"
	find "$work/apt/archives" -name '*.deb' -exec dpkg -x {} "$work/root" \;
}
packages sid apptainer=1.4.5-2 skopeo squashfs-tools bash coreutils dash

cd "$work"
mkdir -p image/blobs/sha256 layer root/etc/containers root/var/tmp
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >root/etc/containers/policy.json
touch root/etc/{resolv.conf,hosts,group}
echo 'root:x:0:0::/tmp:/none' >root/etc/passwd
touch layer/file
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
tar -C layer -cf layer.tar file
cat >config <<-END
	{"architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/file"]},
	 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -c -64)"]}}
END
oci=application/vnd.oci.image
cat >manifest <<-END
	{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
	 $(blob config)}, "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob layer.tar)}]}
END
echo "{\"schemaVersion\": 2, \"manifests\": [{\"mediaType\": \"$oci.manifest.v1+json\", $(blob manifest)}]}" \
	>image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >image/oci-layout
ln -sf dash root/usr/bin/sh
tar -C image -cf root/with.tar oci-layout index.json blobs
(cd image && find . -type f -printf '%P\n') | tar -C image -cf root/without.tar -T -

# shellcheck disable=SC2016 # for the inner shell
inside() { # inside COMMAND...: in the unpacked root, made a mount point, which apptainer looks for
	unshare -m sh -c 'root=$1 && shift && mount --bind "$root" "$root" && mount --rbind /dev "$root/dev" &&
		mount -t proc proc "$root/proc" && exec chroot "$root" "$@"' sh "$work/root" "$@" </dev/null >log 2>&1
}
for archive in with without; do
	inside skopeo inspect --raw "oci-archive:$archive.tar" || unavailable "skopeo: $(tail -n 1 log)"
	echo "skopeo, $archive folders: status 0"
done
inside apptainer build with.sif oci-archive:with.tar || unavailable "apptainer: $(tail -n 1 log)"
echo "apptainer, with folders: status 0"
inside apptainer build without.sif oci-archive:without.tar && result=0 || result=$?
echo "apptainer, without folders: status $result, $(tail -n 1 log)"
[ "$result" = 255 ] && grep -q 'error extracting the OCI archive file: open .*: no such file or directory' log
