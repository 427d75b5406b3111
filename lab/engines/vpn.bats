#!/usr/bin/env bats
# examples/vpn/: a VPN client in a holder's network. "home" is the Docker host, "away" has the VPN's server and a web server
# that tells from where it was asked; both are networks of their own, with one cable between them.

load ../../tests/helpers
load ../../tests/engines/engines

WEB=203.0.113.9

net_of() {
	echo "/proc/$(cut -d ' ' -f 1 "$ENGINES/$1.pid")/ns/net"
}
in_network() {
	nsenter --net="$(net_of "$1")" "${@:2}"
}

FILE=compose.yaml
compose() {
	docker-compose -p vpn -f "$BATS_FILE_TMPDIR/vpn/$FILE" "$@"
}

setup_file() {
	local name
	for name in home away; do
		start_daemon $name unshare --net "$PAUSE"
		within 60 asleep "$(cut -d ' ' -f 1 "$ENGINES/$name.pid")"
		in_network $name ip link set lo up
		# the neighbours' talk of IPv6 is no leak, and would be counted
		in_network $name sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	ip link add "p$BASHPID" type veth peer name "q$BASHPID"
	ip link set "p$BASHPID" netns "$(net_of home)" name eth0
	ip link set "q$BASHPID" netns "$(net_of away)" name eth0
	in_network home ip address add 198.51.100.2/24 dev eth0
	in_network home ip link set eth0 up
	in_network home ip route add default via 198.51.100.1
	in_network home sysctl -q net.ipv4.ip_forward=1
	in_network away ip address add 198.51.100.1/24 dev eth0
	in_network away ip link set eth0 up
	in_network away ip address add $WEB/32 dev lo

	cp -r "$ROOT/examples/vpn" "$BATS_FILE_TMPDIR"
	use_podman
	podman import "$("$ROOT/tests/tools/bare.sh" trixie)" docker.io/library/debian:trixie-slim
	buildah bud --network host --isolation chroot --layers -t vpn "$BATS_FILE_TMPDIR/vpn"
	podman save --format docker-archive -o "$BATS_FILE_TMPDIR/vpn.tar" localhost/vpn

	INSIDE="nsenter --net=$(net_of home)" start_dockerd --iptables=true --bridge=
	docker load -i "$ROOT/dist/pause.tar"
	docker load -i "$BATS_FILE_TMPDIR/vpn.tar"
	docker tag localhost/vpn vpn
	start_server
	export SERVER=198.51.100.1
}

# The server is the same program, out of the image; and what comes over the cable beside the tunnel's packets is counted.
start_server() {
	local folder=$BATS_FILE_TMPDIR/server key
	mkdir "$folder"
	docker export "$(docker create vpn true)" | tar -x -C "$folder"
	# No function is started in the background: that is a shell, and when it is stopped, what it started goes on.
	# The device is mounted where this process alone sees it: what removes the folder must not meet the machine's.
	# shellcheck disable=SC2016 # for the inner shell
	start_daemon server nsenter --net="$(net_of away)" unshare --mount sh -c '
		touch "$0/tun" && mount --bind /dev/net/tun "$0/tun" && mkdir -p "$0/dev/net" &&
			ln -s /tun "$0/dev/net/tun" && exec chroot "$0" wireguard-go --foreground wg0' "$folder"
	key=$(chroot "$folder" wg genkey)
	printf '%s\n' '[Interface]' "PrivateKey = $(chroot "$folder" wg genkey | tee "$folder/key")" 'ListenPort = 51820' \
		'[Peer]' "PublicKey = $(chroot "$folder" wg pubkey <<<"$key")" 'AllowedIPs = 10.9.0.2/32' >"$folder/server.conf"
	within 60 in_network away chroot "$folder" wg setconf wg0 /server.conf
	in_network away ip address add 10.9.0.1/24 dev wg0
	in_network away ip link set wg0 up
	sed -i "s,THE_CLIENTS_PRIVATE_KEY,$key,; s,THE_SERVERS_PUBLIC_KEY,$(chroot "$folder" wg pubkey <"$folder/key")," \
		"$BATS_FILE_TMPDIR/vpn/vpn.conf"
	in_network away nft -f - <<-'NFT'
		table inet count {
			counter clear {}
			set seen {
				type inet_proto . ipv4_addr . ipv4_addr
				flags dynamic
				size 1000
			}
			chain input {
				type filter hook input priority filter
				iifname eth0 udp dport 51820 accept
				# that a packet of the tunnel met no relay, since that was made anew
				iifname eth0 ct state related accept
				iifname eth0 counter name clear
				iifname eth0 add @seen { meta l4proto . ip saddr . ip daddr }
			}
		}
	NFT
	start_daemon web nsenter --net="$(net_of away)" /usr/bin/python3 -m http.server --directory "$folder/home" --bind $WEB 80
}

