#!/usr/bin/env bash
# Installs the packages that a target of the Makefile needs: setup.sh run | release | test | root | kernels | node | bench
# On Debian and Ubuntu with apt-get; elsewhere it names what is missing and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

# run: a compiler, the kernel's headers, unshare(1) and nsenter(1).
run=(linux-libc-dev util-linux)
command -v clang-19 clang gcc >/dev/null || run+=(gcc)

# release: the compiler, the headers of every platform, what the documents and packages are made with.
release=(clang-19 lld-19 linux-libc-dev jq git rpm)

# test: what this machine's compilers are, too, emulators, an engine, linters.
test=(
	clang lld gcc libc6-dev
	qemu-user-static bats elfutils binutils llvm-19 bzip2 strace faketime util-linux{,-extra} procps python3
	podman runc busybox-static
	skopeo buildah umoci containerd docker.io docker-cli docker-registry dash minisign systemd
	python3-{jsonschema,protobuf,license-expression,ply,rdflib,semantic-version,uritools,xmltodict,click,yaml}
	protobuf-compiler libprotobuf-dev
	mksh zsh
	crun docker-compose containernetworking-plugins uidmap python3-grpcio ca-certificates
	clang-format-19 clang-tidy-19 cppcheck shellcheck mandoc gnuplot-nox
	lintian rpmlint
	mmdebstrap debian-archive-keyring iproute2 bind9-dnsutils
)
# The kernel's headers for every platform; this machine's own are linux-libc-dev.
for headers in $(scripts/platforms.sh headers | sort -u); do
	[ "$headers" = "$(dpkg --print-architecture 2>/dev/null)" ] || release+=("linux-libc-dev-$headers-cross")
done
test+=("${release[@]}")
# npm brings the Kubernetes schemas; a node of another vendor has its own.
command -v npm >/dev/null || test+=(npm)

# root: what makes a bare Debian.
root=(mmdebstrap debian-archive-keyring git util-linux{,-extra})

# kernels: emulated machines for them, too, and what compiling a kernel takes.
kernels=(qemu-system cpio bc bison flex xz-utils)

# node: the same, and what makes its disk.
node=(qemu-system e2fsprogs systemd)

# bench: what others hold namespaces with, musl's compiler, a plotting program. Nobody's own docker or busybox is
# replaced by Debian's.
bench=(
	gcc libc6-dev linux-libc-dev musl-tools binutils util-linux python3 gnuplot-nox
	catatonit tini dumb-init
)
command -v docker-init >/dev/null || bench+=(docker.io)
command -v busybox >/dev/null || bench+=(busybox-static)

case ${1-} in
run) wanted=("${run[@]}") ;;
release) wanted=("${release[@]}") ;;
test) wanted=("${test[@]}") ;;
root) wanted=("${root[@]}") ;;
kernels) wanted=("${test[@]}" "${kernels[@]}") ;;
node) wanted=("${test[@]}" "${root[@]}" "${node[@]}") ;;
bench) wanted=("${bench[@]}") ;;
*)
	echo "usage: setup.sh run|release|test|root|kernels|node|bench" >&2
	exit 2
	;;
esac

if ! command -v apt-get >/dev/null; then
	echo "setup.sh: this is neither Debian nor Ubuntu; install these packages, or what they are called here, and" >&2
	echo "run make again: ${wanted[*]}" >&2
	# What cannot be asked for by package must not stop somebody who has it all.
	[ -n "${PAUSE_SETUP_DONE-}" ] || { echo "(PAUSE_SETUP_DONE=1 skips this.)" >&2 && exit 1; }
	exit 0
fi

# What is neither installed nor provided. Some only where there is one: docker.io had the client before Debian 13,
# util-linux pivot_root before 14.
missing() {
	local package
	dpkg-query -W -f '${db:Status-Status}, ${Package}, ${Provides}\n' | sed -n 's/ ([^)]*)//g; s/^installed, //p' |
		tr -s ', ' '\n' | grep -vxFf - <(printf '%s\n' "${wanted[@]}") | while read -r package; do
		[[ $package != @(docker-cli|util-linux-extra) ]] || apt-cache show "$package" >/dev/null 2>&1 || continue
		echo "$package"
	done
}
mapfile -t packages < <(missing)
[ ${#packages[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "setup.sh: not root and no sudo; as root: apt-get install ${packages[*]}" >&2
		exit 1
	}
	as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 update -q
# Now apt knows what there is.
mapfile -t packages < <(missing)
echo "installing: ${packages[*]}"
# Nobody wants to lose another engine to a test.
"${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 install -q -y --no-install-recommends --no-remove "${packages[@]}"
