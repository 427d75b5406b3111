#!/usr/bin/env bash
# Prints cloud-init user-data that brings the pause image to a node: cloud-init.sh dist/load-pause-linux-amd64.sh
# The loader and its systemd unit travel inside; no registry is asked for anything.
set -euo pipefail
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
	echo "usage: cloud-init.sh LOADER, which \`make loader\` writes" >&2
	exit 2
fi

# file PATH MODE SOURCE
file() {
	printf '  - path: %s\n    permissions: "%s"\n    content: |\n' "$1" "$2"
	sed '/./s/^/      /' "$3"
}

echo "#cloud-config"
echo "write_files:"
file /usr/local/sbin/load-pause 0755 "$1"
file /etc/systemd/system/load-pause@.service 0644 "$(dirname "$0")/../image/load-pause@.service"
# runcmd comes after the kubelet, where the machine's image brings one. This comes before, and has it wait.
echo "bootcmd:"
echo "  - [cloud-init-per, instance, load-pause, systemd-run, --no-block, --property=Type=oneshot,"
echo "    --property=After=containerd.service cloud-init.service cloud-init-network.service,"
echo "    --property=Before=kubelet.service, systemctl, start, load-pause@ctr.service]"
# From now on, and where containerd was not yet there.
echo "runcmd:"
echo "  - [systemctl, add-wants, containerd.service, load-pause@ctr.service]"
echo "  - [systemctl, start, load-pause@ctr.service]"
