#!/usr/bin/env bash
# Writes load-pause.sh with the image of an archive inside: loader.sh ARCHIVE SCRIPT
# It carries, for each platform, what `docker load` and all others take: manifest.json, config and layer.
set -euo pipefail
# shellcheck source=image/archive.bash
. "$(dirname "$0")/archive.bash"
[ $# -eq 2 ] || usage 'ARCHIVE SCRIPT'
archive=$1 script=$2
unset TAR_OPTIONS GZIP
export LC_ALL=C
umask 022

need tar gzip base64 sha256sum sed jq od
[ -f "$archive" ] || fail "$archive is missing; run: make image"

work=$(mktemp -d)
trap 'rm -rf "$work" "$script.part"' EXIT

image=$(image_name) || fail "$archive has no name that build.sh gave it"
names=() machines=()
mkdir "$work/one"
while read -r platform digest _; do
	name=${platform#linux/}
	names+=("$name")
	read -r layer config < <(blob "$digest" | jq -r '"\(.layers[0].digest) \(.config.digest)"')
	blob "$config" >"$work/one/config"
	blob "$layer" | gzip -dc >"$work/one/layer"
	printf '[{"Config":"config","RepoTags":["%s"],"Layers":["layer"]}]' "$image" >"$work/one/manifest.json"
	mkdir -p "$work/$(dirname "$name")"
	pack "$work/one" 644 layer config manifest.json >"$work/$name"

	# Byte 6 of the program says its byte order, and so the machine's.
	order="-*$(tar -xOf "$work/one/layer" pause | od -An -tu1 -j5 -N1 | tr -d ' ')"
	machine=$("$(dirname "$0")/../scripts/platforms.sh" uname "$platform")
	machines+=("${machine//|/$order|}$order) platform=$name ;;")
done < <(platforms)

# Indentation goes, too: where the script is pasted, a tab may ask for a completion.
code=$(sed '/^\t*#/d; s/ # .*//; s/^\t*//; /^$/d' "$(dirname "$0")/load-pause.sh")
code=${code/@IMAGE@/"$image"}
code=${code/@MACHINE@*@PLATFORM@ ;;/"$(printf '%s\n' "${machines[@]}")"}
# Uncompressed and side by side: gzip then finds what they have in common. From one alone there is nothing to take out.
if [ ${#names[@]} -gt 1 ]; then
	payload=$(pack "$work" 644 "${names[@]}" | gzip -n -9 | base64)
else
	payload=$(gzip -n -9 <"$work/${names[0]}" | base64)
	code=${code/ | tar -xOf - \$platform/}
fi
code=${code/@PAYLOAD@/"$payload"}
[[ $code != *[\'\\]* ]] || fail "load-pause.sh has an apostrophe or a backslash"
sum=$(echo "$code" | sha256sum)

# In parentheses, so that a script cut short is a syntax error, and an interactive shell stays as it is. Nothing is done
# but by the code that has this SHA-256, and that never returns. Its last line ends in the apostrophe: where the first one
# is lost, this one begins a word without an end.
cat >"$script.part" <<END
#!/bin/sh
(
code='$code'
sum=\$(echo "\$code" | sha256sum) || exit 1
[ "\$sum" = "$sum" ] && eval "\$code"
echo "load-pause: damaged: wrong SHA-256" >&2
exit 1
)
END
chmod 755 "$script.part"
mv "$script.part" "$script"
printf '%6d characters  %s\n' "$(wc -c <"$script")" "$script"
