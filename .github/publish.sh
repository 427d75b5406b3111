#!/usr/bin/env bash
# What release.yml does with dist/ when it is built: publish.sh SUM...
# Each SUM is what another build's SHA256SUMS hashes to. REGISTRY (ghcr.io) and SIGN (keyless) are others in the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=image/archive.bash
. image/archive.bash

ours=$(sha256sum <dist/SHA256SUMS)
for sum; do
	[ "$sum" = "$ours" ] || fail "two builds differ: $sum, and here $ours"
done
version=$(cat VERSION) image=${REGISTRY:=ghcr.io}/${GITHUB_REPOSITORY_OWNER,,}/pause

for tool in cosign oras; do
	folder=$(tests/tools/fetch-deb.sh "$tool:$(dpkg --print-architecture)/trixie" "./usr/bin/$tool")
	PATH=$folder/usr/bin:$PATH
done
export REGISTRY_AUTH_FILE=$RUNNER_TEMP/auth.json
skopeo login --tls-verify="$(tls_verify "$image")" -u "$GITHUB_ACTOR" --password-stdin "$REGISTRY" <<<"$GH_TOKEN"
image/push.sh dist/pause.tar "$image" "$version"
image/referrers.sh dist/pause.tar "$image" "${SIGN:=keyless}"

# Before anybody is told: as docs/image.md has it for the users.
[ "$SIGN" != keyless ] || cosign verify-attestation --new-bundle-format --type slsaprovenance1 \
	--certificate-oidc-issuer https://token.actions.githubusercontent.com \
	--certificate-identity "$GITHUB_SERVER_URL/$GITHUB_WORKFLOW_REF" "$image:$version" >/dev/null
gh release create "v$version" --repo "$GITHUB_REPOSITORY" --verify-tag --title "v$version" \
	--notes "$(sed -n "/^## \[$version\]/,/^## /{/^## /!p}" CHANGELOG.md)" dist/*
