#!/usr/bin/env bats
# The edition with the least memory on kernels that this machine does not have, in virtual machines: that it holds,
# reaps and stops there, with strict accounting of memory, too, and what it takes, beside pause. In kB, all of the
# kernel's share counted, as the mean of 100 ordinary processes.

load ../../tests/helpers

setup_file() {
	make --no-print-directory -C "$ROOT/lab" platforms memory-programs >&2
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# A machine of lab/kernels whose first program is a shell: boots PLATFORM KERNEL EXPECTED
# EXPECTED: kB of page tables that are saved.
boots() {
	local busybox
	busybox=$("$ROOT/tests/tools/fetch-deb.sh" "busybox-static:${2#*:}" './*bin/busybox')
	mkdir -p root/bin root/proc root/dev root/sys root/cgroup
	cp "$(find "$busybox" -type f -name busybox)" root/bin/
	cp "$(pause_of "$1")" root/pause
	cp "$(pause_of "$1")-memory" root/pause-memory
	cat >root/init <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t devtmpfs dev /dev
		mount -t cgroup2 cgroup /cgroup
		echo +memory >/cgroup/cgroup.subtree_control
		echo 2 >/proc/sys/vm/overcommit_memory
		for signal in TERM INT; do
			unshare -p -f /pause-memory &
			sleep 2
			pid=$(pidof pause-memory)
			nsenter -t $pid -p -F sh -c 'sh -c "sleep 0.2 & sleep 0.1" & sleep 0.05' # orphans
			sleep 1
			kill -STOP $pid; sleep 0.2; kill -CONT $pid; kill -HUP $pid; sleep 0.5
			echo "asleep: $(cut -d ' ' -f 3 /proc/$pid/stat), children: $(grep -l "PPid:.$pid$" /proc/[0-9]*/status | wc -l)," \
				"command: $(tr '\0' ' ' </proc/$pid/cmdline)."
			cat /proc/$pid/maps
			grep -q '^0*400000-' /proc/$pid/maps && echo "it stays" || echo "it moved"
			kill -$signal $pid
			wait $!
			echo "$signal: status $?"
		done
		/pause -v # its file is read for somebody else
		for program in pause pause-memory pause pause-memory; do
			mkdir -p /cgroup/$program
			count=0 pids=
			while [ $count -lt 100 ]; do
				sh -c "echo \$\$ >/cgroup/$program/cgroup.procs && exec /$program 2>/dev/null" &
				pids="$pids $!" count=$((count + 1))
			done
			sleep 10
			for pid in $pids; do cat /proc/$pid/status; done >/dev/status
			tables=$(awk '/VmPTE/ { sum += $2 } END { print sum / 100 }' /dev/status)
			own=$(awk '/RssAnon/ { sum += $2 } END { print sum / 100 }' /dev/status)
			all=$(awk '{ printf "%.1f", $1 / 102400 }' /cgroup/$program/memory.current)
			echo "figure: $program on $(uname -m), Linux $(uname -r): page tables $tables, stack $own, in all $all"
			kill $pids
			wait
			sleep 2
		done
		exec /pause-memory -v
	END
	chmod +x root/init
	"$ROOT/lab/kernels/boot.sh" "$1" "$2" root >console || true
	grep '^figure: ' console | sed 's/^figure:/#/' >&3
	[ "$(grep -c '^asleep: S, children: 0, command: /pause-memory \.' console)" -eq 2 ]
	grep -q '^TERM: status 0' console
	grep -q '^INT: status 0' console
	[ "$(grep -c '^figure: ' console)" -eq 4 ]
	[ "$(grep -c '^it moved$' console)" -eq 2 ]
	# Rounded: one copy in some hundred begins at the edge of a table, and keeps two.
	saved=$(awk '/^figure: pause on/ { before = $9 } /^figure: pause-memory/ { saved = before - $9 }
		END { printf "%.0f", saved }' console)
	[ "$saved" = "$3" ]
}

@test "Linux 5.10 on amd64: 12 kB of page tables less" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/bullseye 12
}

@test "Linux 6.1 on amd64: 12 kB of page tables less" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/bookworm 12
}

@test "Linux 6.12 on amd64: 12 kB of page tables less" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/trixie 12
}

@test "the newest Linux of Debian on amd64: 12 kB of page tables less" {
	boots linux/amd64 linux-image-cloud-amd64:amd64/sid 12
}

@test "Linux 6.1 on arm64: 12 kB of page tables less" {
	boots linux/arm64 linux-image-cloud-arm64:arm64/bookworm 12
}

@test "Linux 6.12 on arm64, pages of 16 KiB: 32 kB of page tables less" {
	boots linux/arm64 linux-image-arm64-16k:arm64/trixie 32
}

@test "Linux 6.12 on riscv64: 12 kB of page tables less" {
	boots linux/riscv64 linux-image-riscv64:riscv64/trixie 12
}

@test "the newest Linux of Debian on loong64, pages of 16 KiB: 32 kB of page tables less" {
	boots linux/loong64 linux-image-loong64:loong64/sid 32
}

@test "Linux 6.1 on ppc64le, pages of 64 KiB: 18 kB of page tables less" {
	boots linux/ppc64le linux-image-powerpc64le:ppc64el/bookworm 18
}

@test "Linux 6.1 on s390x: 18 kB of page tables less" {
	boots linux/s390x linux-image-s390x:s390x/bookworm 18
}

@test "Linux 6.1 on 386: 4 kB of page tables less" {
	boots linux/386 linux-image-686:i386/bookworm 4
}

@test "Linux 6.1 on arm/v7: 2 kB of page tables less" {
	boots linux/arm/v7 linux-image-armmp:armhf/bookworm 2
}

@test "Linux 6.1 on arm/v6: 2 kB of page tables less" {
	boots linux/arm/v6 linux-image-rpi:armel/bookworm 2
}
