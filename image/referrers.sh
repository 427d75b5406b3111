#!/usr/bin/env bash
# Attaches to an image in a registry what sbom.sh wrote beside its archive: referrers.sh ARCHIVE HOST/NAME [KEY|keyless]
# With KEY or keyless also cosign's bundles, of the image and of both documents. Done again, it changes nothing.
# oras attach does it for the bundles, too: cosign 2.5.0 and 3.1.1 attach one more with each `cosign attest`, and where a
# registry has no referrers API, it is listed with the type application/vnd.oci.empty.v1+json. A cosign that does neither
# can take the place of `sign` below.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"

[[ $# == [23] ]] || usage 'ARCHIVE HOST/NAME [KEY|keyless]'
archive=$1 repository=$2 signer=${3-} base=${1%.tar}
is_repository "$repository" || fail "REGISTRY \"$repository\" is not HOST/NAME, as in registry.example.org/pause"
need jq oras sha256sum
is_archive
digest=$(index_digest)
[[ -f $base.spdx.json && $(jq -r '.subject[0].digest.sha256' "$base.intoto.json") == "${digest#*:}" ]] ||
	fail "there are no documents of $archive beside it; run: make sbom"
options=(--registry-config "$(auth_file)")
[ "$(tls_verify "$repository")" = true ] || options+=(--plain-http)
created=$(jq -r .creationInfo.created "$base.spdx.json")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$base.spdx.json" "$work/pause.spdx.json"
cp "$base.intoto.json" "$work/pause.intoto.json"
[ ! -f "$signer" ] || signer=$(realpath "$signer")
archive=$(realpath "$archive")
cd "$work"

# attach TYPE FILE [ANNOTATION...]; with the date of the image, the same file is the same manifest.
attach() {
	local annotation annotations=()
	for annotation in "org.opencontainers.image.created=$created" "${@:3}"; do
		annotations+=(--annotation "$annotation")
	done
	oras attach --no-tty "${options[@]}" --artifact-type "$1" "${annotations[@]}" "$repository@$digest" "$2:$1" >/dev/null ||
		fail "$2 was not attached to $repository@$digest; is it there?"
	echo "attached $2"
}
# A statement about the image as cosign's bundle, unless one of the same by the same key is there. A signature is never
# the same twice: what it is of is said beside it. The bundle has the digest of the file that cosign is given, which is
# the image's index: sign TYPE PREDICATE BUNDLE
sign() {
	local signs
	signs=$(cat "$2" key <(echo "$1") | digest_of)
	! grep -qF "$signs" attached || return 0
	cosign attest-blob --yes "${by[@]}" --type "$1" --predicate "$2" --bundle "$3" index >/dev/null ||
		fail "cosign signed nothing"
	attach application/vnd.dev.sigstore.bundle.v0.3+json "$3" "pause.signs=$signs" \
		dev.sigstore.bundle.content=dsse-envelope "dev.sigstore.bundle.predicateType=$(jq -r .dsseEnvelope.payload "$3" |
			base64 -d | jq -r .predicateType)"
}

attach application/spdx+json pause.spdx.json
attach application/vnd.in-toto+json pause.intoto.json
[ -n "$signer" ] || exit 0

# How cosign, since 3.0 or before, signs with a key, without a public log, or without one.
need cosign base64
by=() signing_config=
[[ $(cosign attest-blob --help) != *--use-signing-config* ]] || signing_config=1
if [ "$signer" = keyless ]; then
	echo keyless >key
else
	by=(--key "$signer" --tlog-upload=false ${signing_config:+--use-signing-config=false})
	cosign public-key --key "$signer" >key || fail "cosign cannot read the key $signer"
fi
[ "$signing_config" ] || by+=(--new-bundle-format)
oras discover "${options[@]}" --format json "$repository@$digest" >attached
printf '{}' >empty
blob "$digest" >index
jq .predicate pause.intoto.json >provenance
sign https://sigstore.dev/cosign/sign/v1 empty pause.sigstore.json
sign spdxjson pause.spdx.json pause.spdx.sigstore.json
sign https://slsa.dev/provenance/v1 provenance pause.intoto.sigstore.json
