#!/usr/bin/env bash
# Compiles a kernel of Debian's source, small, with the compiler of the release:
#   build.sh PACKAGE:ARCHITECTURE/RELEASE ARCH TARGET,... OPTION,...
# Prints a folder of the cache with the kernel, vmlinuz, and its device trees. Another source, another compiler or other
# options make another folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# -ne 4 ]; then
	echo "usage: build.sh PACKAGE:ARCHITECTURE/RELEASE ARCH TARGET,... OPTION,..." >&2
	exit 2
fi
source=$1 arch=$2
IFS=, read -ra targets <<<"$3"
IFS=, read -ra options <<<"$4"

fail() {
	echo "build.sh: $source, $arch: $1" >&2
	exit 1
}

# What the checks need: a program in an initramfs, /proc, namespaces, seccomp's filters; EXPERT turns off all that is not
# asked for.
options+=(EXPERT MMU BLK_DEV_INITRD BINFMT_ELF PRINTK TTY POSIX_TIMERS PROC_FS MULTIUSER NAMESPACES PID_NS NET SECCOMP
	SECCOMP_FILTER)

archive=$(file=$(tests/tools/fetch-deb.sh "$source" './*/linux-source-*.tar.xz') && find "$file" -name 'linux-source-*.tar.xz')
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pause/kernels
key=$({ sha256sum <"$archive" && clang-19 --version && echo "$*" "${options[*]}"; } | sha256sum | head -c 12)
folder=$cache/$arch-$key

# Whoever comes second waits, and finds it.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -d "$folder" ]; then
	work=$(mktemp -d "$cache/build.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$work/source" "$work/made"
	# Most of the source is drivers of what no machine here has; their Kconfig is read.
	tar -xJf "$archive" -C "$work/source" --strip-components=1 --wildcards \
		--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/sound/*.[ch]' --exclude='*.rst'
	build=(make -s -C "$work/source" "O=$work/build" "ARCH=$arch" LLVM=-19 "-j$(nproc)")
	printf 'CONFIG_%s=y\n' "${options[@]}" >"$work/options"
	"${build[@]}" "KCONFIG_ALLCONFIG=$work/options" allnoconfig >&2
	refused=$(grep -vxFf "$work/build/.config" "$work/options") || true
	[ -z "$refused" ] || fail "the configuration does not take: ${refused//$'\n'/, }"
	"${build[@]}" "${targets[@]}" 9>&- >&2
	cp "$(find "$work/build" -name "${targets[0]}" -type f)" "$work/made/vmlinuz"
	find "$work/build" -name '*.dtb' -exec cp {} "$work/made" \;
	mv "$work/made" "$folder"
fi
echo "$folder"
