#!/usr/bin/env bash
# Builds the image again from a revision of the source, and says whether a given one is that build:
# verify.sh [--rev REVISION] ARCHIVE|HOST/NAME:TAG
# The revision is by default the tag of VERSION. Every digest is compared; status 0 means that all are the same.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"

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
need git make tar jq sha256sum

git() {
	command git -c safe.directory='*' -C "$root" "$@"
}
commit=$(git rev-parse --verify --quiet "$revision^{commit}") || {
	[ "$revision" != "$version" ] || fail "there is no tag $version here; name the revision that it was built from: REV=…"
	fail "there is no revision $revision here"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM # not every shell runs the trap above when it dies of these
mkdir "$work/source"

# An image in a registry is fetched whole: what is compared is content, not what somebody says of it.
name=localhost/pause tag=given archive=$given
if [ -f "$given" ]; then
	image=$(member index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"] // empty')
	name=${image%:*} tag=${image##*:}
else
	need skopeo
	archive=$work/given
	skopeo copy --quiet --all --preserve-digests --src-tls-verify="$(tls_verify "$given")" "docker://$given" \
		"oci:$archive:given" || fail "$given is neither a file nor an image that can be pulled"
fi

# What the archive consists of, and what that really hashes to.
listing() {
	local platform manifest
	line index "$(index_digest)"
	while read -r platform manifest _; do
		line "$platform manifest" "$manifest"
		line "$platform config" "$(blob "$manifest" | jq -r .config.digest)"
		line "$platform layer" "$(blob "$manifest" | jq -r '.layers[].digest')"
	done < <(platforms)
}
line() {
	printf '%s\tsha256:%s\n' "$1" "$(blob "$2" | sha256sum | cut -d ' ' -f 1)"
}
listing >"$work/given.list"

# They go through make, which would run a command that somebody wrote into an archive.
platforms=$(sed -n 's/ manifest\t.*//p' "$work/given.list" | paste -s -d ' ')
[[ $platforms =~ ^[a-z0-9/\ ]+$ ]] || fail "$given has no image index with platforms"
[[ $name:$tag =~ ^[A-Za-z0-9._:/-]+$ ]] || fail "$given has a name that is none: $name:$tag"

echo "building $platforms from $commit"
git archive "$commit" | tar -xf - -C "$work/source"
make -s -C "$work/source" image PLATFORMS="$platforms" NAME="$name" TAG="$tag" REVISION="$commit" \
	SOURCE_DATE_EPOCH="$(git log -1 --format=%ct "$commit")" >/dev/null
archive=$work/source/dist/pause.tar
listing >"$work/rebuilt.list"

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
if [ -f "$given" ] && ! cmp -s "$given" "$archive"; then
	echo "The image is the same; the archive around it is not (other annotations, or another tool wrote it)."
fi
echo "$given is the build of $revision"
