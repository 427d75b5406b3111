#!/usr/bin/env bash
# Boots a distribution's kernel in an emulated machine, with the platform's pause as PID 1:
#   boot.sh PLATFORM PACKAGE:ARCHITECTURE/RELEASE [CPU]
# Prints the machine's console, up to the line in which the kernel reports the end of PID 1. Status 1 when that line
# does not come within ten minutes. What is not installed comes from the cache of package.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# -lt 2 ]; then
	echo "usage: boot.sh PLATFORM PACKAGE:ARCHITECTURE/RELEASE [CPU]" >&2
	exit 2
fi
platform=$1 package=$2
files=build/${platform//\//-}

# The one file of a package that a pattern describes.
from_package() {
	find "$(tests/tools/package.sh "$1" "./*/$2")" -name "$2"
}

# Where the emulator has it, the processor is the oldest one that the platform promises.
more=() quirk=
case $platform in
linux/amd64) emulator=qemu-system-x86_64 machine=q35 cpu=qemu64 console=ttyS0 ;;
linux/386) emulator=qemu-system-i386 machine=pc cpu=pentium2 console=ttyS0 ;;
linux/arm64) emulator=qemu-system-aarch64 machine=virt cpu=cortex-a53 console=ttyAMA0 ;;
linux/arm/v7) emulator=qemu-system-arm machine=virt cpu=cortex-a7 console=ttyAMA0 ;;
linux/arm/v6)
	emulator=qemu-system-arm machine=raspi0 cpu=arm1176 console=ttyAMA0
	more=(-dtb "$(from_package "$package" bcm2835-rpi-zero.dtb)")
	# The emulated board lacks the power controller.
	quirk=initcall_blacklist=bcm2835_power_driver_init
	;;
linux/riscv64) emulator=qemu-system-riscv64 machine=virt cpu=rv64 console=ttyS0 ;;
linux/ppc64le) emulator=qemu-system-ppc64 machine=pseries cpu=power8 console=hvc0 ;;
linux/s390x) emulator=qemu-system-s390x machine=s390-ccw-virtio cpu=qemu console=ttysclp0 ;;
linux/mips64le) emulator=qemu-system-mips64el machine=malta cpu=MIPS64R2-generic console=ttyS0 ;;
linux/loong64)
	# The kernel is an EFI program, which bookworm's emulator cannot start.
	emulator=$(from_package qemu-system-misc:amd64/bookworm-backports qemu-system-loongarch64)
	machine=virt cpu=la464 console=ttyS0
	more=(-bios "$(from_package qemu-efi-loongarch64:all/trixie QEMU_EFI.fd)")
	;;
*)
	echo "boot.sh: $platform: no such platform" >&2
	exit 2
	;;
esac
kernel=$(from_package "$package" 'vmlinu*')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/proc"
cp "$files/pause" "$files/check" "$work/root/"
(cd "$work/root" && printf '%s\n' . proc pause check | cpio -o -H newc -R 0:0 --quiet) >"$work/initrd"

"$emulator" -M "$machine" -cpu "${3-$cpu}" -m 512 "${more[@]}" \
	-nodefaults -display none -monitor none -serial stdio -no-reboot \
	-kernel "$kernel" -initrd "$work/initrd" -append "console=$console rdinit=/check panic=-1 $quirk" \
	</dev/null >"$work/console" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

# Not every machine leaves after a panic; none says anything of interest after it.
end='Attempted to kill init! exitcode='
deadline=$((SECONDS + 600))
until grep -aq "$end" "$work/console"; do
	if ! kill -0 "$pid" 2>/dev/null || [ $SECONDS -gt $deadline ]; then
		cat "$work/console" >&2
		echo "boot.sh: $platform: PID 1 of $package did not end" >&2
		exit 1
	fi
	sleep 0.1
done
sed "s/\r$//; /$end/q" "$work/console"
