#!/usr/bin/env bash
# docker-modem, and with it dockerode and testcontainers, leaves out the path of the engine's address.
#
# Tool: the npm package docker-modem 5.0.7. The client docker-cli 26.1.5 of Debian 13 is asked for comparison.
# Input: DOCKER_HOST=tcp://ADDRESS/path, as for an engine behind a proxy; and docker-modem's own option pathPrefix and
# its variable DOCKER_PATH_PREFIX, each with /path and /path/. A server writes down what is asked of it.
# Expected: requests for /path/…. Docker's reference ("dockerd", "Bind Docker to another host/port or a Unix socket"):
# tcp://host:2375/path means a connection to host:2375, with the path put before all requests.
# Seen: docker asks for /path/_ping. docker-modem asks for /_ping, in all five cases: DOCKER_HOST's path is dropped,
# and pathPrefix, which is put into the address, is replaced again by the request's absolute path.
# What to do: let the proxy tell engines apart by port or host name, or put the path before `path` of each dial().
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
command -v node npm timeout >/dev/null || unavailable "it needs node, npm and timeout"
packages trixie docker-cli=26.1.5+dfsg1-9+deb13u1+b1

cd "$work"
npm install --cache "$work/cache" --no-audit --no-fund --ignore-scripts docker-modem@5.0.7 >log 2>&1 ||
	unavailable "$(tail -n 1 log)"
echo 'root:x:0:0:root:/root:/' >root/etc/passwd
cat >ask.js <<-'END'
	const Modem = require('docker-modem');
	const {spawn} = require('child_process');
	let asked;
	const server = require('http').createServer((request, response) => {
		asked ??= request.url;
		response.writeHead(200, {'Api-Version': '1.45', 'Content-Type': 'application/json'});
		response.end('{}');
	});
	server.listen(0, '127.0.0.1', async () => {
		const [host, port] = ['127.0.0.1', server.address().port];
		const say = who => { console.log(`${who}: ${asked}`); asked = undefined; };
		const ask = modem => new Promise(done =>
			modem.dial({path: '/_ping', method: 'GET', statusCodes: {200: true}}, done));
		process.env.DOCKER_HOST = `tcp://${host}:${port}/path`;
		await new Promise(done => spawn('chroot', ['root', 'docker', 'version']).on('exit', done));
		say('docker, DOCKER_HOST');
		await ask(new Modem());
		say('docker-modem, DOCKER_HOST');
		for (const path of ['/path', '/path/']) {
			process.env.DOCKER_PATH_PREFIX = path;
			await ask(new Modem());
			say(`docker-modem, DOCKER_PATH_PREFIX=${path}`);
			delete process.env.DOCKER_PATH_PREFIX;
			await ask(new Modem({protocol: 'http', host, port, pathPrefix: path}));
			say(`docker-modem, pathPrefix ${path}`);
		}
		process.exit();
	});
END
answers=$(timeout 60 node ask.js 2>log) || unavailable "$(tail -n 1 log)"
echo "$answers"
[ "$answers" = 'docker, DOCKER_HOST: /path/_ping
docker-modem, DOCKER_HOST: /_ping
docker-modem, DOCKER_PATH_PREFIX=/path: /_ping
docker-modem, pathPrefix /path: /_ping
docker-modem, DOCKER_PATH_PREFIX=/path/: /_ping
docker-modem, pathPrefix /path/: /_ping' ]
