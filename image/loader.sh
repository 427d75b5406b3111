#!/usr/bin/env bash
# Writes load-pause.sh with the image of an archive inside: loader.sh ARCHIVE SCRIPT
# It carries the layers; the config, which is much the same for all platforms, it puts together where it runs.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"
[ $# -eq 2 ] || {
	echo "usage: image/loader.sh ARCHIVE SCRIPT" >&2
	exit 2
}
archive=$1 script=$2
unset TAR_OPTIONS GZIP
export LC_ALL=C
umask 022

need tar gzip base64 sha256sum sed jq
[ -f "$archive" ] || fail "$archive is missing; run: make image"

work=$(mktemp -d)
trap 'rm -rf "$work" "$script.part"' EXIT
trap 'exit 1' HUP INT TERM # not every shell runs the trap above when it dies of these

# What `uname -m` says on a platform, as a pattern of the shell.
machine() {
	case $1 in
	linux/amd64) echo x86_64 ;;
	linux/arm64) echo aarch64 ;;
	linux/arm/v7) echo 'armv7l | armv8l' ;;
	linux/arm/v6) echo armv6l ;;
	linux/386) echo 'i?86' ;;
	linux/mips64le) echo mips64 ;;
	linux/loong64) echo loongarch64 ;;
	*) echo "${1#linux/}" ;;
	esac
}

image=$(member index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"]')
layers=() template=
while read -r platform digest _; do
	printf '%s) platform=%s ;;\n' "$(machine "$platform")" "${platform#linux/}" >>"$work/machines"
	platform=${platform#linux/}
	read -r layer config < <(blob "$digest" | jq -r '"\(.layers[0].digest) \(.config.digest)"')
	mkdir -p "$work/$(dirname "$platform")"
	blob "$layer" | gzip -dc >"$work/$platform"
	layers+=("$platform")
	config=$(blob "$config" |
		sed -E "s|(sha256:)[0-9a-f]{64}|\1'\${id%% *}'|; s|(\"architecture\":\").*(\",\"os\")|\1'\$arch'\2|")
	[ "${template:=$config}" = "$config" ] || fail "$archive: the configs differ in more than platform and layer"
done < <(platforms)

# Layers uncompressed and side by side: gzip then finds what they have in common.
tar -c -f - -C "$work" --format=ustar --blocking-factor=1 --owner=0 --group=0 --numeric-owner --mode=644 --mtime=@0 \
	-- "${layers[@]}" | gzip -n -9 >"$work/gz"
sum=$(sha256sum <"$work/gz")
base64 "$work/gz" >"$work/payload"

sed -e '/^# shellcheck/d' -e "s|@IMAGE@|$image|; s|@SHA256@|${sum%% *}|; s|@CONFIG@|$template|" \
	-e "/@MACHINE@/{r $work/machines" -e 'd}' -e "/@PAYLOAD@/{r $work/payload" -e 'd}' \
	"$(dirname "$0")/load-pause.sh" >"$script.part"
chmod 755 "$script.part"
mv "$script.part" "$script"
printf '%6d characters  %s\n' "$(wc -c <"$script")" "$script"
