#!/usr/bin/env bash
# Writes the image of some platforms as an archive, and one archive of each: build.sh FOLDER NAME TAG PLATFORM...
# Each is an OCI image layout and a docker-archive at once, the same to the bit wherever and by whomever it is built.
# The programs are in BUILD, by default build. SOURCE_DATE_EPOCH dates it, by default at the last commit; REVISION, by
# default that commit, and SOURCE, a URL, are said in index.json.
set -euo pipefail
folder=$(realpath -m -- "${1:-.}")
cd "$(dirname "$0")/.."
folder=$(realpath -m --relative-base=. -- "$folder")
unset TAR_OPTIONS GZIP
export LC_ALL=C TZ=UTC0
umask 022

. image/archive.bash

[ $# -ge 4 ] || usage 'FOLDER NAME TAG PLATFORM...'
: "${BUILD:=build}"
SOURCE_DATE_EPOCH=$(scripts/commit.sh time)
REVISION=$(scripts/commit.sh hash)
name=$2 tag=$3 version=$(cat VERSION)
shift 3

# What goes into JSON below is checked here, so that nothing needs to be quoted there.
is_name "$name" || fail "NAME \"$name\" is not the name of an image; one is pause.internal/pause"
is_tag "$tag" || fail "TAG \"$tag\" is not a tag; take letters, digits, '.', '_' and '-'"
[[ $REVISION =~ ^([0-9a-f]{40}(-dirty)?)?$ ]] ||
	fail "REVISION \"$REVISION\" is not a commit's full hash"
[[ ${SOURCE-} =~ ^([a-z+]+://[A-Za-z0-9./:@~_-]+)?$ ]] ||
	fail "SOURCE \"${SOURCE-}\" is not a plain URL"
need tar gzip sha256sum stat sort
for platform; do
	[ -f "$BUILD/${platform//\//-}/pause" ] ||
		fail "platform \"$platform\" is unknown or not built: no $BUILD/${platform//\//-}/pause"
done
printf -v created '%(%FT%TZ)T' "$SOURCE_DATE_EPOCH"

work=$(mktemp -d)
trap 'rm -rf "$work" "$folder"/pause*.tar.part' EXIT
mkdir -p "$work/blobs/sha256" "$folder"

# Writes a JSON text into a file, without the tabs and ends of lines that are there for its readers here: json FILE
json() {
	local text
	IFS= read -r -d '' text || true
	printf %s "${text//[$'\t\n']/}" >"$work/$1"
}
# Makes a blob of a file. Says in $path where it is, and in $descriptor what names it, but for the braces: keep TYPE FILE
keep() {
	digest=$(digest_of <"$work/$2")
	path=blobs/${digest/://}
	descriptor='"mediaType":"'$1'","digest":"'$digest'","size":'$(stat -c %s "$work/$2")
	mv "$work/$2" "$work/$path"
}

# The blobs of each platform: its entry in an index, and the paths of its layer, config and manifest.
oci=application/vnd.oci.image
declare -A entry layer config manifest
for platform; do
	one=${platform//\//-}
	IFS=/ read -r os architecture variant <<<"$platform"
	fields='"architecture":"'$architecture'",'${variant:+'"variant":"'$variant'",'}'"os":"'$os'"'

	pack "$BUILD/$one" 755 pause >"$work/tar"
	gzip -n -9 <"$work/tar" >"$work/layer"
	keep $oci.layer.v1.tar+gzip layer
	layer[$one]=$path layer_descriptor=$descriptor

	digest=$(digest_of <"$work/tar")
	json config <<-END
		{
			"created":"$created",
			$fields,
			"config":{"User":"65535:65535","Entrypoint":["/pause"]},
			"rootfs":{"type":"layers","diff_ids":["$digest"]}
		}
	END
	keep $oci.config.v1+json config
	config[$one]=$path

	json manifest <<-END
		{
			"schemaVersion":2,
			"mediaType":"$oci.manifest.v1+json",
			"config":{$descriptor},
			"layers":[{$layer_descriptor}]
		}
	END
	keep $oci.manifest.v1+json manifest
	manifest[$one]=$path
	entry[$one]="{$descriptor,\"platform\":{$fields}}"
done

# index.json has one entry: of several, skopeo, podman and buildah would ask which image is meant. docker load takes no
# index: manifest.json gives it the first platform. The folders are there for readers that make none, as apptainer 1.4.5
# does: archive FILE ONE...
archive() {
	local file=$folder/$1 one entries='' files=()
	for one in "${@:2}"; do
		entries+=${entries:+,}${entry[$one]}
		files+=("${layer[$one]}" "${config[$one]}" "${manifest[$one]}")
	done
	json index <<-END
		{
			"schemaVersion":2,
			"mediaType":"$oci.index.v1+json",
			"manifests":[$entries]
		}
	END
	keep $oci.index.v1+json index
	files+=("$path")
	json index.json <<-END
		{
			"schemaVersion":2,
			"mediaType":"$oci.index.v1+json",
			"manifests":[{
				$descriptor,
				"annotations":{
					"io.containerd.image.name":"$name:$tag",
					"org.opencontainers.image.ref.name":"$tag",
					"org.opencontainers.image.title":"pause",
					"org.opencontainers.image.description":"Holds the namespaces of a pod until a signal stops it",
					"org.opencontainers.image.version":"$version",
					${REVISION:+"\"org.opencontainers.image.revision\":\"$REVISION\","}
					${SOURCE:+"\"org.opencontainers.image.source\":\"$SOURCE\","}
					"org.opencontainers.image.licenses":"Apache-2.0"
				}
			}]
		}
	END
	json manifest.json <<-END
		[{
			"Config":"${config[$2]}",
			"RepoTags":["$name:$tag"],
			"Layers":["${layer[$2]}"]
		}]
	END
	mapfile -t files < <(printf '%s\n' "${files[@]}" | sort -u)
	pack "$work" u=rwX,go=rX --no-recursion oci-layout index.json manifest.json blobs blobs/sha256 "${files[@]}" >"$file.part"
	mv "$file.part" "$file"
	printf '%6d bytes  %s  %s\n' "$(stat -c %s "$file")" "$file" "$digest"
}
json oci-layout <<<'{"imageLayoutVersion":"1.0.0"}'
archive pause.tar "${@//\//-}"
for platform; do archive "pause-${platform//\//-}.tar" "${platform//\//-}"; done
