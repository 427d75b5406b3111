#!/usr/bin/env bash
# oras does not copy an image whose subject is somewhere else, though it is told to copy the image alone.
#
# Tool: oras 1.2.0-1+b9 of Debian 13 (1.3.3 of sid does the same). skopeo of the same release is asked for comparison.
# Input: an OCI layout with an artifact, a signature for instance, whose `subject` is an image that is in no layout:
# the artifact was made before it, or is kept apart from it.
# Expected: the artifact is copied. `subject` is a weak association by the OCI image specification (manifest.md); a
# layout may lack blobs that are referred to (image-layout.md, "Blobs"); and a registry MUST accept a manifest whose
# subject does not exist (distribution specification, "Push"). oras' own help of `copy` has
# an option of its own, --recursive, for what refers to the image.
# Seen: "not found", status 1, with the subject's digest, without --recursive. The same artifact without `subject` is
# copied. skopeo copies both, bit by bit.
# What to do: use `skopeo copy`, or copy the subject into the source first.
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
packages trixie oras=1.2.0-1+b9 skopeo

cd "$work"
mkdir -p root/image/blobs/sha256 root/var/tmp
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "root/image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
oci=application/vnd.oci
printf '{}' >config
echo signature >layer
artifact() { # artifact NAME FIELD: makes an artifact with this field, and a layout's entry for it
	cat >"$1" <<-END
		{"schemaVersion": 2, "mediaType": "$oci.image.manifest.v1+json", "artifactType": "application/vnd.example.sig",
		 "config": {"mediaType": "$oci.empty.v1+json", $(blob config)}, $2
		 "layers": [{"mediaType": "application/vnd.example.sig", $(blob layer)}]}
	END
	echo "{\"mediaType\": \"$oci.image.manifest.v1+json\", $(blob "$1")," \
		"\"annotations\": {\"org.opencontainers.image.ref.name\": \"$1\"}}"
}
echo an image >elsewhere
subject="\"subject\": {\"mediaType\": \"$oci.image.manifest.v1+json\",
	\"digest\": \"sha256:$(sha256sum elsewhere | cut -c -64)\", \"size\": 9},"
echo "{\"schemaVersion\": 2, \"manifests\": [$(artifact without ''), $(artifact with "$subject")]}" \
	>root/image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

status=0
for name in without with; do
	chroot root oras copy --from-oci-layout "image:$name" --to-oci-layout "oras-$name:$name" >log 2>&1 && oras=0 || oras=1
	echo "oras copy, $name subject: status $oras, $(grep -m 1 -E 'Error|Copied \[' log)"
	grep -q 'not found' log && oras+=", not found"
	skopeo=0
	chroot root skopeo copy --insecure-policy "oci:image:$name" "oci:skopeo-$name:$name" >log 2>&1 || skopeo=1
	cmp -s "$name" "root/skopeo-$name/blobs/sha256/$(sha256sum "$name" | cut -c -64)" || skopeo=changed
	echo "skopeo copy, $name subject: status $skopeo"
	case $name/$oras/$skopeo in
	without/0/0 | "with/1, not found/0") ;;
	without/*) unavailable "$(tail -n 1 log)" ;;
	*) status=1 ;;
	esac
done
exit "$status"
