#!/usr/bin/env bash
# Writes the image of some platforms as an archive, and one archive of each: build.sh FOLDER NAME TAG PLATFORM...
# Each is an OCI image layout and a docker-archive at once, the same to the bit wherever and by whomever it is built.
# The programs are in BUILD, by default build. SOURCE_DATE_EPOCH dates it, by default at the last commit; REVISION, by
# default that commit, and SOURCE, a URL, are said in index.json.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
unset TAR_OPTIONS GZIP
export LC_ALL=C TZ=UTC0
umask 022

. image/archive.bash

[ $# -ge 4 ] || {
	echo "usage: image/build.sh FOLDER NAME TAG PLATFORM..." >&2
	exit 2
}
: "${BUILD:=build}" "${SOURCE_DATE_EPOCH=$(scripts/commit.sh time)}" "${REVISION=$(scripts/commit.sh hash)}"
folder=$1 name=$2 tag=$3
shift 3

# What goes into JSON below is checked here, so that nothing needs to be quoted there.
is_name "$name" || fail "NAME \"$name\" is not the name of an image; one is pause.internal/pause"
is_tag "$tag" || fail "TAG \"$tag\" is not a tag; take letters, digits, '.', '_' and '-'"
[[ $SOURCE_DATE_EPOCH =~ ^[0-9]+$ ]] ||
	fail "SOURCE_DATE_EPOCH \"$SOURCE_DATE_EPOCH\" is not a number of seconds since 1970"
[[ $REVISION =~ ^([0-9a-f]{40}(-dirty)?)?$ ]] ||
	fail "REVISION \"$REVISION\" is not a commit's full hash"
[[ ${SOURCE-} =~ ^([a-z+]+://[A-Za-z0-9./:@~_-]+)?$ ]] ||
	fail "SOURCE \"${SOURCE-}\" is not a plain URL"
need tar gzip sha256sum sort
for platform; do
	[ -f "$BUILD/${platform//\//-}/pause" ] ||
		fail "platform \"$platform\" is unknown or not built: no $BUILD/${platform//\//-}/pause"
done

work=$(mktemp -d)
trap 'rm -rf "$work" "$folder"/pause*.tar.part' EXIT
trap 'exit 1' HUP INT TERM # not every shell runs the trap above when it dies of these
mkdir -p "$work/blobs/sha256" "$folder"

digest() {
	local sum
	sum=$(sha256sum <"$1")
	echo "sha256:${sum%% *}"
}

# Keeps standard input as a blob and prints its descriptor, left open: blob MEDIA_TYPE
blob() {
	local digest
	cat >"$work/blob"
	digest=$(digest "$work/blob")
	printf '{"mediaType":"%s","digest":"%s","size":%d' "$1" "$digest" "$(wc -c <"$work/blob")"
	mv "$work/blob" "$work/blobs/${digest/://}"
}

# The paths of the blobs that descriptors describe, a line each.
path_of() {
	local descriptor
	for descriptor; do
		[[ $descriptor =~ sha256:([0-9a-f]{64}) ]]
		echo "blobs/sha256/${BASH_REMATCH[1]}"
	done
}

oci=application/vnd.oci.image
printf -v created '%(%FT%TZ)T' "$SOURCE_DATE_EPOCH"
declare -A entries blobs docker # of each platform: its entry of an index, its files, what docker load reads
for platform; do
	IFS=/ read -r os architecture variant <<<"$platform"
	fields='"architecture":"'$architecture'"'${variant:+',"variant":"'$variant'"'}',"os":"'$os'"'

	pack "$BUILD/${platform//\//-}" 755 pause >"$work/layer.tar"
	layer=$(gzip -n -9 <"$work/layer.tar" | blob $oci.layer.v1.tar+gzip)
	config=$(printf '{"created":"%s",%s,"config":{"User":"65535:65535","Entrypoint":["/pause"]},%s}' "$created" \
		"$fields" '"rootfs":{"type":"layers","diff_ids":["'"$(digest "$work/layer.tar")"'"]}' |
		blob $oci.config.v1+json)
	manifest=$(printf '{"schemaVersion":2,"mediaType":"%s","config":%s},"layers":[%s}]}' \
		$oci.manifest.v1+json "$config" "$layer" | blob $oci.manifest.v1+json)
	entries[$platform]=$manifest',"platform":{'$fields'}}'
	blobs[$platform]=$(path_of "$layer" "$config" "$manifest")
	docker[$platform]='[{"Config":"'$(path_of "$config")'","RepoTags":["'$name:$tag'"],"Layers":["'$(path_of "$layer")'"]}]'
done

annotations='"io.containerd.image.name":"'$name:$tag'"'
annotate() {
	[ -z "$2" ] || annotations+=',"org.opencontainers.image.'$1'":"'$2'"'
}
annotate ref.name "$tag"
annotate title pause
annotate description "Holds the namespaces of a pod until a signal stops it"
annotate version "$(cat VERSION)"
annotate revision "$REVISION"
annotate source "${SOURCE-}"
annotate licenses Apache-2.0
printf '{"imageLayoutVersion":"1.0.0"}' >"$work/oci-layout"

# index.json has one entry: of several, skopeo, podman and buildah would ask which image is meant. docker load takes no
# index: it gets the first platform. archive FILE PLATFORM...
archive() {
	local file=$folder/$1 platform manifests='' index files
	shift
	for platform; do manifests+=${manifests:+,}${entries[$platform]}; done
	index=$(printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' $oci.index.v1+json "$manifests" |
		blob $oci.index.v1+json)
	printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,"annotations":{%s}}]}' \
		$oci.index.v1+json "$index" "$annotations" >"$work/index.json"
	printf %s "${docker[$1]}" >"$work/manifest.json"
	mapfile -t files < <({ path_of "$index" && for platform; do echo "${blobs[$platform]}"; done; } | sort -u)
	pack "$work" 644 oci-layout index.json manifest.json "${files[@]}" >"$file.part"
	mv "$file.part" "$file"
	[[ $index =~ sha256:[0-9a-f]+ ]]
	printf '%6d bytes  %s  %s\n' "$(wc -c <"$file")" "$file" "${BASH_REMATCH[0]}"
}
archive pause.tar "$@"
for platform; do archive "pause-${platform//\//-}.tar" "$platform"; done
