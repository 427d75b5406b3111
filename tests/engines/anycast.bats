#!/usr/bin/env bats
# examples/anycast/: two sites, a router and a client, each in a network of its own. The sites are Docker hosts; the
# router runs the same BIRD. This kernel may have no macvlan: here a bridge is the LAN, with the host's interface in it.

load ../helpers
load engines

ANYCAST=192.0.2.53

# A command with the network and the engine of one of the four: at near docker ps
at() (
	ENGINES=$BATS_FILE_TMPDIR/$1
	export ENGINES DOCKER_HOST=unix://$ENGINES/docker.sock SITE=$1
	"${@:2}"
)

# A cable: cable NETWORK NAME ADDRESS NETWORK NAME ADDRESS
cable() {
	ip link add "p$BASHPID" type veth peer name "q$BASHPID"
	plug "p$BASHPID" "${@:1:3}"
	plug "q$BASHPID" "${@:4:3}"
}
plug() {
	ip link set "$1" netns "$(at "$2" daemon_pid network)" name "$3"
	at "$2" in_network ip link set "$3" up
	[ -z "$4" ] || at "$2" in_network ip address add "$4" dev "$3"
}

# The archive of the example's images, built as its reader does, on a bare Debian that is made here: example_images
# It is in the cache of packages, as that is, by what it was built of: most of what this file takes is to build them.
example_images() (
	. "$ROOT/scripts/common.bash"
	bare=$("$ROOT/tests/tools/bare.sh" trixie)
	of=$({ stat -c %Y "$bare" && cat "$ROOT/examples/anycast/Dockerfile" && declare -f build_images; } | sha256sum)
	echo "$(cached packages/anycast "${of:0:16}" build_images)/images.tar"
)
build_images() {
	local name
	use_podman
	podman import "$bare" docker.io/library/debian:trixie-slim
	# Debian's own image keeps nothing that apt caches: a hundred megabytes in each image.
	mkdir "$1/apt"
	for name in unbound bird; do
		buildah bud --network host --isolation chroot --layers --volume "$1/apt:/var/cache/apt" --target $name \
			-t "anycast-$name" "$ROOT/examples/anycast"
	done
	rm -r "$1/apt"
	podman save --multi-image-archive --output "$1/images.tar" localhost/anycast-{unbound,bird}
}

start_site() {
	local name
	INSIDE=$(network) start_dockerd
	docker load -i "$DOCKER_ARCHIVE"
	docker load -i "$images"
	for name in unbound bird; do
		docker tag "localhost/anycast-$name" "anycast-$name"
	done
	# what else holds a network: as upstream builds its own, and a sleep that no signal reaches
	cp "$(helper kubernetes)" "$ENGINES/pause"
	tar -C "$ENGINES" -c pause | docker import --change 'ENTRYPOINT ["/pause"]' - kubernetes-style
	tar -C "$(dirname "$(command -v busybox)")" -c busybox |
		docker import --change 'ENTRYPOINT ["/busybox", "sleep", "infinity"]' - sleep-infinity
	compose up -d holder
	in_network ip link set eth0 master "br-$(docker network ls -q -f name=home_lan)"
}

# The example, with this site's settings, and what HOLDER is in the place of pause.
compose() {
	local files=(-f "$BATS_FILE_TMPDIR/anycast/compose.yaml")
	[ -z "${HOLDER-}" ] || {
		echo "services: {holder: {image: $HOLDER}}" >"$ENGINES/holder.yaml"
		files+=(-f "$ENGINES/holder.yaml")
	}
	docker-compose -p home --env-file "$BATS_FILE_TMPDIR/anycast/$SITE.env" "${files[@]}" "$@"
}

setup_file() {
	local site images
	for site in near far router client; do
		mkdir "$BATS_FILE_TMPDIR/$site"
		at $site start_network
	done
	cable router near 198.51.100.1/25 near eth0 ''
	cable router far 198.51.100.129/25 far eth0 ''
	cable router clients 203.0.113.1/24 client eth0 203.0.113.2/24
	at client in_network ip route add default via 203.0.113.1
	at router in_network sysctl -q net.ipv4.ip_forward=1

	cp -r "$ROOT/examples/anycast" "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR/anycast"
	sed -i 's/driver: macvlan/driver: bridge/' compose.yaml
	# a bridge has the gateway's address, which cannot be the router's, too
	sed -i '/GATEWAY/s/1$/3/' near.env
	sed -i '/GATEWAY/s/129$/131/' far.env

	images=$(example_images)
	at near start_site
	at far start_site
	at far compose up -d
	at router start_router
}

# BIRD out of the image, in a folder: this is no Docker host.
start_router() {
	mkdir "$ENGINES/root"
	at near docker export "$(at near docker create anycast-bird true)" | tar -x -C "$ENGINES/root"
	{ echo 'debug protocols { events };' && cat "$ROOT/examples/anycast/router.conf"; } >"$ENGINES/root/etc/bird/bird.conf"
	INSIDE=$(network) start_daemon bird chroot "$ENGINES/root" bird -f
}

