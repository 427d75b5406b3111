#!/usr/bin/env bash
# Builds the image again from a revision of the source, and says whether a given one is that build:
# verify.sh [--rev REVISION] ARCHIVE|HOST/NAME:TAG
# The revision is by default the tag of VERSION. All that the image consists of is compared, and an archive must be the
# same to the bit; status 0 means that it is. What is verified is only read.
set -euo pipefail
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
mkdir "$work/source"

# An image in a registry is fetched whole: what is compared is content, not what somebody says of it.
archive=$given
if [ ! -f "$given" ]; then
	[[ $given != *.tar ]] || fail "$given is missing; run: make image"
	need skopeo
	archive=$work/given
	skopeo copy --quiet --all --preserve-digests --src-tls-verify="$(tls_verify "$given")" "docker://$given" \
		"oci:$archive:given" || fail "$given is neither a file nor an image that can be pulled"
fi
[ "$(member index.json 2>/dev/null | jq -r '.manifests[0].digest' 2>/dev/null)" ] ||
	fail "$given is no archive of an image: it has no index.json that names one"

# Ours has the name; what another tool wrote around an image, here or in a registry, is not ours to compare.
name=pause.internal/pause tag=given source='' ours=''
if image=$(image_name); then
	name=${image%:*} tag=${image##*:} ours=1
	source=$(member index.json | jq -r '.manifests[0].annotations["org.opencontainers.image.source"] // empty')
fi

# The parts of the image: name, place and what is there really hashes to.
parts() {
	local platform manifest what digest
	part index "$(index_digest)"
	while read -r platform manifest _; do
		part "$platform manifest" "$manifest"
		while read -r what digest; do
			part "$platform $what" "$digest"
		done < <(blob "$manifest" | jq -r '"config \(.config.digest)", (.layers[] | "layer \(.digest)")')
	done < <(platforms)
}
part() {
	printf '%s\tblobs/%s\tsha256:%s\n' "$1" "${2/://}" "$(blob "$2" | sha256sum | cut -d ' ' -f 1)"
}
members() {
	if [ -d "$archive" ]; then (cd "$archive" && find -- * -type f); else tar -tf "$archive" | grep -v '/$'; fi
}
entries() {
	member index.json | jq -c '.manifests | map({mediaType, digest, size})'
}
parts >"$work/parts"
members | sort >"$work/members"
entries >"$work/entries"

# They go through make, which would run a command that somebody wrote into an archive.
platforms=$(sed -n 's/ manifest\t.*//p' "$work/parts" | paste -s -d ' ')
[[ $platforms =~ ^[a-z0-9/\ ]+$ ]] || fail "$given has no image index with platforms"

# Nothing that was set for this make may reach the other: with its DIST it would write over what is verified.
echo "building $platforms from $commit"
git archive "$commit" | tar -xf - -C "$work/source"
env -i PATH="$PATH" TMPDIR="${TMPDIR-/tmp}" SOURCE="$source" \
	make -s -C "$work/source" image PLATFORMS="$platforms" NAME="$name" TAG="$tag" >/dev/null
archive=$work/source/dist/pause.tar
parts >"$work/rebuilt.parts"

status=0
differs() {
	printf 'DIFFERS  %s\n' "$1"
	status=1
}
while IFS=$'\t' read -r what _ digest; do
	rebuilt=$(awk -F '\t' -v what="$what" '$1 == what { print $3 }' "$work/rebuilt.parts")
	if [ "$digest" = "$rebuilt" ]; then
		printf 'same     %-24s %s\n' "$what" "$digest"
	else
		differs "$(printf '%-24s %s, rebuilt %s' "$what" "$digest" "$rebuilt")"
	fi
done <"$work/parts"
entries | cmp -s - "$work/entries" || differs "index.json names $(jq length "$work/entries") images, not this one alone"

# What the image does not lead to has no business here: docker load, for one, reads manifest.json alone.
{
	printf '%s\n' index.json oci-layout ${ours:+manifest.json}
	cut -f 2 "$work/parts" | sort -u
} | sort | comm -13 - "$work/members" >"$work/added"
while read -r member; do differs "$member is not of the image"; done <"$work/added"

if [ "$ours" ]; then
	for member in manifest.json index.json; do
		diff <(archive=$given member $member | jq -S .) <(member $member | jq -S .) >"$work/diff" ||
			differs "$member, of which < is given and > rebuilt:"$'\n'"$(grep '^[<>]' "$work/diff")"
	done
	[ $status -ne 0 ] || cmp -s "$given" "$archive" || differs "$given: another tool put the same members into it"
fi
[ $status -eq 0 ] || fail "$given is not the build of $revision"
[ "$ours" ] || [ ! -f "$given" ] || echo "Another tool wrote this archive; the image in it is the same, and nothing else is in it."
echo "$given is the build of $revision"
