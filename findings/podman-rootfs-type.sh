#!/usr/bin/env bash
# podman pulls, unpacks and mounts an image of which it cannot know how it is to be unpacked.
#
# Tool: podman 5.4.2+ds1-2+b2 of Debian 13 (5.8.6 of sid does the same). umoci 0.4.7 is asked for comparison.
# Input: an OCI layout with two images of one layer, which differ in their configuration's rootfs.type alone: "layers",
# the only type there is, and "chunks", which some later version could have.
# Expected: an error for the second. The OCI image specification (config.md, rootfs, type): it MUST be set to layers,
# and implementations MUST generate an error if they encounter an unknown value while verifying or unpacking an image.
# Seen: podman pulls both, mounts both, with the layer's file in each, and `podman image inspect` has the type "chunks".
# umoci unpacks the first and refuses the second: "unsupported rootfs.type".
# What to do: who takes in images of others asks before: `skopeo inspect --raw --config SOURCE | jq .rootfs.type`.
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
packages trixie podman=5.4.2+ds1-2+b2 umoci netavark crun conmon

cd "$work"
mkdir -p root/image/blobs/sha256 root/dev/shm root/etc/containers root/var/tmp layer
mknod -m 666 root/dev/null c 1 3
echo 'root:x:0:0:root:/root:/' >root/etc/passwd
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >root/etc/containers/policy.json
echo text >layer/file
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "root/image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
oci=application/vnd.oci.image
tar -C layer -cf layer.tar file
entry() { # entry TYPE: makes the image of this type; prints the layout's entry for it
	cat >config <<-END
		{"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/file"]},
		 "rootfs": {"type": "$1", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -c -64)"]}}
	END
	cat >manifest <<-END
		{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
		 $(blob config)}, "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob layer.tar)}]}
	END
	echo "{\"mediaType\": \"$oci.manifest.v1+json\", $(blob manifest)," \
		"\"annotations\": {\"org.opencontainers.image.ref.name\": \"$1\"}}"
}
echo "{\"schemaVersion\": 2, \"manifests\": [$(entry layers), $(entry chunks)]}" >root/image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

# In a mount namespace of its own, where the unpacked root is a mount point, as the library that unpacks layers wants
# it, with /proc and a place for podman's locks.
# shellcheck disable=SC2016 # for the inner shell
podman() {
	unshare -m sh -c 'mount --bind root root && cd root && mount -t proc proc proc && mount -t tmpfs tmpfs dev/shm &&
		exec chroot . podman --root /store --runroot /run/store --storage-driver vfs --cgroup-manager cgroupfs "$@"' \
		sh "$@" 2>log
}
answers=$(for type in layers chunks; do
	if id=$(podman pull -q "oci:/image:$type") && folder=$(podman image mount "$id"); then
		told="$(podman image inspect -f '{{.RootFS.Type}}' "$id"), $(cat "root/$folder/file")"
	else
		told=$(tail -n 1 log)
	fi
	echo "podman, $type: $told"
	told=unpacked
	chroot root umoci unpack --image "image:$type" "/$type" >log 2>&1 || told=$(tail -n 1 log)
	echo "umoci, $type: $told"
done)
echo "$answers"
[[ $answers == "podman, layers: layers, text"*"umoci, layers: unpacked"* ]] || unavailable "nothing is unpacked here"
[[ $answers == *"podman, chunks: chunks, text"*"umoci, chunks: "*"unsupported rootfs.type"* ]]