teardown_file() {
	local site
	for site in near far router client; do
		at $site stop_engines
	done
	stop_engines
}

# What a client behind the router gets for a name: ask CLASS TYPE NAME
ask() {
	at client in_network dig +short +tries=1 +time=1 "@$ANYCAST" "$@"
}
answered_by() {
	[ "$(ask CH TXT id.server)" = "\"$1\"" ]
}

# Asks all the time while a command runs: lost_while COMMAND... sets lost and asked
lost_while() {
	local answers=$BATS_TEST_TMPDIR/answers
	rm -f "$answers.enough"
	while [ ! -e "$answers.enough" ]; do
		ask CH TXT id.server || echo lost
		sleep 0.05
	done >"$answers" 3>&- &
	local asking=$!
	"$@"
	touch "$answers.enough"
	wait $asking
	lost=$(grep -c lost "$answers") || true
	asked=$(wc -l <"$answers")
	[ "$asked" -gt "$lost" ]
}

birdc() {
	chroot "$BATS_FILE_TMPDIR/router/root" birdc "$@"
}

# Whether both of the router's neighbours are there; and whether it has seen the near one go since its log was emptied.
has_both() {
	[ "$(birdc show ospf neighbors | grep -c Full)" -eq 2 ]
}
forget() {
	: >"$BATS_FILE_TMPDIR/router/bird.log"
}
near_has_gone() {
	grep -aq 'Neighbor 198.51.100.2 on near changed state from Full' "$BATS_FILE_TMPDIR/router/bird.log"
}

both_up() {
	at near compose up -d
	within 120 has_both
	within 120 answered_by near
}

# Of a service of the near site: inspect FORMAT SERVICE
inspect() {
	docker inspect -f "$1" "$(service "$2")"
}

# A new container of the name server, as an update brings it.
replace_unbound() {
	at near compose up -d --no-deps --force-recreate unbound
	within 60 answered_by near
}

# Sets seconds.
stop_near() {
	local begin=$EPOCHREALTIME
	at near compose stop
	seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
	within 60 answered_by far
}

start_near() {
	at near compose start
	within 60 answered_by near
}

# Health checks that leave something behind, in a container with the holder's process ids. Sets zombies.
check_health() {
	local pid
	pid=$(at near inspect '{{.State.Pid}}' holder)
	at near docker run -d --name checked --network none --pid "container:$(at near service holder)" \
		--health-cmd 'sleep 0.1 & exit 0' --health-interval 1s anycast-bird sleep 600
	within 60 has_checked
	at near docker rm -f checked
	within 60 none_lives_below "$pid"
	zombies=$(children_of "$pid" | wc -w)
}
has_checked() {
	[ "$(at near docker inspect -f '{{len .State.Health.Log}}' checked)" -ge 5 ]
}
none_lives_below() {
	local child
	for child in $(children_of "$1"); do
		[[ $(status_of "$child" State) == [XZ]* ]] || return 1
	done
}

@test "both sites are up; the near one answers, and says its name" {
	both_up
	[ "$(ask IN A www.home.arpa)" = 203.0.113.80 ]
}

@test "while the name server is replaced, the router's neighbour and the address stay" {
	both_up
	forget
	lost_while replace_unbound
	echo "# the name server replaced: $lost of $asked queries lost" >&3
	run near_has_gone
	[ "$status" -eq 1 ]
	has_both
	nsenter --net="/proc/$(at near inspect '{{.State.Pid}}' holder)/ns/net" ip address show lo | grep -q "inet $ANYCAST/32"
}

@test "when the near site is stopped the far one answers, and when it is started again, it does" {
	both_up
	forget
	lost_while stop_near
	echo "# the near site stopped in $seconds s: $lost of $asked queries lost" >&3
	near_has_gone
	for service in holder unbound bird; do
		[ "$(at near inspect '{{.State.ExitCode}}' $service)" -eq 0 ]
	done
	lost_while start_near
	echo "# and started again: $lost of $asked queries lost" >&3
}

@test "when the near site's cable is pulled the far one answers" {
	both_up
	at near in_network ip link set eth0 down
	lost_while within 60 answered_by far
	echo "# the near site's cable pulled: $lost of $asked queries lost" >&3
	at near in_network ip link set eth0 up
	within 60 answered_by near
}

# The same with another holder: its exit status, 137 where the engine had to kill it, and the zombies of five checks.
held_by() {
	HOLDER=$1 both_up
	check_health
	lost_while stop_near
	printf '# | %-24s | %4.1f s | %s | %s |\n' "$1" "$seconds" "$(at near inspect '{{.State.ExitCode}}' holder)" "$zombies" >&3
	[ "$(at near inspect '{{.State.ExitCode}}' holder)" -eq "$2" ]
}

@test "pause and Kubernetes' pause as holder stop by themselves, and leave no zombie of a health check; sleep does neither" {
	for holder in "$IMAGE" kubernetes-style; do
		held_by "$holder" 0
		[ "$zombies" -eq 0 ]
	done
	held_by sleep-infinity 137
	[ "$zombies" -ge 5 ]
}
