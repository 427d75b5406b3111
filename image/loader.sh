#!/usr/bin/env bash
# Writes load-pause.sh with the image of an archive inside: loader.sh ARCHIVE SCRIPT
# It carries the layers; the config, which is much the same for all platforms, it puts together where it runs.
set -euo pipefail
shopt -s inherit_errexit
[ $# -eq 2 ] || {
	echo "usage: image/loader.sh ARCHIVE SCRIPT" >&2
	exit 2
}
archive=$1 script=$2
unset TAR_OPTIONS GZIP
export LC_ALL=C
umask 022

fail() {
	echo "image/loader.sh: $1" >&2
	exit 1
}
for tool in tar gzip base64 sha256sum sed jq; do
	command -v $tool >/dev/null || fail "$tool is missing; install it"
done
[ -f "$archive" ] || fail "$archive is missing; run: make image"

work=$(mktemp -d)
trap 'rm -rf "$work" "$script.part"' EXIT

# A file of the archive; the blob that a descriptor in JSON names: blob FILTER <JSON
member() {
	tar -xOf "$archive" "$1"
}
blob() {
	member "$(jq -r "$1 | \"blobs/\" + (.digest | sub(\":\"; \"/\"))")"
}

# What `uname -m` says on a platform, as a pattern of the shell.
machine() {
	case $1 in
	amd64) echo x86_64 ;;
	arm64) echo aarch64 ;;
	arm/v7) echo 'armv7l | armv8l' ;;
	arm/v6) echo armv6l ;;
	386) echo 'i?86' ;;
	mips64le) echo mips64 ;;
	loong64) echo loongarch64 ;;
	*) echo "$1" ;;
	esac
}

index=$(member index.json)
image=$(jq -r '.manifests[0].annotations["io.containerd.image.name"]' <<<"$index")
index=$(blob '.manifests[0]' <<<"$index")
layers=() template=
while read -r entry; do
	platform=$(jq -r '.platform | [.architecture, .variant // empty] | join("/")' <<<"$entry")
	manifest=$(blob . <<<"$entry")
	mkdir -p "$work/$(dirname "$platform")"
	blob '.layers[0]' <<<"$manifest" | gzip -dc >"$work/$platform"
	layers+=("$platform")
	printf '%s) platform=%s ;;\n' "$(machine "$platform")" "$platform" >>"$work/machines"

	config=$(blob .config <<<"$manifest" |
		sed -E "s|(sha256:)[0-9a-f]{64}|\1'\${id%% *}'|; s|(\"architecture\":\").*(\",\"os\")|\1'\$arch'\2|")
	[ "${template:=$config}" = "$config" ] || fail "$archive: the configs differ in more than platform and layer"
done < <(jq -c '.manifests[]' <<<"$index")

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
