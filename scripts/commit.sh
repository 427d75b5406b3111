#!/usr/bin/env bash
# Says what is being built: commit.sh time | hash
# The time of the last commit, in seconds since 1970; the commit's hash, with "-dirty" where files differ from it. A copy
# of the files that is neither a repository nor made by `git archive` has time 0, and no hash.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder may belong to somebody else, or lie in another project's repository.
git() {
	command git -c safe.directory='*' "$@"
}
in_git() {
	command -v git >/dev/null && [[ $(git rev-parse --show-prefix 2>/dev/null || echo none) == "" ]]
}

# .gitattributes has `git archive` fill this in.
# shellcheck disable=SC2016 # git's, not the shell's
archived='$Format:%ct %H$'
[[ $archived =~ ^[0-9]+\ [0-9a-f]{40}$ ]] || archived='0 '

case ${1-} in
time) if in_git; then git log -1 --format=%ct; else echo "${archived% *}"; fi ;;
hash) if in_git; then git describe --always --abbrev=40 --dirty --exclude='*'; else echo "${archived#* }"; fi ;;
*)
	echo "usage: commit.sh time|hash" >&2
	exit 2
	;;
esac
