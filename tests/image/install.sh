#!/usr/bin/env bash
# Installs packages on a copy of this machine, with its engines, and goes through what a node sees of them:
#   install.sh deb|rpm PACKAGE NEWER
# The copy is laid over /, and goes when this ends. systemd does not run in it: what a unit does is done by hand.
set -euo pipefail
if [ $# -ne 3 ]; then
	echo "usage: install.sh deb|rpm PACKAGE NEWER" >&2
	exit 2
fi

if [ $$ -ne 1 ]; then
	# Under /var and not /tmp, which may be memory, or an overlay that no engine can lay its own upon.
	work=$(mktemp -d /var/tmp/pause-node.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$work"/{upper,work,root,engines}
	cp "$0" "$2" "$3" "$work/engines"
	"$(dirname "$0")/../tools/cri.sh" "$work/engines"
	status=0
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --fork --kill-child --propagation private -- bash -euc '
		mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" node "$1/root"
		cd "$1/root"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount --rbind /dev dev
		mount -t tmpfs -o mode=755 run run
		mount -t tmpfs -o mode=1777 tmp tmp
		mkdir -p var/lib/node "$1/engines/"{containerd,docker,containers}
		mount --bind "$1/engines" var/lib/node
		for engine in containerd docker containers; do
			mkdir -p "var/lib/$engine"
			mount --bind "$1/engines/$engine" "var/lib/$engine"
		done
		pivot_root . mnt
		umount -l /mnt
		shift
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash "/var/lib/node/$1" "${@:2}"' \
		bash "$work" "$(basename "$0")" "$1" "$(basename "$2")" "$(basename "$3")" </dev/null || status=$?
	exit $status
fi

cd /var/lib/node
kind=$1 package=$2 newer=$3
image=pause.internal/pause:installed
set -x

if [ "$kind" = deb ]; then
	put() { dpkg --install "$1"; }
	remove() { dpkg --remove pause-image; }
	version_of() { dpkg-deb --field "$1" Version; }
else
	put() { rpm --upgrade --nodeps --replacepkgs "$1"; }
	remove() { rpm --erase pause-image; }
	version_of() { rpm --query --queryformat '%{version}' --package "$1"; }
fi
within() {
	local deadline=$((SECONDS + 60))
	until "$@"; do [ $SECONDS -lt $deadline ] && sleep 0.1; done
}
start_containerd() {
	containerd >containerd.log 2>&1 &
	containerd=$!
	within ctr version
}
is_in() {
	case $1 in
	ctr) [ -n "$(ctr -n k8s.io images list -q "name==$image")" ] ;;
	*) "$1" image inspect $image >/dev/null 2>&1 ;;
	esac
}
# CRI says that the image is pinned, or the loader that this containerd cannot.
is_pinned() {
	local said
	said=$(load-pause --engine ctr 2>&1 >/dev/null)
	within cri_says "$([ -z "$said" ] && echo true || echo false)"
	[[ -z $said || $said == *"cannot pin"* ]]
}
cri_says() {
	echo '{}' | python3 cri.py /run/containerd/containerd.sock ListImages |
		jq -e --arg image $image "any(.images[]; .repoTags == [\$image] and .pinned == $1)"
}
version_in() {
	case $1 in
	ctr) ctr -n k8s.io run --rm $image once /pause -v ;;
	docker) docker run --rm --network none $image -v ;;
	podman) podman --runtime runc run --rm --network none $image -v ;; # crun refuses hybrid cgroups
	esac
}
etc() {
	find /etc -path '/etc/dpkg' -prune -o -type f -exec sha256sum {} + | sort
}
start_containerd
dockerd --iptables=false --ip6tables=false --bridge=none >dockerd.log 2>&1 &
within docker version
etc >etc.before

# What is installed is in each engine, pinned, and runs; no configuration is another one.
put "$package"
for engine in ctr docker podman; do
	is_in $engine
	[[ $(version_in $engine) == "pause $(version_of "$package") "* ]]
done
is_pinned
etc | diff etc.before -
systemd-analyze verify /usr/lib/systemd/system/load-pause@.service
for wanted in containerd.service.wants/load-pause@ctr docker.service.wants/load-pause@docker; do
	grep -qF 'ExecStart=load-pause --engine %i' "/usr/lib/systemd/system/$wanted.service"
done

# An upgrade lets run what runs, and the next ones are of the new version.
ctr -n k8s.io run --detach $image holder
holder_docker=$(docker run --detach --network none $image)
holder_podman=$(podman --runtime runc run --detach --network none $image)
put "$newer"
for engine in ctr docker podman; do
	[[ $(version_in $engine) == "pause $(version_of "$newer") "* ]]
done
[ "$(ctr -n k8s.io tasks list | awk '$1 == "holder" { print $3 }')" = RUNNING ]
[ "$(docker inspect --format '{{.State.Running}}' "$holder_docker")" = true ]
[ "$(podman inspect --format '{{.State.Running}}' "$holder_podman")" = true ]
docker rm --force "$holder_docker"
podman rm --force "$holder_podman"

# An engine that lost everything has it again when it starts.
ctr -n k8s.io tasks kill --signal KILL holder
within ctr -n k8s.io containers rm holder
kill "$containerd"
wait "$containerd" || :
rm -rf /var/lib/containerd/*
start_containerd
! is_in ctr || exit 1
load-pause --engine ctr
version_in ctr

# In use it stays; else it goes with the package, and nothing of that is left.
holder_docker=$(docker run --detach --network none $image)
remove
is_in docker
! is_in ctr || exit 1
! is_in podman || exit 1
[ -z "$(ctr -n k8s.io images list -q)" ]
[ "$(docker inspect --format '{{.State.Running}}' "$holder_docker")" = true ]
docker rm --force "$holder_docker"
put "$newer"
ctr -n k8s.io run --detach $image holder
remove
is_in ctr
! is_in docker || exit 1
! find /usr -path '*pause-image*' -o -name 'load-pause*' | grep . || exit 1
etc | diff etc.before -
ctr -n k8s.io tasks kill --signal KILL holder
within ctr -n k8s.io containers rm holder
