#!/usr/bin/env bash
# tar-stream damages the capabilities of programs in an archive that it reads and writes again.
#
# Tool: the npm package tar-stream 3.2.2. GNU tar writes and reads the archives; getcap of Debian 13.
# Input: an archive of GNU tar (--xattrs, format pax) with a file that has the capability cap_setuid, as newuidmap has
# it in images of some distributions; and one with cap_net_raw.
# Expected: the same after it has gone through tar-stream as its README says ("Modifying existing tarballs"), which
# names GNU tar as compatible ("Usage"). The OCI image specification (layer.md, "File Attributes"): extended
# attributes are among those that layers carry.
# Seen: cap_net_raw stays, cap_setuid is gone: tar-stream reads the values of pax headers as UTF-8, and the bytes that
# are none, as 0x80 of cap_setuid, become three others. It reports nothing; tar cannot set what is left: "Invalid
# argument".
# What to do: hand such archives to tools that copy the headers as they stand; nothing in header.pax has the bytes.
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
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
command -v node npm >/dev/null || unavailable "it needs node and npm"
packages trixie libcap2-bin

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts tar-stream@3.2.2 >log 2>&1 ||
	unavailable "$(tail -n 1 log)"
cat >copy.js <<-'END'
	const [extract, pack] = [require('tar-stream').extract(), require('tar-stream').pack()];
	extract.on('entry', (header, stream, next) => stream.pipe(pack.entry(header, next)));
	extract.on('finish', () => pack.finalize());
	process.stdin.pipe(extract);
	pack.pipe(process.stdout);
END
mkdir root/files root/plain root/copied
touch root/files/{setuid,raw}
chroot root setcap cap_setuid=ep /files/setuid cap_net_raw=ep /files/raw 2>log || unavailable "$(tail -n 1 log)"
tar=(tar --xattrs '--xattrs-include=*')
"${tar[@]}" -C root/files --format=pax -cf plain.tar setuid raw
node copy.js <plain.tar >copied.tar
"${tar[@]}" -C root/plain -xf plain.tar
"${tar[@]}" -C root/copied -xf copied.tar 2>log || true
answers=$(for folder in plain copied; do chroot root getcap "/$folder/raw" "/$folder/setuid"; done)
echo "$answers"
echo "tar, of the copy: $(tail -n 1 log)"
[ "$answers" = '/plain/raw cap_net_raw=ep
/plain/setuid cap_setuid=ep
/copied/raw cap_net_raw=ep' ] && [ -e root/copied/setuid ] && grep -q 'security.capability.*Invalid argument' log
