#!/usr/bin/env bash
# skopeo copies no image index that has an entry of a media type unknown to it.
#
# Tool: skopeo 1.18.0+ds1-1+b5 of Debian 13 (1.22.0 of sid does the same). oras 1.2.0 is asked for comparison.
# Input: an OCI layout with an image index of two entries: an image, and a JSON document of a type of somebody's own.
# Expected: `skopeo copy --all`, which is to copy all of the index, copies it. The OCI image specification
# (image-index.md, manifests, mediaType): a media type that is unknown to the implementation MUST NOT generate an
# error.
# Seen: "unsupported schema version 0", status 1; skopeo reads the document as a manifest. Without --all, which
# chooses the image, it succeeds, so that the index is valid to it. `oras copy` copies the index with both entries.
# What to do: copy such an index by `oras copy`, or its images by `skopeo copy` one by one; who makes indexes gives
# such documents a manifest of their own, with an artifactType.
# Status: 0 as described, 1 these versions behave otherwise, 2 it cannot be tried here.
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
packages trixie skopeo=1.18.0+ds1-1+b5 oras

cd "$work"
mkdir -p root/image/blobs/sha256 layer root/var/tmp
touch layer/file
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "root/image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
tar -C layer -cf layer.tar file
cat >config <<-END
	{"architecture": "amd64", "os": "linux", "config": {},
	 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -c -64)"]}}
END
oci=application/vnd.oci.image
cat >manifest <<-END
	{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
	 $(blob config)}, "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob layer.tar)}]}
END
echo '{"by": "somebody"}' >document
image="{\"mediaType\": \"$oci.manifest.v1+json\", $(blob manifest), \"platform\": {\"os\": \"linux\",
	\"architecture\": \"amd64\"}}"
index() { # index NAME ENTRIES: makes an index of these, and a layout's entry for it
	echo "{\"schemaVersion\": 2, \"mediaType\": \"$oci.index.v1+json\", \"manifests\": [$2]}" >"$1"
	echo "{\"mediaType\": \"$oci.index.v1+json\", $(blob "$1")," \
		"\"annotations\": {\"org.opencontainers.image.ref.name\": \"$1\"}}"
}
echo "{\"schemaVersion\": 2, \"manifests\": [$(index images "$image"), $(index both "$image,
	{\"mediaType\": \"application/vnd.example.note+json\", $(blob document)}")]}" >root/image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

copy() { # copy COMMAND...: prints the status and the last line
	local result=0
	chroot root "$@" >log 2>&1 || result=$?
	echo "status $result: $(tail -n 1 log)"
}
skopeo=(skopeo copy --insecure-policy)
images=$(copy "${skopeo[@]}" --all oci:image:images oci:copy1:images)
one=$(copy "${skopeo[@]}" --override-os linux --override-arch amd64 oci:image:both oci:copy2:both)
both=$(copy "${skopeo[@]}" --all oci:image:both oci:copy3:both)
oras=$(copy oras copy --from-oci-layout image:both --to-oci-layout copy4:both)
echo "skopeo copy --all, an index of one image: $images"
echo "skopeo copy, with the document beside it: $one"
echo "skopeo copy --all, with the document: $both"
echo "oras copy, with the document: $oras"
[[ $images == "status 0:"* && $one == "status 0:"* ]] || unavailable "skopeo copies nothing here"
[[ $oras == "status 0:"* && $both == "status 1:"*"unsupported schema version 0"* ]] &&
	cmp -s document "root/copy4/blobs/sha256/$(sha256sum document | cut -c -64)"
