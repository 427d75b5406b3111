#!/usr/bin/env bash
# umoci removes the CPU variant from an image's configuration when it changes something else.
#
# Tool: umoci 0.6.0+ds-1+b1 of Debian sid (0.4.7 of Debian 13 keeps the variant).
# Input: an OCI layout with one image for arm, variant v7; a label is added to it by `umoci config`.
# Expected: a new configuration with the label and all else as it was. umoci-config(1): it modifies the configuration
# of the image, each option one field. The OCI image specification (config.md): variant is the variant of the specified
# CPU architecture, and implementations SHOULD understand its values.
# Seen: the label is there and "variant" is gone from the configuration, while the index still says v7 of it. The two
# contradict each other from then on: an engine that takes the platform from the configuration (as one must of
# an image that is no part of an index) sees an arm image of no variant. Status 0, no word.
# What to do: set the variant again afterwards (`buildah config --variant v7`), or change such images with 0.4.7; and
# compare the two places before you push.
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
command -v jq >/dev/null || unavailable "it needs jq"
packages sid umoci=0.6.0+ds-1+b1

cd "$work"
blobs=root/image/blobs/sha256
mkdir -p "$blobs" layer
touch layer/file
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "$blobs/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
tar -C layer -cf layer.tar file
cat >config <<-END
	{"architecture": "arm", "variant": "v7", "os": "linux", "config": {},
	 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -c -64)"]}}
END
oci=application/vnd.oci.image
cat >manifest <<-END
	{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
	 $(blob config)}, "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob layer.tar)}]}
END
cat >root/image/index.json <<-END
	{"schemaVersion": 2, "manifests": [{"mediaType": "$oci.manifest.v1+json", $(blob manifest),
	 "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
	 "annotations": {"org.opencontainers.image.ref.name": "before"}}]}
END
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

chroot root umoci config --image image:before --tag after --config.label a=b >log 2>&1 ||
	unavailable "umoci: $(tail -n 1 log)"
says() { # says NAME FILTER: asks the configuration of the image of this name
	# shellcheck disable=SC2016 # for jq
	local entry='.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name).digest[7:]' manifest
	manifest=$(jq -r --arg name "$1" "$entry" root/image/index.json)
	jq -r "$2" "$blobs/$(jq -r '.config.digest[7:]' "$blobs/$manifest")"
}
for name in before after; do
	echo "$name: architecture $(says $name .architecture), variant $(says $name .variant)," \
		"label a: $(says $name '.config.Labels.a')"
done
index=$(jq -r '.manifests[-1].platform.variant' root/image/index.json)
echo "after, by the index: variant $index"
[ "$(says before .variant) $index $(says after .variant) $(says after '.config.Labels.a')" = "v7 v7 null b" ]
