# Reads what build.sh wrote: sourced by the scripts that take an archive, or an OCI layout's folder, as $archive.
# shellcheck shell=bash disable=SC2154 # $archive

fail() {
	echo "image/${0##*/}: $1" >&2
	exit 1
}

# need TOOL...
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || fail "$tool is missing; install it"
	done
}

# A file of the archive.
member() {
	if [ -d "$archive" ]; then cat "$archive/$1"; else tar -xOf "$archive" "$1"; fi
}

# What has a digest.
blob() {
	member "blobs/${1/://}"
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
