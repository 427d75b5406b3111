#!/usr/bin/env bash
# Prints, as a Markdown table, what the archives in a folder weigh: sizes.sh FOLDER
# "Pulled" is what a registry sends for one platform: index, manifest, config and layer. What gzip makes of an archive
# depends on its digests, so by some bytes on the commit: in round numbers.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"
[ $# -eq 1 ] || usage 'FOLDER'
archive=$1/pause.tar
need tar gzip jq
[ -f "$archive" ] || fail "$archive is missing; run: make image"

# In kB: compressed FILE
compressed() {
	echo "$((($(gzip -n -9 <"$1" | wc -c) + 500) / 1000)) kB"
}

index=$(blob "$(index_digest)" | wc -c)
echo "| platform | /pause | layer | config | manifest | index | pulled | archive | gzip -9 |"
echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
while read -r platform digest manifest; do
	read -r config layer layer_digest < <(blob "$digest" |
		jq -r '"\(.config.size) \(.layers[0].size) \(.layers[0].digest)"')
	program=$(blob "$layer_digest" | gzip -dc | tar -xOf - pause | wc -c)
	one=$1/pause-${platform//\//-}.tar
	echo "| $platform | $program | $layer | $config | $manifest | $index | $((layer + config + manifest + index)) |" \
		"$(wc -c <"$one") | $(compressed "$one") |"
done < <(platforms)
echo "| all | | | | | | | $(wc -c <"$archive") | $(compressed "$archive") |"
