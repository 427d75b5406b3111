#!/usr/bin/env bash
# Compiles a kernel of Debian's source, small, with the compiler of the release:
#   build.sh PACKAGE:ARCHITECTURE/RELEASE ARCH TARGET,... OPTION,...
# Prints a folder of the cache with the kernel, vmlinuz, and its device trees. Another source, another compiler or other
# options make another folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash

[ $# -eq 4 ] || usage 'PACKAGE:ARCHITECTURE/RELEASE ARCH TARGET,... OPTION,...'
source=$1 arch=$2
IFS=, read -ra targets <<<"$3"
IFS=, read -ra options <<<"$4"

# What the checks need: a program in an initramfs, /proc, namespaces, seccomp's filters; EXPERT turns off all that is not
# asked for.
options+=(EXPERT MMU BLK_DEV_INITRD BINFMT_ELF PRINTK TTY POSIX_TIMERS PROC_FS MULTIUSER NAMESPACES PID_NS NET SECCOMP
	SECCOMP_FILTER)

archive=$(file=$(tests/tools/fetch-deb.sh "$source" './*/linux-source-*.tar.xz') && find "$file" -name 'linux-source-*.tar.xz')
key=$({ sha256sum <"$archive" && clang-19 --version && echo "$*" "${options[*]}"; } | sha256sum | head -c 12)

compile() {
	local work=$1/work build refused
	mkdir -p "$work/source"
	# Most of the source is drivers of what no machine here has; their Kconfig is read.
	tar -xJf "$archive" -C "$work/source" --strip-components=1 --wildcards \
		--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/sound/*.[ch]' --exclude='*.rst'
	build=(make -s -C "$work/source" "O=$work/build" "ARCH=$arch" LLVM=-19 "-j$(nproc)")
	printf 'CONFIG_%s=y\n' "${options[@]}" >"$work/options"
	"${build[@]}" "KCONFIG_ALLCONFIG=$work/options" allnoconfig
	refused=$(grep -vxFf "$work/build/.config" "$work/options") || true
	[ -z "$refused" ] || fail "$source, $arch: the configuration does not take: ${refused//$'\n'/, }"
	"${build[@]}" "${targets[@]}"
	cp "$(find "$work/build" -name "${targets[0]}" -type f)" "$1/vmlinuz"
	find "$work/build" -name '*.dtb' -exec cp {} "$1" \;
	rm -rf "$work"
}
cached kernels "$arch-$key" compile
