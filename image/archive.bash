# What the scripts here share. Those that read take an archive that build.sh wrote, or an OCI layout's folder, as $archive.
# shellcheck shell=bash disable=SC2154 # $archive

# shellcheck source=scripts/common.bash
. "${BASH_SOURCE[0]%/*}/../scripts/common.bash"

# A tar archive of these files with nothing of this machine in it: pack FOLDER MODE [OPTION...] FILE...
# Of tar's formats it is the one that versions 1.34 and 1.35 write alike.
pack() {
	tar -c -f - -C "$1" --format=gnu --blocking-factor=1 --owner=0 --group=0 --numeric-owner --mode="$2" \
		--mtime=@0 "${@:3}"
}

# A file of the archive.
member() {
	if [ -d "$archive" ]; then cat "$archive/$1"; else tar -xOf "$archive" "$1"; fi
}

# What has a digest.
blob() {
	member "blobs/${1/://}"
}

# What an archive is called: pause.internal/pause:0.1.0. An archive that build.sh did not write may say anything.
image_name() {
	local image
	image=$(member index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"] // empty')
	is_name "${image%:*}" && is_tag "${image##*:}" || return
	echo "$image"
}

# The grammar of names and tags that engines share: https://pkg.go.dev/github.com/distribution/reference
is_name() {
	local part='[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?' word='[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*'
	[[ $1 =~ ^(($part(\.$part)*|\[[A-Fa-f0-9:]+\])(:[0-9]+)?/)?$word(/$word)*$ && ${#1} -le 255 ]]
}
is_tag() {
	[[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]]
}

# The digest of the index of all platforms.
index_digest() {
	member index.json | jq -r '.manifests[0].digest'
}

# For each platform its name, and digest and size of its manifest: linux/arm/v7 sha256:… 401
platforms() {
	blob "$(index_digest)" | jq -r '.manifests[] |
		"\(.platform | [.os, .architecture, .variant // empty] | join("/")) \(.digest) \(.size)"'
}

# What --tls-verify is for a reference: registries on this machine speak plain HTTP, as docker has it, too.
tls_verify() {
	if [[ $1 =~ ^(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?/ ]]; then echo false; else echo true; fi
}

# Where skopeo login keeps the credentials, or docker's.
auth_file() {
	local file
	for file in "${REGISTRY_AUTH_FILE-}" "${XDG_RUNTIME_DIR:-/run/containers/$UID}"/{containers/,}auth.json; do
		[ ! -f "$file" ] || { echo "$file" && return; }
	done
	echo "${DOCKER_CONFIG:-${HOME-}/.docker}/config.json"
}
