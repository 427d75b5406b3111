#!/usr/bin/env bash
# Boots the disk in a folder that disk.sh filled, for half an hour at most: machine.sh BASE FOLDER
# The folder gets the console's text, and the socket of the guest agent. ACCEL=kvm or tcg says what runs it; otherwise KVM
# where it can run the node's kernel, and emulation where not.
set -euo pipefail
if [ $# -ne 2 ]; then
	echo "usage: machine.sh BASE FOLDER" >&2
	exit 2
fi
base=$(realpath "$1")
cd "$2" # a socket's path is short

emulator=qemu-system-$(uname -m) machine=()
! "$emulator" -M help | grep '^virt ' >/dev/null || machine=(-M virt)
# /dev/kvm may open and run no guest, on a machine that is itself emulated: qemu then aborts, or stays for ever. So the
# kernel is started alone. It finds no root, which takes it a second, panics, and that ends qemu.
runs_kvm() {
	timeout 20 "$emulator" "${machine[@]}" -accel kvm -cpu max -m 512M -nodefaults -display none -nic none -no-reboot \
		-kernel "$base/vmlinuz" -append 'console=ttyS0 console=ttyAMA0 panic=-1' -serial stdio </dev/null 2>&1 |
		grep -a 'Kernel panic - not syncing: VFS' >/dev/null
}
accel=${ACCEL:-$(if runs_kvm; then echo kvm; else echo tcg,thread=multi; fi)}

# What takes long here is slow, not stuck; guarding against other tenants makes it slower still.
append=(root=/dev/vda console=hvc0 mitigations=off systemd.default_timeout_start_sec=900 systemd.default_device_timeout_sec=900)
# Whoever started this takes it along.
exec setpriv --pdeathsig TERM timeout --foreground 1800 "$emulator" "${machine[@]}" -accel "$accel" \
	-cpu max -smp 2 -m 2G -nodefaults -display none -monitor none -nic none \
	-kernel "$base/vmlinuz" -initrd "$base/initrd.img" -append "${append[*]}" \
	-drive file=disk,if=virtio,format=raw,cache=unsafe \
	-device virtio-serial \
	-chardev file,id=console,path=console -device virtconsole,chardev=console \
	-chardev socket,id=agent,path=agent,server=on,wait=off \
	-device virtserialport,chardev=agent,name=org.qemu.guest_agent.0 </dev/null
