# What the scripts here share. Those that read take an archive that build.sh wrote as $archive.
# shellcheck shell=bash disable=SC2154 # $archive

# shellcheck source=scripts/common.bash
. "${BASH_SOURCE[0]%/*}/../scripts/common.bash"

# A tar archive of these files with nothing of this machine in it: pack FOLDER MODE [OPTION...] FILE...
# Of tar's formats it is the one that versions 1.34 and 1.35 write alike.
pack() {
	tar -c -f - -C "$1" --format=gnu --blocking-factor=1 --owner=0 --group=0 --numeric-owner --mode="$2" \
		--mtime=@0 "${@:3}"
}

# Ends the script where $archive is no archive of an image.
is_archive() {
	[ ! -d "$archive" ] || fail "$archive is a folder; name an archive in it, as in ${archive%/}/pause.tar"
	[ -f "$archive" ] || fail "$archive is missing; run: make image"
	[[ $(index_digest 2>/dev/null) == sha256:* ]] ||
		fail "$archive is no archive of an image: it has no index.json that names one"
}

# A file of the archive.
member() {
	tar -xOf "$archive" "$1"
}

# What has a digest.
blob() {
	member "blobs/${1/://}"
}

# What index.json says of the image: annotation KEY
annotation() {
	member index.json | jq -r --arg key "$1" '.manifests[0].annotations[$key] // empty'
}

# What an archive is called: pause.internal/pause:0.1.0. An archive that build.sh did not write may say anything.
image_name() {
	local image
	image=$(annotation io.containerd.image.name)
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

# Where an image is in a registry, HOST/NAME. Without a dot or a port engines take the first part for one of a name on
# Docker Hub, which is never asked here.
is_repository() {
	[[ $1 != *://* ]] || fail "\"$1\" begins with ${1%%://*}://; leave that out"
	[[ $1 == */* && ${1%%/*} == @(*.*|*:*|localhost) ]] && is_name "$1"
}

# Asks the registry of HOST/NAME by skopeo, and passes the answer on. Where that fails, skopeo's own words say why:
# ask HOST/NAME ARGUMENT...
ask() {
	local said
	exec 3>&1
	said=$(skopeo "${@:2}" 2>&1 >&3) || {
		echo "skopeo: ${said##*msg=}" >&2
		[[ ! $said =~ 'connection refused'|'no such host' ]] ||
			echo "no registry answers at ${1%%/*}; is that its name and port?" >&2
		[[ ! $said =~ unauthorized|authentication|denied|credentials ]] || echo "log in with: skopeo login ${1%%/*}" >&2
		return 1
	}
}

# The digest of an image's index in a registry: registry_digest HOST/NAME:TAG
registry_digest() {
	ask "$1" inspect --raw --tls-verify="$(tls_verify "$1")" "docker://$1" | digest_of
}

# The digest of standard input.
digest_of() {
	local sum
	sum=$(sha256sum)
	echo "sha256:${sum%% *}"
}

# The digest of the index of all platforms.
index_digest() {
	member index.json | jq -r '.manifests[0].digest'
}

# For each platform of an index its name, and digest and size of its manifest: linux/arm/v7 sha256:… 401
entries() {
	jq -r '.manifests[] | "\(.platform | [.os, .architecture, .variant // empty] | join("/")) \(.digest) \(.size)"'
}
platforms() {
	blob "$(index_digest)" | entries
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
