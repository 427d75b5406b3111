#!/bin/sh
# shellcheck disable=SC2034 # loader.sh fills in what is @LIKE_THIS@, and takes this line out.
# Loads the image that it carries into an engine.
set -eu
image=@IMAGE@
sha256=@SHA256@

fail() {
	echo "load-pause: $1" >&2
	exit "${2-1}"
}

case "$# ${1-}" in
"0 ") engines="ctr k3s nerdctl podman docker" ;;
"2 --engine") engines=$2 ;;
*) fail "usage: load-pause.sh [--engine ctr|k3s|nerdctl|podman|docker]" 2 ;;
esac
for engine in $engines; do
	case $engine in
	ctr | nerdctl) client="$engine -n k8s.io" ;;
	k3s) client="k3s ctr" ;;
	podman | docker) client=$engine ;;
	*) fail "unknown engine: $engine" 2 ;;
	esac
	$client version >/dev/null 2>&1 && break
	client=
done
[ "$client" ] || fail "no engine answers; tried: $engines"

case $(uname -m) in
@MACHINE@) platform=@PLATFORM@ ;;
*) fail "no image for $(uname -m) in here" ;;
esac

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
base64 -d >gz <<'END' || :
@PAYLOAD@
END
[ "$(sha256sum <gz)" = "$sha256  -" ] || fail "damaged: wrong SHA-256"
gzip -dc <gz | tar -xOf - $platform >layer
id=$(sha256sum <layer)
arch=$(echo $platform | sed 's|/|","variant":"|')
printf %s '@CONFIG@' >config
echo '[{"Config":"config","RepoTags":["'$image'"],"Layers":["layer"]}]' >manifest.json
tar -cf image manifest.json config layer
log=$(
	case $engine in
	ctr | k3s) $client images import image && $client images label $image io.cri-containerd.pinned=pinned ;;
	*) $client load -i image ;;
	esac 2>&1
) || fail "$log"
echo "load-pause: $image, linux/$platform, is in $engine"
