#!/usr/bin/env bash
# oras cannot name an image of a layout whose name has a slash or a colon, though it lists that name itself.
#
# Tool: oras 1.2.0-1+b9 of Debian 13 (1.3.3 of sid does the same).
# Input: an OCI layout with one image under two names: example.test/team/holder:1 and plain.
# Expected: both can be fetched. The OCI image specification (annotations.md, org.opencontainers.image.ref.name): the
# name is components separated by slashes, of letters, digits and -._:@+; a full name with registry and tag, as podman,
# buildah and containerd write it, is one. oras' own form is PATH:NAME.
# Seen: `oras repo tags` lists both names. `oras manifest fetch --oci-layout PATH:plain` prints the manifest;
# with PATH:example.test/team/holder:1 it looks for a folder PATH:example.test/team/holder and fails: "failed to
# find path". umoci takes PATH:example.test/team/holder:1 as it stands.
# What to do: give oras the digest instead, which works: PATH@sha256:…; it stands in the layout's index.json.
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
packages trixie oras=1.2.0-1+b9 umoci

cd "$work"
name=example.test/team/holder:1
mkdir -p root/image/blobs/sha256 layer
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
entry() { # entry NAME: the image in the index
	echo "{\"mediaType\": \"$oci.manifest.v1+json\", $(blob manifest)," \
		"\"annotations\": {\"org.opencontainers.image.ref.name\": \"$1\"}}"
}
echo "{\"schemaVersion\": 2, \"manifests\": [$(entry "$name"), $(entry plain)]}" >root/image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

names=$(chroot root oras repo tags --oci-layout image | sort | xargs)
echo "oras lists: $names"
[ "$names" = "$name plain" ] || exit 1
fetch() { # fetch REFERENCE: says whether oras finds that image
	if chroot root oras manifest fetch --oci-layout "$1" >fetched 2>error && cmp -s fetched manifest; then
		echo found
	else
		head -n 1 error
	fi
}
plain=$(fetch image:plain)
full=$(fetch "image:$name")
digest=$(fetch "image@sha256:$(sha256sum manifest | cut -c -64)")
umoci=found
chroot root umoci stat --image "image:$name" >log 2>&1 || umoci=$(tail -n 1 log)
echo "oras, image:plain: $plain"
echo "oras, image:$name: $full"
echo "oras, image@sha256:…: $digest"
echo "umoci, image:$name: $umoci"
[ "$plain $digest $umoci" = "found found found" ] && [[ $full == *"failed to find path"* ]]