teardown() {
	compose down -t 1
}

teardown_file() {
	stop_engines
}

# Packets that came in the clear.
clear() {
	in_network away nft list counter inet count clear | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# Whether nothing has come since there were so many: nothing_since PACKETS
nothing_since() {
	[ "$(clear)" -eq "$1" ] || {
		in_network away nft list set inet count seen
		return 1
	}
}

# What the client gets of the web server in three seconds, and from which address it asked, by the server's log.
ask() {
	docker exec "$(compose ps -q client)" timeout 3 bash -c \
		"exec 3<>/dev/tcp/$WEB/80; printf 'GET / HTTP/1.0\r\n\r\n' >&3; grep -q '200 OK' <&3"
}
asked_by() {
	grep 'GET / ' "$ENGINES/web.log" | tail -n 1 | cut -d ' ' -f 1
}

# Tries to get out by all that there is: names, TCP, UDP.
try_to_leave() {
	! ask || return 1
	docker exec "$(compose ps -q client)" timeout 5 bash -c "getent hosts example.org; echo >/dev/udp/$WEB/9" || true
}

namespace() {
	readlink "/proc/$(docker inspect -f '{{.State.Pid}}' "$(compose ps -q "$1")")/ns/net"
}

@test "the client gets out through the tunnel; while the VPN is down nothing leaves; updated, it serves the same client" {
	local before network
	before=$(clear)
	compose up -d
	within 60 ask
	[ "$(asked_by)" = 10.9.0.2 ]
	network=$(namespace client)

	compose stop vpn
	try_to_leave
	compose kill -s KILL client # what is restarted meanwhile gets out no more than before
	compose start client
	try_to_leave

	compose up -d --force-recreate --no-deps vpn
	within 60 ask
	[ "$(asked_by)" = 10.9.0.2 ]
	[ "$(namespace client) $(namespace vpn)" = "$network $network" ]

	# killed, it leaves its interface behind, and finds it at its next start
	compose kill -s KILL vpn
	compose up -d --no-deps vpn
	within 60 ask
	nothing_since "$before"
}

@test "a holder made anew cuts everybody off until the next up; nothing leaves meanwhile" {
	local before
	compose up -d
	within 60 ask
	before=$(clear)
	compose up -d --force-recreate --no-deps holder
	try_to_leave
	[ "$(namespace client)" != "$(namespace holder)" ]
	compose up -d --force-recreate vpn client
	within 60 ask
	nothing_since "$before"
}

@test "a control: with a way out of the holder's network, it leaves in the clear before the VPN is up" {
	local before
	sed '/internal: true/d' "$BATS_FILE_TMPDIR/vpn/$FILE" >"$BATS_FILE_TMPDIR/vpn/open.yaml"
	FILE=open.yaml
	compose up -d holder client
	before=$(clear)
	ask || true
	[ "$(clear)" -gt "$before" ]
}

@test "a control: without a holder, a VPN client that is restarted leaves the others without a network, and made anew, for good" {
	local network client
	sed '/^  vpn:/,/^  client:/s/network_mode: service:holder/networks: {closed: {ipv4_address: 10.8.0.4}}/
		/^  client:/,$s/network_mode: service:holder/network_mode: service:vpn/' "$BATS_FILE_TMPDIR/vpn/$FILE" \
		>"$BATS_FILE_TMPDIR/vpn/theirs.yaml"
	FILE=theirs.yaml
	compose up -d
	within 60 ask
	network=$(namespace client) client=$(compose ps -q client)
	[ "$(namespace vpn)" = "$network" ]

	compose restart -t 1 vpn
	[ "$(namespace client)" = "$network" ]
	[ "$(namespace vpn)" != "$network" ]
	docker exec "$client" ip -brief link
	[ "$(docker exec "$client" ip -brief link | cut -d ' ' -f 1)" = lo ]
	run ask
	[ "$status" -ne 0 ]

	docker restart -t 1 "$client"
	within 60 ask
	compose up -d --force-recreate --no-deps vpn
	run docker restart -t 1 "$client"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *'No such container: '* ]]
	[ "$(docker inspect -f '{{.State.Running}}' "$client")" = false ]
}

@test "without /dev/net/tun the client says in one line what is missing" {
	run docker run --rm --network none vpn
	[ "$status" -eq 1 ]
	[[ $output == "vpn.sh: /dev/net/tun is missing: "* ]]
	[ "${#lines[@]}" -eq 1 ]
}
