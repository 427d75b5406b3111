#!/usr/bin/env bash
# LXC's template for OCI images makes no container of an image that has no folder /etc.
#
# Tool: the template lxc-oci of lxc 1:6.0.4-4+deb13u4, Debian 13 (7.0.0 of sid does the same).
# Input: an OCI layout with an image of one file, /hold; its configuration has an Entrypoint and no Env.
# Expected: a container whose program is /hold. The template's help calls it a template for OCI images; the OCI image
# specification asks for no folder in a layer (layer.md), and config.md says that Env is OPTIONAL.
# Seen: jq says "Cannot iterate over null" where the template reads Env, which does no harm, and then the template
# writes /etc/hostname, finds no /etc and gives up, status 1. The same image with an empty /etc works.
# Every image made from nothing but a static program meets this.
# What to do: add an empty /etc as another layer (a Dockerfile of FROM and `COPY empty /etc/`), or write the
# container's configuration by hand: lxc.rootfs.path = dir:FOLDER, lxc.init.cmd, lxc.signal.halt.
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
packages trixie lxc=1:6.0.4-4+deb13u4 lxc-templates skopeo umoci jq bash coreutils sed grep mawk tar \
	gzip findutils hostname util-linux

cd "$work"
ln -sf mawk root/usr/bin/awk
ln -sf dash root/usr/bin/sh
mkdir -p root/etc/containers
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >root/etc/containers/policy.json
mkdir -p layer/etc
touch layer/hold
chmod 755 layer/hold
image() { # image NAME FILE...: a layout with these files of layer/
	local oci=application/vnd.oci.image to=root/$1
	mkdir -p "$to/blobs/sha256"
	tar -C layer -cf layer.tar "${@:2}"
	cat >config <<-END
		{"architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/hold"]},
		 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -c -64)"]}}
	END
	blob() { # blob FILE: puts it into the image; prints a descriptor's digest and size
		cp "$1" "$to/blobs/sha256/$(sha256sum "$1" | cut -c -64)"
		printf '"digest": "sha256:%s", "size": %s' "$(sha256sum "$1" | cut -c -64)" "$(stat -c %s "$1")"
	}
	cat >manifest <<-END
		{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
		 $(blob config)}, "layers": [{"mediaType": "$oci.layer.v1.tar", $(blob layer.tar)}]}
	END
	cat >"$to/index.json" <<-END
		{"schemaVersion": 2, "manifests": [{"mediaType": "$oci.manifest.v1+json", $(blob manifest),
		 "annotations": {"org.opencontainers.image.ref.name": "x"}}]}
	END
	echo '{"imageLayoutVersion": "1.0.0"}' >"$to/oci-layout"
}
create() { # create IMAGE: runs the template as lxc-create does; its messages go to IMAGE.log
	mkdir -p "root/c-$1/rootfs"
	touch "root/c-$1/config"
	chroot root /usr/share/lxc/templates/lxc-oci --name="$1" --path="/c-$1" --rootfs="/c-$1/rootfs" --no-cache \
		--url="oci:/$1:x" </dev/null >"$1.log" 2>&1
}
image with hold etc
image without hold
create with || unavailable "the template fails with /etc, too: $(tail -n 1 with.log)"
echo "with /etc: $(grep '^lxc.execute.cmd' root/c-with/config)"
create without && result=0 || result=$?
echo "without: status $result, $(tail -n 2 without.log)"
[ "$result" = 1 ] && grep -q 'etc/hostname: No such file or directory' without.log
