#!/usr/bin/env bash
# Says what an archive is made of: sbom.sh ARCHIVE
# Writes beside it, for pause.tar: pause.spdx.json (SPDX 2.3), pause.cdx.json (CycloneDX 1.5) and pause.intoto.json
# (in-toto statement, SLSA provenance). The same to the bit for the same archive, source and compiler.
# BUILDER, a URI, says who built it; SOURCE, a URL, where the source is.
set -euo pipefail
shopt -s inherit_errexit
[ $# -eq 1 ] || {
	echo "usage: image/sbom.sh ARCHIVE" >&2
	exit 2
}
archive=$(realpath -m "$1") base=${archive%.tar}
cd "$(dirname "$0")/.."
. image/archive.bash
umask 022

need tar gzip jq sha1sum sha256sum
[ -f "$archive" ] || fail "$archive is missing; run: make image"

work=$(mktemp -d)
trap 'rm -rf "$work" "$base".*.part' EXIT
trap 'exit 1' HUP INT TERM # not every shell runs the trap above when it dies of these
sum() {
	"$1"sum <"$2" | cut -d ' ' -f 1
}

# One line of facts a platform: its name, the image's date, the checksums of /pause as it is in the layer.
while read -r platform digest _; do
	read -r layer config < <(blob "$digest" | jq -r '"\(.layers[0].digest) \(.config.digest)"')
	blob "$layer" | gzip -dc | tar -xOf - pause >"$work/pause"
	blob "$config" | jq -c --arg platform "$platform" --arg sha1 "$(sum sha1 "$work/pause")" \
		--arg sha256 "$(sum sha256 "$work/pause")" '{$platform, created, $sha1, $sha256}'
done < <(platforms) >"$work/files"

# SPDX 2.3, clause 7.9: the SHA-1 of the files' SHA-1s.
verification_code=$(jq -r .sha1 "$work/files" | LC_ALL=C sort | tr -d '\n' | sha1sum | cut -d ' ' -f 1)

# All that the documents say.
jq -n --arg verification_code "$verification_code" \
	 --slurpfile files "$work/files" --slurpfile layout <(member index.json) --arg archive "$(basename "$archive")" \
	--arg archive_sha256 "$(sum sha256 "$archive")" --arg builder "${BUILDER-}" '
	$layout[0].manifests[0] as {$digest, $annotations}
	| ($annotations | with_entries(.key |= sub("org.opencontainers.image."; ""))) as $about
	| {
		$files,
		$about,
		$builder,
		$verification_code,
		name: $annotations["io.containerd.image.name"],
		created: $files[0].created,
		sha256: ($digest | sub("sha256:"; "")),
		purl: "pkg:oci/\($about.title)@\($digest | @uri)?tag=\($about["ref.name"])",
		archive: {name: $archive, sha256: $archive_sha256}
	}' >"$work/facts.json"

# document SUFFIX FILTER
document() {
	jq --from-file "image/$2.jq" "$work/facts.json" >"$base.$1.part"
	mv "$base.$1.part" "$base.$1"
	printf '%6d bytes  %s\n' "$(wc -c <"$base.$1")" "${base##*/}.$1"
}
document spdx.json spdx
document cdx.json cyclonedx
document intoto.json provenance
