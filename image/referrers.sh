#!/usr/bin/env bash
# What refers to an image in a registry: bill of materials and provenance, and, signed by cosign, the image and both.
#   referrers.sh attach ARCHIVE HOST/NAME [KEY|keyless]   what sbom.sh wrote beside ARCHIVE, in place of what was there
#   referrers.sh remove HOST/NAME TAG                     the image under all of its tags, and all that refers to it
# Each is a manifest whose subject is the image's index. They stand in an index of their own, under the tag by which
# clients find them in a registry without the referrers API: what writes that tag replaces them all at once. That index
# is written here: oras attach and cosign push one for every referrer, and cosign's says nothing of their types.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"

usage() {
	sed -n 's/^#   /usage: image\//p' "$0" >&2
	exit 2
}
need jq oras sha256sum

# Ours are known by their titles.
ours='(.annotations["org.opencontainers.image.title"] // "" |
	test("^pause\\.([a-z]+\\.)?(sigstore|spdx|intoto)\\.json$"))'

# oras on the repository, with what skopeo login has kept: at COMMAND... TAG|@DIGEST
at() {
	local reference=${*: -1}
	[[ $reference == @* ]] || reference=:$reference
	oras "${@:1:$#-1}" "${options[@]/#/--}" "$repository$reference"
}
# What is under a tag, or nothing: raw TAG
raw() {
	oras repo tags "${options[@]/#/--}" "$repository" >"$work/tags" || fail "$repository cannot be read"
	! grep -qxF -- "$1" "$work/tags" || at manifest fetch "$1"
}
# oras would write the index that stands for the API anew, were it not told that it need not.
delete() {
	at manifest delete --force --distribution-spec v1.1-referrers-api "@$1"
}
digest_of() {
	echo "sha256:$(sha256sum <"$1" | cut -d ' ' -f 1)"
}

# A file as a blob, and what names it: blob_of MEDIA_TYPE FILE
blob_of() {
	local digest
	digest=$(digest_of "$2")
	cp "$2" "$layout/blobs/${digest/://}"
	jq -nc --arg type "$1" --arg digest "$digest" --argjson size "$(wc -c <"$2")" '{mediaType: $type, $digest, $size}'
}

# One more referrer, of which the index has the annotations, too: refer TYPE FILE [ANNOTATIONS]
refer() {
	local annotations
	annotations=$(jq -nc --arg title "${2##*/}" --arg created "$created" --argjson more "${3:-{\}}" \
		'{"org.opencontainers.image.title": $title, "org.opencontainers.image.created": $created} + $more')
	jq -nc --arg type "$1" --argjson layer "$(blob_of "$1" "$2")" --argjson config "$(blob_of "$empty" "$work/empty")" \
		--argjson subject "$subject" --argjson annotations "$annotations" '{
			schemaVersion: 2,
			mediaType: "application/vnd.oci.image.manifest.v1+json",
			artifactType: $type,
			$config,
			layers: [$layer + {annotations: ($annotations | with_entries(select(.key | endswith(".title"))))}],
			$subject,
			$annotations
		}' >"$work/manifest"
	blob_of application/vnd.oci.image.manifest.v1+json "$work/manifest" |
		jq -c --arg type "$1" --argjson annotations "$annotations" '. + {artifactType: $type, $annotations}' \
			>>"$work/referrers"
	printf '%6d  %s  %s\n' "$(wc -c <"$2")" "$(tail -n 1 "$work/referrers" | jq -r .digest)" "${2##*/}"
}

# A predicate about the image as cosign's bundle; its statement has the digest of the file that it is given, which is
# the image's index: sign TYPE PREDICATE TITLE
sign() {
	cosign attest-blob --yes "${by[@]}" --type "$1" --predicate "$2" --bundle "$work/$3" "$work/pause" >/dev/null ||
		fail "cosign signed nothing"
	refer application/vnd.dev.sigstore.bundle.v0.3+json "$work/$3" "$(jq -r .dsseEnvelope.payload "$work/$3" |
		base64 -d | jq -c '{"dev.sigstore.bundle.content": "dsse-envelope",
			"dev.sigstore.bundle.predicateType": .predicateType}')"
}

