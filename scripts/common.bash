# What the scripts of this project share: . scripts/common.bash
# shellcheck shell=bash
shopt -s inherit_errexit
# Before a signal ends the script, bash waits for the program that it runs: that one could write what `trap … EXIT` has
# just removed.
trap 'exit 1' HUP INT TERM

# Ends the script with status 1: fail MESSAGE
fail() {
	echo "${0#"${0%/*/*}/"}: $1" >&2
	exit 1
}

# Ends the script with status 2: usage ARGUMENTS
usage() {
	echo "usage: ${0#"${0%/*/*}/"} $1" >&2
	exit 2
}

# need TOOL...
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || fail "$tool is missing; install it"
	done
}

# Prints the path of NAME in a folder of the cache. What is not there is made, whole or not at all, by MAKE FOLDER, which
# fills an empty folder. One process does so at a time; the others wait, and find it: cached FOLDER NAME MAKE
# Not behind || or in a condition, where bash goes on after errors in MAKE.
cached() {
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/pause/$1 lock
	if [ ! -e "$cache/$2" ]; then
		mkdir -p "$(dirname "$cache/$2")"
		exec {lock}<"$cache"
		flock "$lock"
		if [ ! -e "$cache/$2" ]; then
			new=$(mktemp -d "$cache/new.XXXXXX")
			chmod 755 "$new"
			trap 'rm -rf "$new"' EXIT
			"$3" "$new" >&2
			mv "$new" "$cache/$2"
		fi
		exec {lock}<&-
	fi
	echo "$cache/$2"
}
