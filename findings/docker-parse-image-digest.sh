#!/usr/bin/env bash
# docker-parse-image turns an image's digest into a tag, and the reference into one that no engine takes.
#
# Tool: the npm package docker-parse-image 3.0.1.
# Input: five references to a registry r.test: with a tag, with a digest, with both; with a name of three components and
# with one of one component.
# Expected: the parts, and a `fullname` that names the same image. The OCI distribution specification ("Pulling
# manifests") has names of any number of components, tags of letters, digits and ._- (no colon), and digests; the
# grammar of github.com/distribution/reference puts @ before a digest, and only Docker's own registry has library/.
# Seen: a digest comes back as `tag`, and name and fullname are written with a colon before it, x:sha256:…, which is
# no reference. With both, the tag is "1@sha256:…". A name of three components gives null, as an empty text does,
# so that it looks malformed. r.test/b:1 gets the fullname r.test/library/b:1, which is another image.
# What to do: split off what follows the first @ before calling it, and put it back afterwards; take `name`, not
# fullname, of an image with a registry; for deeper names use another parser (@swimlane/docker-reference 2.0.1 reads
# all five).
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unavailable() { echo "This cannot be tried here: $*" >&2 && exit 2; }
command -v node npm >/dev/null || unavailable "it needs node and npm"

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts docker-parse-image@3.0.1 \
	@swimlane/docker-reference@2.0.1 >log 2>&1 || unavailable "$(tail -n 1 log)"
cat >ask.js <<-'END'
	const parse = require('docker-parse-image');
	const {parseFamiliarName} = require('@swimlane/docker-reference');
	const digest = 'sha256:' + '0'.repeat(64);
	const short = text => JSON.stringify(text).replace('0'.repeat(64), '0');
	for (const name of ['r.test/a/b:1', `r.test/a/b@${digest}`, `r.test/a/b:1@${digest}`,
			'r.test/a/b/c:1', 'r.test/b:1']) {
		const {tag, fullname} = parse(name) || {tag: null, fullname: null};
		const other = parseFamiliarName(name);
		console.log(`${short(name)}: tag ${short(tag)}, fullname ${short(fullname)}; ` +
			`other: tag ${other.tag}, digest ${other.digest ? 'yes' : 'no'}`);
	}
END
answers=$(node ask.js)
echo "$answers"
[ "$answers" = '"r.test/a/b:1": tag "1", fullname "r.test/a/b:1"; other: tag 1, digest no
"r.test/a/b@sha256:0": tag "sha256:0", fullname "r.test/a/b:sha256:0"; other: tag undefined, digest yes
"r.test/a/b:1@sha256:0": tag "1@sha256:0", fullname "r.test/a/b:1@sha256:0"; other: tag 1, digest yes
"r.test/a/b/c:1": tag null, fullname null; other: tag 1, digest no
"r.test/b:1": tag "1", fullname "r.test/library/b:1"; other: tag 1, digest no' ]
