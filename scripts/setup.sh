#!/usr/bin/env bash
# Installs what a target of the Makefile needs: setup.sh run | check | image | release | test | root | kernels | node | bench
# On Debian and Ubuntu with apt-get, as root or by sudo; elsewhere it names what is missing and stops. It needs bash alone,
# and brings make, too. Status 0: all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is looked for as a program or a file, and not as a package, may have come from wherever: needs PROGRAM|FILE PACKAGE
needs() {
	command -v "$1" >/dev/null || [ -e "$1" ] || wanted+=("$2")
}
wanted=()

# run: a compiler, the kernel's headers, unshare(1) and nsenter(1).
run() {
	needs make make
	local compiler=${CC:-$(command -v clang-19 clang gcc cc | head -n 1)}
	needs "${compiler%% *}" gcc
	needs /usr/include/linux/signal.h linux-libc-dev
	needs unshare util-linux
}

# check: what compiles the tests' own programs, and runs them.
check() {
	run
	needs bats bats
	needs /usr/include/stdio.h libc6-dev
}

# image: the release's compiler, the kernel's headers for every platform, what reads and writes JSON, and git, which knows
# what is built where there is a repository.
image() {
	local of this
	needs make make
	needs clang-19 clang-19
	needs ld.lld-19 lld-19
	needs jq jq
	[ ! -e .git ] || needs git git
	# Elsewhere than in Debian they are in packages of other kinds; the compiler says what it misses.
	command -v apt-get >/dev/null || return 0
	this=$(dpkg --print-architecture)
	wanted+=(linux-libc-dev)
	for of in $(scripts/platforms.sh package | sort -u); do
		[ "$of" = "$this" ] || wanted+=("linux-libc-dev-$of-cross")
	done
}

# release: the same, and what the documents and packages are made with.
release() {
	image
	needs git git
	needs rpmbuild rpm
}

# test: what this machine's compilers are, too, emulators, engines, linters. Nobody wants them where they cannot run.
test() {
	[ "$(id -u)" -ne 0 ] || unshare --mount --pid --fork true 2>/dev/null || {
		echo "setup.sh: the tests run container engines, and root has not the capability CAP_SYS_ADMIN here (a container?);" \
			"take a machine for them, or run: make check" >&2
		exit 1
	}
	release
	wanted+=(
		clang lld gcc libc6-dev
		qemu-user-static bats elfutils binutils llvm-19 bzip2 strace faketime util-linux{,-extra} procps python3
		podman catatonit runc busybox-static
		clamav gdb file skopeo buildah umoci containerd docker.io docker-cli docker-registry dash minisign systemd
		python3-{jsonschema,protobuf,license-expression,ply,rdflib,semantic-version,uritools,xmltodict,click,yaml}
		protobuf-compiler libprotobuf-dev
		mksh zsh
		crun docker-compose containernetworking-plugins uidmap python3-grpcio ca-certificates
		clang-format-19 clang-tidy-19 cppcheck shellcheck mandoc
		lintian rpmlint
		mmdebstrap debian-archive-keyring iproute2 bind9-dnsutils
		bubblewrap iptables nftables python3-docker
	)
	# npm brings the Kubernetes schemas; a node of another vendor has its own.
	needs npm npm
}

# root: what makes a bare Debian.
root() {
	wanted+=(make mmdebstrap debian-archive-keyring git util-linux{,-extra})
}

# kernels: emulated machines for them, too, and what compiling a kernel takes.
kernels() {
	test
	wanted+=(qemu-system cpio bc bison flex xz-utils)
}

# node: the same machines, and what makes their disk.
node() {
	test
	root
	wanted+=(qemu-system e2fsprogs systemd)
}

# bench: what others hold namespaces with, musl's compiler, a plotting program. Nobody's own docker or busybox is
# replaced by Debian's.
bench() {
	wanted+=(
		make gcc libc6-dev linux-libc-dev musl-tools binutils util-linux python3
		catatonit tini dumb-init
	)
	needs docker-init docker.io
	needs busybox busybox-static
}

[[ $# == 1 && $1 == @(run|check|image|release|test|root|kernels|node|bench) ]] || {
	echo "usage: setup.sh run|check|image|release|test|root|kernels|node|bench" >&2
	exit 2
}
"$1"
[ ${#wanted[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "setup.sh: this is neither Debian nor Ubuntu; install what these packages of Debian are called here: ${wanted[*]}" >&2
	# What cannot be asked for by package must not stop somebody who has it all.
	[ -n "${PAUSE_SETUP_DONE-}" ] || { echo "It is all there? PAUSE_SETUP_DONE=1 goes on." >&2 && exit 1; }
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
		echo "setup.sh: packages are missing, and you are neither root nor have sudo; ask for:" \
			"apt-get install --no-install-recommends ${packages[*]}" >&2
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
