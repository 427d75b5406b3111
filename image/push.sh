#!/usr/bin/env bash
# Pushes an archive's image, all platforms, digests unchanged: push.sh [--dry-run] ARCHIVE HOST/NAME TAG
# skopeo finds the credentials where podman and docker keep them: `skopeo login HOST`, REGISTRY_AUTH_FILE.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"

dry_run=
[ "${1-}" != --dry-run ] || { dry_run=1 && shift; }
[ $# -eq 3 ] || usage '[--dry-run] ARCHIVE HOST/NAME TAG'
archive=$1 repository=$2 tag=$3
is_repository "$repository" || fail "REGISTRY \"$repository\" is not HOST/NAME, as in registry.example.org/pause"
need tar jq skopeo sha256sum
is_archive

digest=$(index_digest)
echo "$repository:$tag"
printf '%-16s %6d  %s\n' index "$(blob "$digest" | wc -c)" "$digest"
platforms | while read -r platform manifest size; do
	printf '%-16s %6d  %s\n' "$platform" "$size" "$manifest"
	blob "$manifest" | jq -r '(.config, .layers[]) | "\(.size) \(.digest)"' |
		while read -r size blob; do printf '%-16s %6d  %s\n' '' "$size" "$blob"; done
done
[ -z "$dry_run" ] || exit 0

tls=$(tls_verify "$repository")
ask "$repository" copy --quiet --all --preserve-digests --dest-tls-verify="$tls" "oci-archive:$archive" \
	"docker://$repository:$tag" || fail "$repository:$tag was not pushed"
there=$(registry_digest "$repository:$tag") || fail "$repository:$tag was pushed, and cannot be read again"
[ "$there" = "$digest" ] || fail "$repository:$tag has another digest there: $there"
echo "pushed $repository:$tag@$digest"
