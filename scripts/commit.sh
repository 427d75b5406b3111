#!/usr/bin/env bash
# Says what is being built: commit.sh time | hash
# The time of the last commit, in seconds since 1970, or without git, that of VERSION; the commit's hash, "-dirty" where
# files differ from it, or nothing without git.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder may belong to somebody else, or lie in another project's repository.
git() {
	command git -c safe.directory='*' "$@"
}
in_git() {
	command -v git >/dev/null && [[ $(git rev-parse --show-prefix 2>/dev/null || echo none) == "" ]]
}

case ${1-} in
time) if in_git; then git log -1 --format=%ct; else stat -c %Y VERSION; fi ;;
hash) if in_git; then git describe --always --abbrev=40 --dirty --exclude='*'; fi ;;
*)
	echo "usage: commit.sh time|hash" >&2
	exit 2
	;;
esac
