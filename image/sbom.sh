#!/usr/bin/env bash
# Says what an archive is made of: sbom.sh ARCHIVE
# Writes beside it, for pause.tar: pause.spdx.json (SPDX 2.3) and pause.intoto.json (in-toto statement, SLSA
# provenance). The same to the bit for the same archive and compiler.
# BUILDER, a URI, says who built it. BUILD, by default build, has the commands that built the programs.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"
[ $# -eq 1 ] || usage ARCHIVE
archive=$(realpath -m "$1") base=${archive%.tar}
: "${BUILD:=build}"
cd "$(dirname "$0")/.."
umask 022

need tar gzip jq sha1sum sha256sum
[ -f "$archive" ] || fail "$archive is missing; run: make image"
image=$(image_name) || fail "$archive has no name that build.sh gave it"

work=$(mktemp -d)
trap 'rm -rf "$work" "$base".*.part' EXIT
sum() {
	"$1"sum <"$2" | cut -d ' ' -f 1
}

# One line of facts a platform: its name, the image's date, the checksums of /pause as it is in the layer.
while read -r platform digest _; do
	read -r layer config < <(blob "$digest" | jq -r '"\(.layers[0].digest) \(.config.digest)"')
	blob "$layer" | gzip -dc | tar -xOf - pause >"$work/pause"
	cmp -s "$work/pause" "$BUILD/${platform//\//-}/pause" ||
		fail "$BUILD/${platform//\//-}/pause is not the one in $archive: what that was built by is not known here"
	blob "$config" | jq -c --arg platform "$platform" --arg sha1 "$(sum sha1 "$work/pause")" \
		--arg sha256 "$(sum sha256 "$work/pause")" '{$platform, created, $sha1, $sha256}'
done < <(platforms) >"$work/files"

# What built it, by its own words. A program's command names the compiler, which runs its linker; a compiler that is gone
# since then cannot say what it was.
says() {
	local words
	words=$("${@:2}" 2>/dev/null) || {
		echo "image/sbom.sh: the $1 cannot say its version; the provenance has it as unknown" >&2
		words=unknown
	}
	jq -n --arg tool "$1" --arg version "${words%%$'\n'*}" '{($tool): $version}' >>"$work/built_by"
}
says tar tar --version
says gzip gzip --version
while read -r platform _; do
	cat "$BUILD/${platform//\//-}/command"
done < <(platforms) | sort -u -t ' ' -k 1,1 >"$work/commands"
while read -r command; do
	says "compiler ${command%% *}" "${command%% *}" --version
	says "linker of ${command%% *}" sh -c "$command -Wl,--version -o /dev/null"
done <"$work/commands"

# SPDX 2.3, clause 7.9: the SHA-1 of the files' SHA-1s.
verification_code=$(jq -r .sha1 "$work/files" | LC_ALL=C sort | tr -d '\n' | sha1sum | cut -d ' ' -f 1)

# All that the documents say. A tree with changes of its own is no commit.
jq -nS --slurpfile files "$work/files" --slurpfile built_by "$work/built_by" --slurpfile layout <(member index.json) \
	--arg verification_code "$verification_code" --arg archive "$(basename "$archive")" \
	--arg archive_sha256 "$(sum sha256 "$archive")" --arg builder "${BUILDER-}" --arg name "${image%:*}" '
	$layout[0].manifests[0] as {$digest, $annotations}
	| ($annotations | with_entries(.key |= sub("org.opencontainers.image."; ""))) as $about
	| {
		$files,
		$about,
		$name,
		$builder,
		$verification_code,
		built_by: ($built_by | add),
		commit: ($about.revision // "" | if contains("-") then "" else . end),
		created: $files[0].created,
		sha256: ($digest | sub("sha256:"; "")),
		purl: "pkg:oci/\($name | sub(".*/"; ""))@\($digest)",
		archive: {name: $archive, sha256: $archive_sha256}
	}
	| .purl += "?repository_url=\($name | @uri | gsub("%3A"; ":"))&tag=\($about["ref.name"])"' >"$work/facts.json"

# Other facts make another document, and a document has an identity of its own: document SUFFIX FILTER
identity=$(sum sha256 "$work/facts.json")
document() {
	jq --arg identity "$identity" --from-file "image/$2.jq" "$work/facts.json" >"$base.$1.part"
	mv "$base.$1.part" "$base.$1"
	printf '%6d bytes  %s\n' "$(wc -c <"$base.$1")" "${base##*/}.$1"
}
document spdx.json spdx
document intoto.json provenance
