#!/usr/bin/env bash
# Builds the image again from a commit of the source, and says whether a given one is that build:
#   verify.sh [--rev REVISION] ARCHIVE|HOST/NAME:TAG
# The commit is by default the one that the archive names, else the tag of VERSION. An archive of build.sh must be the
# same to the bit. Of an image in a registry the digest of its index is compared, which covers all of it; an archive that
# another tool wrote must hold that image and nothing else. Status 0 means the same. What is verified is only read.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"
root=$(cd "$(dirname "$0")/.." && pwd)
revision=
[[ ${1-} != --rev || $# -lt 2 ]] || { revision=$2 && shift 2; }
[ $# -eq 1 ] || usage '[--rev REVISION] ARCHIVE|HOST/NAME:TAG'
given=$1 archive=$1 name=pause.internal/pause tag=given source='' ours='' named='' oci=org.opencontainers.image
need git make tar jq sha256sum diff
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [[ ! -e $given && $given != *.tar && $given != */ ]]; then
	archive=
	repository=$(sed -E 's/(@sha256:[0-9a-f]{64}|:[^:/]+)$//' <<<"$given")
	{ is_repository "$repository" && [ "$repository" != "$given" ]; } || fail "IMAGE \"$given\" is neither a file nor HOST/NAME:TAG"
	need skopeo
	ask "$given" inspect --raw --tls-verify="$(tls_verify "$given")" "docker://$given" >"$work/index" ||
		fail "$given cannot be read"
	digest=$(digest_of <"$work/index")
else
	is_archive
	digest=$(index_digest)
	blob "$digest" >"$work/index" 2>/dev/null || fail "$given has no file of its index, $digest"
	if image=$(image_name); then
		ours=1 name=${image%:*} tag=${image##*:} source=$(annotation $oci.source) named=$(annotation $oci.revision)
	fi
fi
# They go through make, which would run a command that somebody wrote into an archive.
platforms=$(entries <"$work/index" 2>/dev/null | cut -d ' ' -f 1 | paste -s -d ' ') || true
[[ $platforms =~ ^[a-z0-9/\ ]+$ ]] || fail "$given has no image index with platforms"

# git also in a folder of somebody else's.
git() {
	command git -c safe.directory='*' -C "$root" "$@"
}
if [ -z "$revision" ] && [ -n "$named" ]; then
	[[ $named =~ ^[0-9a-f]{40}$ ]] || fail "$given was built from a tree with changes of its own: $named"
	revision=$named
	echo "building the commit that $given names; another one: REV=…"
fi
: "${revision:=v$(cat "$root/VERSION")}"
commit=$(git rev-parse --verify --quiet --end-of-options "$revision^{commit}") ||
	fail "there is no $revision in this repository; name what it was built from: REV=…"

# Nothing that was set for this make may reach the other: with its DIST it would write over what is verified.
echo "building $platforms from $commit"
mkdir "$work/source"
git archive "$commit" | tar -xf - -C "$work/source"
env -i PATH="$PATH" TMPDIR="${TMPDIR-/tmp}" SOURCE="$source" \
	make -s -C "$work/source" image PLATFORMS="$platforms" NAME="$name" TAG="$tag" >/dev/null ||
	fail "$commit does not build"
rebuilt=$work/source/dist/pause.tar

files() {
	tar -tf "$1" | grep -v '/$' | sort
}
# Archives have a digest for all that is in them, and the image in them has its own, which registries know.
differs() {
	{
		echo "image/verify.sh: $given is not the build of $commit: $1"
		echo "given    $digest${archive:+, the archive $(digest_of <"$given")}"
		echo "rebuilt  $(archive=$rebuilt index_digest)${archive:+, the archive $(digest_of <"$rebuilt")}"
		echo "To see what differs, copy the image into an archive (skopeo copy --all), build that commit (make image," \
			"with its NAME, TAG and SOURCE), and run: diffoscope GIVEN.tar dist/pause.tar"
	} >&2
	exit 1
}
[ "$digest" = "$(archive=$rebuilt index_digest)" ] || differs "another image"
if [ "$ours" ]; then
	cmp -s "$given" "$rebuilt" || differs "the archive has other bytes"
elif [ "$archive" ]; then
	mkdir "$work/given" "$work/rebuilt"
	tar -xf "$given" -C "$work/given" && tar -xf "$rebuilt" -C "$work/rebuilt"
	diff -r --no-dereference "$work/given/blobs" "$work/rebuilt/blobs" >/dev/null || differs "other blobs"
	[ "$(jq -c '[.manifests[].digest]' "$work/given/index.json")" = "[\"$digest\"]" ] || differs "more images"
	diff <(files "$given") <(files "$rebuilt" | grep -v '^manifest.json$') >/dev/null || differs "other files in the archive"
	echo "another tool wrote the archive; it holds that image and nothing else"
fi
archive=$rebuilt
platforms | while read -r platform manifest _; do
	printf 'image ID of %-15s %s\n' "$platform" "$(blob "$manifest" | jq -r .config.digest)"
done
echo "$given is the build of $commit: $digest"
