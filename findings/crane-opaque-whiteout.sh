#!/usr/bin/env bash
# crane export shows files that an opaque whiteout of a later layer has removed.
#
# Tool: crane 0.20.7+ds1-5 of Debian sid. umoci 0.6.0 of the same release is asked for comparison.
# Input: an image of two layers. The first one has d/lower; the second one has d/upper and the file d/.wh..wh..opq, an
# opaque whiteout, as Docker writes one for a folder that was removed and made again.
# Expected: d/upper alone. The OCI image specification (layer.md, "Opaque Whiteout"): the entry says that all siblings
# in the lower layers are hidden; implementations SHOULD write explicit whiteouts, but MUST accept both.
# Seen: `umoci unpack` gives d/upper alone, `crane export` gives d/upper and d/lower, status 0, without a word. It takes
# what follows the prefix .wh. for the name of one removed file.
# What to do: do not judge by `crane export` (nor scan what it writes) what an image has; unpack it with umoci, or
# export a container that an engine made of it.
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
packages sid crane=0.20.7+ds1-5 umoci

cd "$work"
mkdir -p l1/d l2/d root/image/blobs/sha256
echo lower >l1/d/lower
echo upper >l2/d/upper
touch l2/d/.wh..wh..opq
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "root/image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
digest() { sha256sum "$1" | cut -c -64; }
tar -C l1 -cf l1.tar d
tar -C l2 -cf l2.tar --no-recursion d d/.wh..wh..opq d/upper
cat >config <<-END
	{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers",
	 "diff_ids": ["sha256:$(digest l1.tar)", "sha256:$(digest l2.tar)"]}}
END
oci=application/vnd.oci.image
cat >manifest <<-END
	{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json",
	 "config": {"mediaType": "$oci.config.v1+json", $(blob config)},
	 "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob l1.tar)}, {"mediaType": "$oci.layer.v1.tar", $(blob l2.tar)}]}
END
cat >root/image/index.json <<-END
	{"schemaVersion": 2, "manifests": [{"mediaType": "$oci.manifest.v1+json", $(blob manifest),
	 "annotations": {"org.opencontainers.image.ref.name": "x"}}]}
END
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

chroot root umoci unpack --image image:x bundle >log 2>&1 || unavailable "umoci: $(tail -n 1 log)"
umoci=$(cd root/bundle/rootfs && find d -type f | sort | xargs)

# crane exports from a registry or from docker save's format: the same layers in that format.
cp config config.json
echo '[{"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["l1.tar", "l2.tar"]}]' >manifest.json
tar -cf saved.tar manifest.json config.json l1.tar l2.tar
crane=$(chroot root crane export - - <saved.tar | tar -t | grep -v '/$\|^d$' | sort | xargs)
echo "umoci unpack: $umoci"
echo "crane export: $crane"
[ "$umoci" = d/upper ] && [ "$crane" = "d/lower d/upper" ]
