#!/usr/bin/env bash
# umoci's bundles lose labels of the image to its fields, and give a numeric user the groups of a named one.
#
# Tool: umoci 0.4.7+ds-4+b10 of Debian 13 (0.6.0 of sid has the second of the two).
# Input: an image with `author` "field" and a label org.opencontainers.image.author "label", User "7", and an
# /etc/passwd and /etc/group in which user 7 is in the groups 9 and 10; `umoci unpack` makes a runtime bundle of it.
# Expected: the OCI image specification (conversion.md). "Annotation Fields", note 1: where a label says what a field
# says, the converter MUST use the label. "Config.User": a numeric user is copied, and additionalGids SHOULD
# NOT be modified for it.
# Seen: the bundle's annotation is "field", and the label is lost; another label is kept. Its process.user has
# additionalGids [9, 10], which nobody asked for. A user without an entry in /etc/passwd, 99999, has none.
# What to do: set the annotation in config.json after `umoci unpack`, and remove additionalGids there if the program
# is not to have these groups.
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
packages trixie umoci=0.4.7+ds-4+b10
command -v jq >/dev/null || unavailable "it needs jq"

cd "$work"
mkdir -p root/image/blobs/sha256 layer/etc
echo 'u:x:7:9::/:/none' >layer/etc/passwd
printf '%s\n' 'g:x:9:u' 'h:x:10:u' >layer/etc/group
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "root/image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
tar -C layer -cf layer.tar etc
oci=application/vnd.oci.image
entry() { # entry NAME USER: makes an image; prints a layout's entry for it
	cat >config <<-END
		{"architecture": "amd64", "os": "linux", "author": "field", "created": "2020-01-01T00:00:00Z",
		 "config": {"User": "$2", "Labels": {"org.opencontainers.image.author": "label", "other": "label"}},
		 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -c -64)"]}}
	END
	cat >manifest <<-END
		{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
		 $(blob config)}, "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob layer.tar)}]}
	END
	echo "{\"mediaType\": \"$oci.manifest.v1+json\", $(blob manifest)," \
		"\"annotations\": {\"org.opencontainers.image.ref.name\": \"$1\"}}"
}
echo "{\"schemaVersion\": 2, \"manifests\": [$(entry known 7), $(entry unknown 99999)]}" >root/image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

for name in known unknown; do
	chroot root umoci unpack --image "image:$name" "$name" >log 2>&1 || unavailable "umoci: $(tail -n 1 log)"
done
author=$(jq -r '.annotations["org.opencontainers.image.author"]' root/known/config.json)
other=$(jq -r '.annotations.other' root/known/config.json)
known=$(jq -c .process.user root/known/config.json)
unknown=$(jq -c .process.user root/unknown/config.json)
echo "a label that is no field: $other; one that is a field, too: $author"
echo "user 7: $known; user 99999: $unknown"
[ "$other $author" = "label field" ] && [ "$known" = '{"uid":7,"gid":9,"additionalGids":[9,10]}' ] &&
	[ "$unknown" = '{"uid":99999,"gid":0}' ]
