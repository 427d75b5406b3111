#!/usr/bin/env bash
# Prints, as a Markdown table, what the archives in a folder weigh: sizes.sh FOLDER
# "Pulled" is what a registry sends for one platform: index, manifest, config and layer.
set -euo pipefail
shopt -s inherit_errexit
[ $# -eq 1 ] || {
	echo "usage: image/sizes.sh FOLDER" >&2
	exit 2
}
cd "$1"
[ -f pause.tar ] || {
	echo "image/sizes.sh: $1/pause.tar is missing; run: make image" >&2
	exit 1
}

blob() {
	tar -xOf pause.tar "blobs/${1/://}"
}

index=$(tar -xOf pause.tar index.json | jq '.manifests[0]')
echo "| platform | /pause | layer | config | manifest | index | pulled | archive | gzip -9 |"
echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
while IFS=$'\t' read -r platform digest manifest; do
	IFS=$'\t' read -r config layer layer_digest < <(blob "$digest" |
		jq -r '[.config.size, .layers[0].size, .layers[0].digest] | @tsv')
	program=$(blob "$layer_digest" | gzip -dc | tar -xOf - pause | wc -c)
	bytes=$(jq .size <<<"$index")
	archive=pause-${platform//\//-}.tar
	echo "| $platform | $program | $layer | $config | $manifest | $bytes | $((layer + config + manifest + bytes)) |" \
		"$(wc -c <"$archive") | $(gzip -n -9 <"$archive" | wc -c) |"
done < <(blob "$(jq -r .digest <<<"$index")" | jq -r '.manifests[] |
	[(.platform | [.os, .architecture, .variant // empty] | join("/")), .digest, .size] | @tsv')
echo "| all | | | | | | | $(wc -c <pause.tar) | $(gzip -n -9 <pause.tar | wc -c) |"
