#!/usr/bin/env bash
# Says what is being built: commit.sh time | hash
# The time, in seconds since 1970: SOURCE_DATE_EPOCH, or that of the last commit. The commit's hash: REVISION, or git's,
# with "-dirty" where files differ from it; either may be empty. A copy of the files that is neither a repository nor made
# by `git archive` has time 0, and no hash. Status 1 where a repository cannot be read, and 2 for a time that no image can
# have: it is written as in RFC 3339, whose years have four digits.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.bash

# Without the .git of its own, the folder may lie in another project's repository.
git() {
	command git -c safe.directory='*' "$@"
}
is_repository() {
	[ -e .git ] || return 1
	type -P git >/dev/null || fail "git is missing, and it alone can say which commit this is; install it"
}

# .gitattributes has `git archive` fill this in.
# shellcheck disable=SC2016 # git's, not the shell's
archived='$Format:%ct %H$'
[[ $archived =~ ^[0-9]+\ [0-9a-f]{40}$ ]] || archived='0 '

case ${1-} in
time)
	if [ -n "${SOURCE_DATE_EPOCH+set}" ]; then
		# 9999-12-31T23:59:59Z
		if [[ ! $SOURCE_DATE_EPOCH =~ ^(0|[1-9][0-9]{0,11})$ ]] || [ "$SOURCE_DATE_EPOCH" -gt 253402300799 ]; then
			echo "scripts/commit.sh: SOURCE_DATE_EPOCH \"$SOURCE_DATE_EPOCH\" is not a number of seconds from 1970 to 9999" >&2
			exit 2
		fi
		echo "$SOURCE_DATE_EPOCH"
	elif is_repository; then
		git log -1 --format=%ct
	else
		echo "${archived% *}"
	fi
	;;
hash)
	if [ -n "${REVISION+set}" ]; then
		echo "$REVISION"
	elif is_repository; then
		git describe --always --abbrev=40 --dirty --exclude='*'
	else
		echo "${archived#* }"
	fi
	;;
*) usage 'time|hash' ;;
esac
