#!/usr/bin/env bash
# composerize drops the word readonly of --mount, and writes keys and values that Compose refuses.
#
# Tool: the npm package composerize 1.7.6. docker-compose 2.26.1-4 of Debian 13 reads what it writes.
# Input: `docker run` with --mount …,readonly; with -v …:ro; --stop-timeout; --volumes-from; a tmpfs with a size.
# Expected: a Compose file that means the same. Docker's reference ("docker container run", --mount) has the word
# readonly; the Compose file reference ("Services") has for it read_only (volumes), a duration with a unit for
# stop_grace_period, volumes_from, and a tmpfs' size as a number of bytes below tmpfs (volumes).
# Seen: the mount has no read_only, so that the container may write to it; -v …:ro keeps it. The other three are not
# taken: stop_grace_period is "5" ("missing unit in duration"), volume_from is written in place of volumes_from, and
# tmpfs-size in place of tmpfs.size ("Additional property … is not allowed").
# What to do: write -v SOURCE:TARGET:ro and --tmpfs TARGET:size=10m, which it translates rightly; in what it writes, put
# "5s" for "5", and volumes_from for volume_from.
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
packages trixie docker-compose=2.26.1-4

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts composerize@1.7.6 >log 2>&1 ||
	unavailable "$(tail -n 1 log)"
cat >ask.mjs <<-'END'
	import composerize from 'composerize';
	console.log(composerize(`docker run ${process.argv[2]} example.test/image:1`).replace(/^name: .*/, 'name: example'));
END
mkdir root/project
ask() { # ask OPTIONS: says what Compose makes of the file, in a word, or its error
	node ask.mjs "$1" >root/project/compose.yaml || unavailable "composerize cannot be started"
	if chroot root docker-compose --project-directory /project config >parsed 2>log; then
		grep -E 'read_only|stop_grace_period|size' parsed | xargs
	else
		tail -n 1 log | sed 's/.*\(time: \|Additional\)/\1/'
	fi
}
answers=$(while read -r options; do
	echo "$options: $(ask "$options")"
done <<-'END'
	--read-only
	-v /a:/b:ro
	--tmpfs /t:size=10m
	--mount type=bind,source=/a,target=/b,readonly
	--stop-timeout 5
	--volumes-from other:ro
	--mount type=tmpfs,target=/t,tmpfs-size=10m
END
)
echo "$answers"
[ "$answers" = '--read-only: read_only: true
-v /a:/b:ro: read_only: true
--tmpfs /t:size=10m: - /t:size=10m
--mount type=bind,source=/a,target=/b,readonly: 
--stop-timeout 5: time: missing unit in duration "5"
--volumes-from other:ro: Additional property volume_from is not allowed
--mount type=tmpfs,target=/t,tmpfs-size=10m: Additional property tmpfs-size is not allowed' ]
