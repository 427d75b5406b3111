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
file /etc/systemd/system/load-pause@.service 0644 "$(dirname "$0")/load-pause@.service"
echo "runcmd:"
echo "  - [systemctl, add-wants, containerd.service, load-pause@ctr.service]"
echo "  - [systemctl, start, load-pause@ctr.service]"
