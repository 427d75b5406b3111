#!/usr/bin/env bash
# dockerfile-ast leaves the spaces out of the strings of an instruction's JSON form.
#
# Tool: the npm package dockerfile-ast 0.7.1. JSON.parse is asked for comparison.
# Input: a Dockerfile with CMD, ENTRYPOINT, COPY and VOLUME in JSON form, with spaces in their strings.
# Expected: the strings as they stand. The Dockerfile reference has this form so that spaces are kept: "Shell and exec
# form" says that it is parsed as a JSON array, and "COPY", "ADD" that paths with spaces need it.
# Seen: getJSONStrings() finds the right number of strings, and each one's getJSONValue() and getValue() are
# without their spaces: "my file" becomes "myfile", "echo a b" becomes "echoab". Their ranges are right.
# What to do: take the text from the document by getJSONRange(), or give the arguments' text to JSON.parse.
# Status: 0 as described, 1 this version behaves otherwise, 2 it cannot be tried here.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
unavailable() { echo "This cannot be tried here: $*" >&2 && exit 2; }
command -v node npm >/dev/null || unavailable "it needs node and npm"

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts dockerfile-ast@0.7.1 >log 2>&1 ||
	unavailable "$(tail -n 1 log)"
cat >Dockerfile <<-'END'
	FROM scratch
	COPY ["my file", "/to here/"]
	VOLUME ["/a volume"]
	ENTRYPOINT ["/bin/sh", "-c"]
	CMD ["echo a b"]
END
cat >ask.js <<-'END'
	const lines = require('fs').readFileSync('Dockerfile', 'utf8').split('\n');
	const file = require('dockerfile-ast').DockerfileParser.parse(lines.join('\n'));
	for (const instruction of file.getInstructions().slice(1)) {
		const written = JSON.parse(lines[instruction.getRange().start.line].replace(/^[A-Z]+ /, ''));
		const strings = instruction.getJSONStrings();
		const ranges = strings.map(one => one.getJSONRange())
			.map(range => lines[range.start.line].slice(range.start.character, range.end.character));
		console.log(`${instruction.getKeyword()}: ${JSON.stringify(written)}, ` +
			`dockerfile-ast ${JSON.stringify(strings.map(one => one.getJSONValue()))}, its ranges ${JSON.stringify(ranges)}`);
	}
END
answers=$(node ask.js)
echo "$answers"
[ "$answers" = 'COPY: ["my file","/to here/"], dockerfile-ast ["myfile","/tohere/"], its ranges ["my file","/to here/"]
VOLUME: ["/a volume"], dockerfile-ast ["/avolume"], its ranges ["/a volume"]
ENTRYPOINT: ["/bin/sh","-c"], dockerfile-ast ["/bin/sh","-c"], its ranges ["/bin/sh","-c"]
CMD: ["echo a b"], dockerfile-ast ["echoab"], its ranges ["echo a b"]' ]
