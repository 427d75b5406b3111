#!/usr/bin/env bash
# systemd's import of OCI images refuses every image whose user is a number, or that names a group.
#
# Tool: systemd-pull (what `importctl pull-oci` starts) of systemd-container 262.1-1, Debian sid.
# Input: images of one file that differ in config.User alone; a registry on the loopback interface serves them by TLS.
# Expected: all are imported. The OCI image specification (config.md, "User") lists the valid forms on Linux: user,
# uid, user:group, uid:gid, uid:group, user:gid. importctl(1) names no limit.
# Seen: no User, root and nobody are imported. 0, 0:0, 1000, 65532, 65532:65532 and nobody:root are refused after
# all has been fetched and unpacked: "JSON field 'User' is not a valid user/group name", status 1, and what was
# unpacked stays behind without settings. Kubernetes' runAsNonRoot wants a number, so such images are common.
# What to do: import a copy with a name for a user, which needs an /etc/passwd in the image to be started, or start the
# unpacked NAME.mstack, whose file system is whole, by systemd-nspawn with a command line of your own.
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
command -v openssl python3 ip >/dev/null || unavailable "it needs openssl, python3 and ip"
packages sid systemd-container=262.1-1 libcurl4t64 ca-certificates

cd "$work"
mkdir -p web layer root/etc/ssl/certs root/images && touch layer/file && tar -C layer -cf web/layer file
digest() { sha256sum "$1" | cut -c -64; }
layer=$(digest web/layer) && mv web/layer "web/$layer"
oci=application/vnd.oci.image
image() { # image NAME USER
	echo "{\"architecture\": \"amd64\", \"os\": \"linux\", \"config\": {\"Entrypoint\": [\"/file\"]$2}," \
		"\"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"sha256:$layer\"]}}" >config
	cp config "web/$(digest config)"
	cat >"web/$1" <<-END
		{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json", "config": {"mediaType": "$oci.config.v1+json",
		 "digest": "sha256:$(digest config)", "size": $(stat -c %s config)}, "layers": [{"mediaType":
		 "$oci.layer.v1.tar", "digest": "sha256:$layer", "size": $(stat -c %s "web/$layer")}]}
	END
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out root/etc/ssl/certs/ca-certificates.crt -days 2 \
	-subj /CN=registry.test -addext subjectAltName=DNS:registry.test 2>log || unavailable "openssl: $(tail -n 1 log)"
echo "127.0.0.1 registry.test" >root/etc/hosts
# A registry that can only be read: manifests by the last part of their path, blobs by their digest.
cat >server.py <<-END
	import http.server, ssl
	class Handler(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        with open("web/" + self.path.replace(":", "/").rsplit("/", 1)[1], "rb") as file:
	            data = file.read()
	        self.send_response(200)
	        kind = "$oci.manifest.v1+json" if "/manifests/" in self.path else "application/octet-stream"
	        self.send_header("Content-Type", kind)
	        self.send_header("Content-Length", str(len(data)))
	        self.end_headers()
	        self.wfile.write(data)
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain("root/etc/ssl/certs/ca-certificates.crt", "key")
	server = http.server.HTTPServer(("127.0.0.1", 443), Handler)
	server.socket = context.wrap_socket(server.socket, server_side=True)
	server.serve_forever()
END
cat >pull <<-'END'
	ip link set lo up
	python3 server.py 2>server.log &
	trap "kill $!" EXIT
	for ((i = 0; i < 100; i++)); do (: </dev/tcp/127.0.0.1/443) 2>log && break || sleep 0.1; done
	for name; do
		chroot root /usr/lib/systemd/systemd-pull --class=machine --image-root=/images oci "registry.test/$name:$name" \
			"$name" >"$name.log" 2>&1 && echo "$name imported" || echo "$name $(grep "field 'User'" "$name.log")"
	done
END
image none '' && names=(none)
for user in root nobody 0 0:0 1000 65532 65532:65532 nobody:root; do
	names+=("user-${user/:/-}")
	image "user-${user/:/-}" ", \"User\": \"$user\""
done
unshare -mn bash pull "${names[@]}" | tee answers
grep -q '^none imported' answers || unavailable "$(tail -n 1 none.log)"
[ "$(grep -c ' imported$' answers)" = 3 ] && [ "$(grep -c 'is not a valid user/group name' answers)" = 6 ]
