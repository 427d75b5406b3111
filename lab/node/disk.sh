#!/usr/bin/env bash
# Writes the disk of a node that was never booted: disk.sh BASE FOLDER cloud-init|package
# BASE is what base.sh prints. The folder gets the disk; the loader comes to it by cloud-init's files or as the package,
# installed as whoever makes machine images does it. The run's own files are laid into this disk, never into the base.
set -euo pipefail
# shellcheck source=scripts/common.bash
. "$(dirname "$0")/../../scripts/common.bash"
[ $# -eq 3 ] || usage 'BASE FOLDER cloud-init|package'
base=$1 folder=$(realpath "$2") way=$3
cd "$(dirname "$0")/../.."

root=$folder/root
trap 'rm -rf "$root"' EXIT
mkdir "$root"
tar -x -f "$base/root.tar" -C "$root" --numeric-owner

echo node >"$root/etc/hostname" # mmdebstrap gives it this machine's
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"

# What stands for the kubelet, and the tests' CRI client.
install -D -m 644 -t "$root/etc/systemd/system" lab/node/kubelet.service
install -D -m 755 -t "$root/usr/local/bin" lab/node/kubelet
mkdir -p "$root/usr/local/lib/cri"
tests/tools/cri.sh "$root/usr/local/lib/cri"
systemctl --quiet --root="$root" enable kubelet.service

case $way in
cloud-init)
	seed=$root/var/lib/cloud/seed/nocloud
	mkdir -p "$seed"
	examples/cloud-init.sh "dist/load-pause-$(scripts/platforms.sh --native | tr / -).sh" >"$seed/user-data"
	echo 'instance-id: node' >"$seed/meta-data"
	;;
package)
	cp dist/pause-image_*.deb "$root/root/pause-image.deb"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --fork --kill-child --propagation private -- bash -euc '
		mount -t proc proc "$1/proc"
		exec chroot "$1" dpkg --install /root/pause-image.deb' bash "$root" >&2
	;;
esac

truncate -s 8G "$folder/disk"
mke2fs -q -t ext4 -d "$root" "$folder/disk"
