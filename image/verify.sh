#!/usr/bin/env bash
# Builds the image again from a revision of the source, and says whether a given one is that build:
# verify.sh [--rev REVISION] ARCHIVE|HOST/NAME:TAG
# The revision is by default the tag of VERSION. Every digest is compared; status 0 means that all are the same.
set -euo pipefail
shopt -s inherit_errexit

fail() {
	echo "image/verify.sh: $1" >&2
	exit 1
}

root=$(cd "$(dirname "$0")/.." && pwd)
version=v$(cat "$root/VERSION")
revision=$version
if [ "${1-}" = --rev ] && [ $# -ge 2 ]; then
	revision=$2
	shift 2
fi
[ $# -eq 1 ] || {
	echo "usage: image/verify.sh [--rev REVISION] ARCHIVE|HOST/NAME:TAG" >&2
	exit 2
}
given=$1
for tool in git make tar jq sha256sum; do
	command -v $tool >/dev/null || fail "$tool is missing; install it"
done

git() {
	command git -c safe.directory='*' -C "$root" "$@"
}
commit=$(git rev-parse --verify --quiet "$revision^{commit}") || {
	[ "$revision" != "$version" ] || fail "there is no tag $version here; name the revision that it was built from: REV=…"
	fail "there is no revision $revision here"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/given" "$work/source"

# An image layout is fetched whole, so that what is compared is content, not what somebody says of it.
name=localhost/pause tag=given
if [ -f "$given" ]; then
	tar -xf "$given" -C "$work/given"
	image=$(jq -r '.manifests[0].annotations["io.containerd.image.name"] // empty' "$work/given/index.json")
	name=${image%:*} tag=${image##*:}
else
	command -v skopeo >/dev/null || fail "skopeo is missing; install it"
	tls=true
	[[ ! $given =~ ^(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?/ ]] || tls=false
	skopeo copy --quiet --all --preserve-digests --src-tls-verify=$tls "docker://$given" "oci:$work/given:given" ||
		fail "$given is neither a file nor an image that can be pulled"
fi

# The nested index of an archive, or the one that skopeo has put into index.json.
index_of() {
	jq -r '.manifests[0].digest' "$1/index.json"
}
# What each digest stands for, and what its content really hashes to: listing LAYOUT
listing() {
	local digest platform manifest
	digest=$(index_of "$1")
	line "$1" index "$digest"
	while read -r platform manifest; do
		line "$1" "$platform manifest" "$manifest"
		line "$1" "$platform config" "$(jq -r .config.digest "$1/blobs/${manifest/://}")"
		line "$1" "$platform layer" "$(jq -r '.layers[].digest' "$1/blobs/${manifest/://}")"
	done < <(jq -r '.manifests[] | [
		(.platform | [.os, .architecture, .variant // empty] | join("/")), .digest] | join(" ")' \
		"$1/blobs/${digest/://}")
}
line() {
	printf '%s\tsha256:%s\n' "$2" "$(sha256sum <"$1/blobs/${3/://}" | cut -d ' ' -f 1)"
}
listing "$work/given" >"$work/given.list"

# They go through make, which would run a command that somebody wrote into an archive.
platforms=$(sed -n 's/ manifest\t.*//p' "$work/given.list" | paste -s -d ' ')

[[ $platforms =~ ^[a-z0-9/\ ]+$ ]] || fail "$given has no image index with platforms"
[[ $name:$tag =~ ^[A-Za-z0-9._:/-]+$ ]] || fail "$given has a name that is none: $name:$tag"

echo "building $platforms from $commit"
git archive "$commit" | tar -xf - -C "$work/source"
make -s -C "$work/source" image PLATFORMS="$platforms" NAME="$name" TAG="$tag" REVISION="$commit" \
	SOURCE_DATE_EPOCH="$(git log -1 --format=%ct "$commit")" >/dev/null
mkdir "$work/rebuilt"
tar -xf "$work/source/dist/pause.tar" -C "$work/rebuilt"
listing "$work/rebuilt" >"$work/rebuilt.list"

status=0
while IFS=$'\t' read -r what digest; do
	rebuilt=$(awk -F '\t' -v what="$what" '$1 == what { print $2 }' "$work/rebuilt.list")
	if [ "$digest" = "$rebuilt" ]; then
		printf 'same     %-24s %s\n' "$what" "$digest"
	else
		printf 'DIFFERS  %-24s %s, rebuilt %s\n' "$what" "$digest" "$rebuilt"
		status=1
	fi
done <"$work/given.list"
[ $status -eq 0 ] || fail "$given is not the build of $revision"
if [ -f "$given" ] && ! cmp -s "$given" "$work/source/dist/pause.tar"; then
	echo "The image is the same; the archive around it is not (other annotations, or another tool wrote it)."
fi
echo "$given is the build of $revision"