# How cosign, since 3.0 or before, signs with a key, without a public log, or without one: signer KEY|keyless
signer() {
	local since_3=
	[[ $(cosign attest-blob --help) != *--use-signing-config* ]] || since_3=1
	[ "$1" = keyless ] || by=(--key "$1" --tlog-upload=false ${since_3:+--use-signing-config=false})
	[ "$since_3" ] || by+=(--new-bundle-format)
}

attach() {
	local base=${archive%.tar} digest empty=application/vnd.oci.empty.v1+json layout=$work/layout created subject tag by=()
	digest=$(index_digest)
	[[ -f $base.spdx.json && $(jq -r '.subject[0].digest.sha256' "$base.intoto.json") == "${digest#*:}" ]] ||
		fail "there are no documents of $archive beside it; run: make sbom"
	created=$(jq -r .creationInfo.created "$base.spdx.json")
	subject=$(member index.json | jq -c '.manifests[0] | {mediaType, digest, size}')
	mkdir -p "$layout/blobs/sha256"
	cp "$base.spdx.json" "$work/pause.spdx.json"
	cp "$base.intoto.json" "$work/pause.intoto.json"
	printf '{}' >"$work/empty"

	refer application/spdx+json "$work/pause.spdx.json"
	refer application/vnd.in-toto+json "$work/pause.intoto.json"
	if [ -n "$1" ]; then
		need cosign base64
		blob "$digest" >"$work/pause"
		jq .predicate "$base.intoto.json" >"$work/predicate"
		signer "$1"
		sign https://sigstore.dev/cosign/sign/v1 "$work/empty" pause.sigstore.json
		sign spdxjson "$base.spdx.json" pause.spdx.sigstore.json
		sign https://slsa.dev/provenance/v1 "$work/predicate" pause.intoto.sigstore.json
	fi

	# What somebody else attached stays.
	tag=${digest/:/-}
	raw "$tag" >"$work/before"
	[ ! -s "$work/before" ] || jq -c ".manifests[] | select($ours | not)" "$work/before" >>"$work/referrers"
	jq -c --slurp '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' \
		"$work/referrers" >"$work/index"
	blob_of application/vnd.oci.image.index.v1+json "$work/index" |
		jq -c '. + {annotations: {"org.opencontainers.image.ref.name": "all"}} | {schemaVersion: 2, manifests: [.]}' \
			>"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	oras cp --no-tty --from-oci-layout "$layout:all" "${options[@]/#/--to-}" --to-distribution-spec v1.1-referrers-api \
		"$repository:$tag" >/dev/null || fail "nothing was attached to $repository@$digest; is it there?"

	if [ -s "$work/before" ]; then
		{
			digest_of "$work/before"
			jq -r ".manifests[] | select($ours).digest" "$work/before"
		} | grep -vxF -f <(jq -r .digest "$work/referrers" && digest_of "$work/index") | while read -r old; do
			delete "$old" >/dev/null 2>&1 || echo "$repository keeps $old, to which nothing leads any more"
		done || true
	fi
	echo "attached to $repository@$digest"
}

# Platforms that another tag has, too, stay. A registry may have to be told that it may delete.
remove() {
	local image digest other
	at manifest fetch "$1" >"$work/image" || fail "$repository has no $1"
	digest=$(digest_of "$work/image")
	raw "${digest/:/-}" >"$work/referrers"
	while read -r other; do
		at manifest fetch "$other" >"$work/other"
		[[ $(digest_of "$work/other") == "$digest" ]] || jq -r '.manifests[]?.digest' "$work/other"
	done <"$work/tags" >"$work/others"
	{
		[ ! -s "$work/referrers" ] || digest_of "$work/referrers"
		[ ! -s "$work/referrers" ] || jq -r '.manifests[].digest' "$work/referrers"
		echo "$digest"
		jq -r '.manifests[]?.digest' "$work/image" | grep -vxF -f "$work/others" || true
	} | while read -r digest; do
		delete "$digest" >/dev/null || fail "$repository does not let $digest be deleted"
		echo "removed $repository@$digest"
	done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case "${1-} $#" in
"attach "[34]) archive=$2 repository=$3 ;;
"remove 3") repository=$2 ;;
*) usage ;;
esac
[[ $repository == */* ]] || fail "REGISTRY \"$repository\" is not HOST/NAME, as in registry.example.org/pause"
options=(registry-config="$(auth_file)")
[ "$(tls_verify "$repository")" = true ] || options+=(plain-http)
if [ "$1" = attach ]; then attach "${4-}"; else remove "$3"; fi
