#!/usr/bin/env bash
# podman's store removes a file of a layer because of a whiteout in that same layer.
#
# Tool: the library containers/storage in skopeo 1.18.0+ds1-1+b5 of Debian 13, which fills the store that podman,
# buildah and CRI-O use (podman 5.4.2, and 5.8.6 of sid, do the same). umoci 0.4.7 is asked for comparison.
# Input: an image of two layers. The first one has the files a and b. The second one has a new file a and the whiteout
# .wh.a, once the whiteout first, once last in the archive: the file is replaced, which some tools write in this way.
# Expected: the second layer's a is there both times. The OCI image specification (layer.md, "Whiteouts"): whiteout
# files MUST only apply to resources in lower layers; the order of the entries does not matter, as umoci's result shows.
# Seen: umoci has a and b each time. The store has a and b if the whiteout comes first; if it comes last, a is gone: the
# whiteout has removed the file of its own layer. Status 0, no word.
# What to do: write no whiteout of a path that the layer itself has (it is not needed: the entry replaces what is
# below), or write whiteouts before their siblings, as the specification advises.
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
packages trixie skopeo=1.18.0+ds1-1+b5 umoci

cd "$work"
mkdir -p l1 l2 root/image/blobs/sha256 root/var/tmp
echo lower >l1/a
echo lower >l1/b
echo upper >l2/a
touch l2/.wh.a
blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
	local digest
	digest=$(sha256sum "$1" | cut -c -64)
	cp "$1" "root/image/blobs/sha256/$digest"
	printf '"digest": "sha256:%s", "size": %s' "$digest" "$(stat -c %s "$1")"
}
digest() { sha256sum "$1" | cut -c -64; }
oci=application/vnd.oci.image
tar -C l1 -cf l1.tar a b
entry() { # entry NAME FILE...: makes an image with these in its second layer; prints a layout's entry for it
	tar -C l2 -cf l2.tar "${@:2}"
	cat >config <<-END
		{"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers",
		 "diff_ids": ["sha256:$(digest l1.tar)", "sha256:$(digest l2.tar)"]}}
	END
	cat >manifest <<-END
		{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json",
		 "config": {"mediaType": "$oci.config.v1+json", $(blob config)},
		 "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob l1.tar)}, {"mediaType": "$oci.layer.v1.tar", $(blob l2.tar)}]}
	END
	echo "{\"mediaType\": \"$oci.manifest.v1+json\", $(blob manifest)," \
		"\"annotations\": {\"org.opencontainers.image.ref.name\": \"$1\"}}"
}
echo "{\"schemaVersion\": 2, \"manifests\": [$(entry first .wh.a a), $(entry last a .wh.a)]}" >root/image/index.json
echo '{"imageLayoutVersion": "1.0.0"}' >root/image/oci-layout

status=0
for name in first last; do
	chroot root umoci unpack --image "image:$name" "bundle-$name" >log 2>&1 || unavailable "umoci: $(tail -n 1 log)"
	umoci=$(cd "root/bundle-$name/rootfs" && grep -r . | sort | xargs)
	# The store's driver vfs has a folder for each layer, with all files up to it.
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind root root && mount -t proc proc root/proc &&
		exec chroot root skopeo --insecure-policy copy "$@"' sh \
		"oci:image:$name" "containers-storage:[vfs@/store-$name+/run/store-$name]localhost/x:1" >log 2>&1 ||
		unavailable "skopeo: $(tail -n 1 log)"
	store=$(for layer in "root/store-$name"/vfs/dir/*/; do (cd "$layer" && grep -r . | sort | xargs); done | sort)
	echo "whiteout $name: umoci: $umoci"
	echo "whiteout $name: the store's layers: ${store//$'\n'/; }"
	case $name/$umoci/$store in
	$'first/a:upper b:lower/a:lower b:lower\na:upper b:lower') ;;
	$'last/a:upper b:lower/a:lower b:lower\nb:lower') ;;
	*) status=1 ;;
	esac
done
exit "$status"
