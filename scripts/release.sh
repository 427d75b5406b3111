#!/usr/bin/env bash
# Says whether this tree is the release that VERSION names: release.sh
# Status 0: nothing differs from the commit, the commit has the version's tag, and changelog and pages say that version.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.bash
version=$(cat VERSION)

[ $# -eq 0 ] || usage ''

changes=$(git status --porcelain) || fail "a release is made from a clone of the repository"
[ -z "$changes" ] || fail "the tree differs from its commit; commit or remove:"$'\n'"$changes"
[ "$(git rev-parse HEAD)" = "$(git rev-parse --quiet --verify "v$version^{commit}")" ] ||
	fail "VERSION is $version, and this commit has no tag v$version"
grep -qF "## [$version]" CHANGELOG.md || fail "CHANGELOG.md has no section for $version"
# Of this project's image: pages name other pause images, too.
others=$(git grep -nE '(pause\.internal|registry\.example\.org)/pause:[0-9]+\.[0-9]+\.[0-9]+' -- '*.md' examples |
	grep -vE "pause:${version//./\\.}($|[^0-9])") || true
[ -z "$others" ] || fail "VERSION is $version, and these say another:"$'\n'"$others"
echo "v$version, $(git rev-parse HEAD)"
