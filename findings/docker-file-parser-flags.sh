#!/usr/bin/env bash
# docker-file-parser returns the quotes of values as part of them, and the flags of FROM and COPY as images and files.
#
# Tool: the npm package docker-file-parser 1.0.7. dockerfile-ast 0.7.1 is asked for comparison.
# Input: a Dockerfile with ENV and LABEL values in quotes and with an escaped space, FROM --platform, COPY --from.
# Expected: the values without their quotes and backslashes, as an image gets them, and flags apart. The Dockerfile
# reference ("ENV"): quotes and backslashes are there to include spaces in values, and quote characters are removed
# if they are not escaped; ("FROM", "COPY"): --platform and --from are optional flags before the arguments.
# Seen: ENV's "New Town" has its quotes and Grey\ Cat its backslash, although the README says that it handles both
# properly. FROM's argument is the whole text "--platform=… image AS name", COPY's paths begin with --from=build. No
# flags, no error. dockerfile-ast has all as expected.
# What to do: take away the arguments that begin with -- and, of values, quotes and backslashes; or use dockerfile-ast.
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unavailable() { echo "This cannot be tried here: $*" >&2 && exit 2; }
command -v node npm >/dev/null || unavailable "it needs node and npm"

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts docker-file-parser@1.0.7 dockerfile-ast@0.7.1 \
	>log 2>&1 || unavailable "$(tail -n 1 log)"
cat >Dockerfile <<-'END'
	FROM --platform=linux/amd64 example.test/image:1 AS name
	ENV PLACE="New Town" PET=Grey\ Cat
	LABEL text='two words'
	COPY --from=build /a /b
END
cat >ask.js <<-'END'
	const text = require('fs').readFileSync('Dockerfile', 'utf8');
	const say = (who, all) => all.forEach(one => console.log(`${who}: ${JSON.stringify(one)}`));
	say('docker-file-parser', require('docker-file-parser').parse(text).map(one => one.args));
	say('dockerfile-ast', require('dockerfile-ast').DockerfileParser.parse(text).getInstructions().map(one =>
		one.getProperties ? Object.fromEntries(one.getProperties().map(each => [each.getName(), each.getValue()])) :
			[one.getFlags().map(flag => `${flag.getName()}=${flag.getValue()}`),
				one.getArguments().map(each => each.getValue())]));
END
answers=$(node ask.js)
echo "$answers"
[ "$answers" = 'docker-file-parser: "--platform=linux/amd64 example.test/image:1 AS name"
docker-file-parser: {"PLACE":"\"New Town\"","PET":"Grey\\ Cat"}
docker-file-parser: {"text":"'"'two words'"'"}
docker-file-parser: ["--from=build","/a","/b"]
dockerfile-ast: [["platform=linux/amd64"],["example.test/image:1","AS","name"]]
dockerfile-ast: {"PLACE":"New Town","PET":"Grey Cat"}
dockerfile-ast: {"text":"two words"}
dockerfile-ast: [["from=build"],["/a","/b"]]' ]
