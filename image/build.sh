#!/usr/bin/env bash
# Writes the image of some platforms as an archive, and one archive of each: build.sh FOLDER NAME TAG PLATFORM...
# Each is an OCI image layout and a docker-archive at once, the same to the bit wherever and by whomever it is built.
# The programs are in BUILD, by default build. SOURCE_DATE_EPOCH dates it, by default at the last commit; REVISION, by
# default that commit, and SOURCE, a URL, are said in index.json.
set -euo pipefail
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
need tar gzip sha256sum stat sort
for platform; do
	[ -f "$BUILD/${platform//\//-}/pause" ] ||
		fail "platform \"$platform\" is unknown or not built: no $BUILD/${platform//\//-}/pause"
done

work=$(mktemp -d)
trap 'rm -rf "$work" "$folder"/pause*.tar.part' EXIT
mkdir -p "$work/blobs/sha256" "$folder"

# All that is of one kind is summed at once: a process for each would be most of the time that this takes.
declare -A digest path descriptor # of each file in $work; its descriptor is left open
# sum FILE...
sum() {
	local sum file
	while read -r sum file; do digest[$file]=sha256:$sum; done < <(cd "$work" && sha256sum -- "$@")
}
# Keeps files as blobs: keep MEDIA_TYPE FILE...
keep() {
	local size file
	sum "${@:2}"
	while read -r size file; do
		path[$file]=blobs/${digest[$file]/://}
		descriptor[$file]='{"mediaType":"'$1'","digest":"'${digest[$file]}'","size":'$size
		mv "$work/$file" "$work/${path[$file]}"
	done < <(cd "$work" && stat -c '%s %n' -- "${@:2}")
}

oci=application/vnd.oci.image
printf -v created '%(%FT%TZ)T' "$SOURCE_DATE_EPOCH"
all=()
declare -A fields
for platform; do
	one=${platform//\//-}
	all+=("$one")
	IFS=/ read -r os architecture variant <<<"$platform"
	fields[$one]='"architecture":"'$architecture'"'${variant:+',"variant":"'$variant'"'}',"os":"'$os'"'
	pack "$BUILD/$one" 755 pause >"$work/tar.$one"
	gzip -n -9 <"$work/tar.$one" >"$work/layer.$one"
done
sum "${all[@]/#/tar.}"
keep $oci.layer.v1.tar+gzip "${all[@]/#/layer.}"
for one in "${all[@]}"; do
	printf '{"created":"%s",%s,"config":{"User":"65535:65535","Entrypoint":["/pause"]},%s}' "$created" \
		"${fields[$one]}" '"rootfs":{"type":"layers","diff_ids":["'"${digest[tar.$one]}"'"]}' >"$work/config.$one"
done
keep $oci.config.v1+json "${all[@]/#/config.}"
for one in "${all[@]}"; do
	printf '{"schemaVersion":2,"mediaType":"%s","config":%s},"layers":[%s}]}' \
		$oci.manifest.v1+json "${descriptor[config.$one]}" "${descriptor[layer.$one]}" >"$work/manifest.$one"
done
keep $oci.manifest.v1+json "${all[@]/#/manifest.}"

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

# An index of some of them: index FILE ONE...
index() {
	local one entries=''
	for one in "${@:2}"; do
		entries+=${entries:+,}${descriptor[manifest.$one]}',"platform":{'${fields[$one]}'}}'
	done
	printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' $oci.index.v1+json "$entries" >"$work/$1"
}
index index "${all[@]}"
for one in "${all[@]}"; do index "index.$one" "$one"; done
keep $oci.index.v1+json index "${all[@]/#/index.}"

# index.json has one entry: of several, skopeo, podman and buildah would ask which image is meant. docker load takes no
# index: it gets the first one. archive FILE INDEX ONE...
archive() {
	local file=$folder/$1 index=$2 one files
	printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,"annotations":{%s}}]}' \
		$oci.index.v1+json "${descriptor[$index]}" "$annotations" >"$work/index.json"
	printf '[{"Config":"%s","RepoTags":["%s"],"Layers":["%s"]}]' "${path[config.$3]}" "$name:$tag" "${path[layer.$3]}" \
		>"$work/manifest.json"
	files=("${path[$index]}")
	for one in "${@:3}"; do
		files+=("${path[layer.$one]}" "${path[config.$one]}" "${path[manifest.$one]}")
	done
	mapfile -t files < <(printf '%s\n' "${files[@]}" | sort -u)
	pack "$work" 644 oci-layout index.json manifest.json "${files[@]}" >"$file.part"
	mv "$file.part" "$file"
	printf '%6d bytes  %s  %s\n' "$(stat -c %s "$file")" "$file" "${digest[$index]}"
}
archive pause.tar index "${all[@]}"
for one in "${all[@]}"; do archive "pause-$one.tar" "index.$one" "$one"; done
