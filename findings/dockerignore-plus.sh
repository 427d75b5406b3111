#!/usr/bin/env bash
# buildah and a much used npm package read plus signs and parentheses of .dockerignore as parts of a regular expression.
#
# Tools: buildah 1.39.3+ds1-1+b7 of Debian 13 (1.43.2 of sid does the same); the npm package @balena/dockerignore 1.0.2,
# told to mind the case of names.
# Input: the files a+b, aab, c++ and file(1), and a .dockerignore of one line that names one of them.
# Expected: that one file is left out. The Dockerfile reference (".dockerignore file"): patterns are matched by the
# rules of Go's filepath.Match, in whose documentation only *, ?, [ and \ are special. The package's README says that
# it is fully compatible with Docker's file.
# Seen, in both: "a+b" leaves out aab and keeps a+b, "file(1)" leaves out nothing, and "c++" is an error: "syntax error
# in pattern" ends the build, and the package throws "Invalid regular expression". Patterns without them work.
# What to do: put such a character into brackets, which both take as it stands: a[+]b, c[+][+], file[(]1[)].
# Status: 0 as described, 1 these versions behave otherwise, 2 it cannot be tried here.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unavailable() { echo "This cannot be tried here: $*" >&2 && exit 2; }
[ "$(id -u)" = 0 ] || unavailable "it needs root"

# packages RELEASE PACKAGE=VERSION...: unpacks these and what they depend on into $work/root; nothing is installed.
packages() {
	local release=$1 mirror
	shift
	# shellcheck disable=SC2016 # apt fills these in
	mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' '$1 $2 == "DebianDebian" && !n++ { print $3 }')}
	[ -n "$mirror" ] || unavailable "apt's lists name no mirror of Debian; name one in DEBIAN_MIRROR"
	mkdir -p "$work"/apt/{lists,archives}/partial "$work"/root/{dev,etc,proc,run,sys,tmp,usr/{bin,lib,lib64,sbin}}
	ln -s usr/{bin,lib,lib64,sbin} "$work/root"
	touch "$work/apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/apt/list"
	printf '%s;\n' 'APT::Architecture "amd64"' 'APT::Architectures { "amd64"; }' 'APT::Sandbox::User "root"' \
		'APT::Install-Recommends "false"' 'Acquire::Languages "none"' 'Acquire::Retries "3"' "Dir::Cache \"$work/apt\"" \
		"Dir::State \"$work/apt\"" "Dir::State::status \"$work/apt/status\"" "Dir::Etc::SourceList \"$work/apt/list\"" \
		'Dir::Etc::SourceParts "/dev/null"' >"$work/apt/conf"
	export APT_CONFIG=$work/apt/conf
	{ apt-get update -q=2 && apt-get install -q=2 -y --download-only "$@"; } >"$work/apt/log" 2>&1 ||
		unavailable "$release has no $* ($(tail -n 1 "$work/apt/log"))"
	find "$work/apt/archives" -name '*.deb' -exec dpkg -x {} "$work/root" \;
}
command -v node npm unshare >/dev/null || unavailable "it needs node, npm and unshare"
packages trixie buildah=1.39.3+ds1-1+b7 netavark

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts @balena/dockerignore@1.0.2 >log 2>&1 ||
	unavailable "$(tail -n 1 log)"
mkdir -p root/context root/etc/containers root/var/tmp
mknod -m 666 root/dev/null c 1 3
echo 'root:x:0:0:root:/root:/' >root/etc/passwd
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >root/etc/containers/policy.json
printf '%s\n' 'FROM scratch' 'COPY . /' >root/Dockerfile
touch root/context/{a+b,aab,c++,'file(1)'}

buildah() { # buildah PATTERN: builds with this .dockerignore; prints the files in the image's layer, or the error
	local blob
	printf '%s\n' "$1" .dockerignore >root/context/.dockerignore
	rm -rf root/image
	# shellcheck disable=SC2016 # the inner shell fills it in
	unshare -m sh -c 'mount -t proc proc "$1/proc" && exec chroot "$@"' sh root buildah --root /store --runroot /run/store \
		--storage-driver vfs build --isolation chroot -f /Dockerfile -t oci:/image:built /context >log 2>&1 ||
		{ tail -n 1 log | sed 's/.*: //' && return; }
	for blob in root/image/blobs/sha256/*; do
		tar -tf "$blob" >files 2>/dev/null || continue
		grep -v '/$' files | sort | xargs
	done
}
cat >ask.js <<-'END'
	try {
		const ignore = require('@balena/dockerignore')({ignorecase: false}).add([process.argv[2], '.dockerignore']);
		const files = require('fs').readdirSync('root/context');
		console.log(files.filter(file => !ignore.ignores(file)).sort().join(' '));
	} catch (error) { console.log(error.message.replace(/:.*/, '')); }
END
export LC_ALL=C
answers=$(for pattern in aab 'a[+]b' 'c[+][+]' 'file[(]1[)]' a+b c++ 'file(1)'; do
	echo "$pattern: buildah: $(buildah "$pattern"); npm: $(node ask.js "$pattern")"
done)
echo "$answers"
[[ $answers == "aab: buildah: a+b c++ file(1); npm: a+b c++ file(1)"* ]] || unavailable "nothing is built here"
[ "$answers" = 'aab: buildah: a+b c++ file(1); npm: a+b c++ file(1)
a[+]b: buildah: aab c++ file(1); npm: aab c++ file(1)
c[+][+]: buildah: a+b aab file(1); npm: a+b aab file(1)
file[(]1[)]: buildah: a+b aab c++; npm: a+b aab c++
a+b: buildah: a+b c++ file(1); npm: a+b c++ file(1)
c++: buildah: syntax error in pattern; npm: Invalid regular expression
file(1): buildah: a+b aab c++ file(1); npm: a+b aab c++ file(1)' ]
