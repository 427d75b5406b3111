#!/usr/bin/env bash
# Boots a Debian kernel in an emulated machine of a platform, with that platform's pause as PID 1:
#   boot.sh PLATFORM PACKAGE:ARCHITECTURE/RELEASE
# Prints the console of the machine, up to the line in which the kernel reports the end of PID 1. The kernel comes
# from the cache of tests/debian.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -eq 2 ] || { echo "usage: boot.sh PLATFORM PACKAGE:ARCHITECTURE/RELEASE" >&2 && exit 2; }
platform=$1
files=build/${platform//\//-}
kernel=$(find "$(tests/debian.sh "$2" './*/vmlinu*')" -name 'vmlinu*')

# The processor is the oldest that the platform's file promises to run on and that the kernel starts on.
case $platform in
linux/amd64) machine=(qemu-system-x86_64 -M q35 -cpu qemu64) console=ttyS0 ;;
linux/386) machine=(qemu-system-i386 -M pc -cpu pentium2) console=ttyS0 ;;
linux/arm64) machine=(qemu-system-aarch64 -M virt -cpu cortex-a53) console=ttyAMA0 ;;
linux/arm/v7) machine=(qemu-system-arm -M virt -cpu cortex-a7) console=ttyAMA0 ;;
linux/riscv64) machine=(qemu-system-riscv64 -M virt) console=ttyS0 ;;
linux/ppc64le) machine=(qemu-system-ppc64 -M pseries -cpu power8) console=hvc0 ;;
linux/s390x) machine=(qemu-system-s390x -M s390-ccw-virtio) console=ttysclp0 ;;
linux/loong64) machine=("$(tests/debian.sh qemu-system-misc:amd64/bookworm-backports ./usr/bin/qemu-system-loongarch64)/usr/bin/qemu-system-loongarch64" -M virt -bios "$(tests/debian.sh qemu-efi-loongarch64:all/trixie ./usr/share/qemu-efi-loongarch64)/usr/share/qemu-efi-loongarch64/QEMU_EFI.fd") console=ttyS0 ;;
linux/arm/v6) machine=(qemu-system-arm -M raspi0 -dtb $HOME/.cache/pause/bookworm/armel/linux-image-rpi/usr/lib/linux-image-6.1.0-50-rpi/bcm2835-rpi-zero.dtb) console="ttyAMA0 initcall_blacklist=bcm2835_power_driver_init" ;;
linux/mips64le) machine=(qemu-system-mips64el -M malta -cpu MIPS64R2-generic) console=ttyS0 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/proc"
cp "$files/pause" "$files/kernel-check" "$work/root/"
(cd "$work/root" && printf '%s\n' . proc pause kernel-check | cpio -o -H newc --quiet -R 0:0) >"$work/initrd"

"${machine[@]}" -m 512 -nodefaults -display none -serial stdio -monitor none -no-reboot \
	-kernel "$kernel" -initrd "$work/initrd" -append "console=$console rdinit=/kernel-check panic=-1" \
	</dev/null >"$work/console" 2>&1 &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true; rm -rf "$work"' EXIT

# Not every machine leaves after a panic; none says anything of interest after it.
deadline=$((SECONDS + 300))
until grep -q 'Attempted to kill init' "$work/console" || ! kill -0 "$emulator" 2>/dev/null; do
	[ $SECONDS -lt $deadline ] || break
	sleep 0.2
done
sed 's/\r$//; /Attempted to kill init/q' "$work/console"
