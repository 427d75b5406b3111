#!/usr/bin/env bash
# Boots a root folder of base.sh's, with systemd as PID 1 of namespaces of its own, on this machine's kernel:
# container.sh FOLDER CGROUP
# CGROUP is a folder in the hierarchy of cgroup v2; systemd may do there what it likes. What it says comes to standard
# output. It ends like a machine whose power is cut when its PID 1, the child of this process, is killed.
set -euo pipefail
if [ $# -ne 2 ]; then
	echo "usage: container.sh FOLDER CGROUP" >&2
	exit 2
fi
mkdir -p "$2"
echo $$ >"$2/cgroup.procs"
# What is this machine's stays as it is: of the kernel's settings only those of the network can be written. The devices
# are made here, since systemd changes what it finds.
# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc --net --propagation private -- bash -euc '
	mount --bind "$1" "$1"
	cd "$1"
	mount -t proc proc proc
	mount --bind proc/sys/net proc/sys/net
	mount --rbind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs run
	mount -t tmpfs -o mode=755 tmpfs dev
	while read -r name numbers; do
		mknod -m 666 "dev/$name" c $numbers
	done <<<"null 1 3
		zero 1 5
		full 1 7
		random 1 8
		urandom 1 9
		tty 5 0"
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	mount -t tmpfs tmpfs dev/shm
	pivot_root . mnt
	umount -l /mnt
	hostname node
	exec env -i container=test PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --log-target=console
' container "$(realpath "$1")" </dev/null
