#!/bin/sh
# The VPN client of compose.yaml. ADDRESS is its own in the tunnel; /etc/vpn.conf is for wg(8). All that leaves goes
# through the tunnel; its server is reached by the relay, which is in the same network and needs no route.
set -eu
[ -c /dev/net/tun ] || {
	echo "vpn.sh: /dev/net/tun is missing: load the module tun on the host, and give the device to this service" >&2
	exit 1
}

# What a member makes in the holder's network outlives it. So it removes that at its end, and at its start what a client
# that was killed has left; a route goes with its interface.
clean() {
	rm -f /run/wireguard/wg0.sock
	ip link delete wg0 2>/dev/null || :
}
clean
wireguard-go --foreground wg0 &
client=$!
trap 'kill $client; wait $client || :; clean; exit 0' TERM INT
until [ -S /run/wireguard/wg0.sock ]; do
	kill -0 $client
	sleep 0.1
done
wg setconf wg0 /etc/vpn.conf
ip address add "$ADDRESS" dev wg0
ip link set wg0 up
ip route replace default dev wg0
wait $client
