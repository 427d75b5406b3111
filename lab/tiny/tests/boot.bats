#!/usr/bin/env bats
# The smallest edition on kernels and in sandboxes that this machine does not have.

load ../../../tests/helpers

tiny_of() {
	echo "$ROOT/build/linux-$1/pause-tiny"
}

setup_file() {
	make --no-print-directory -C "$ROOT/lab" tiny >&2
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# A machine of lab/kernels whose first program is a shell: boots ARCHITECTURE KERNEL
boots() {
	local busybox
	busybox=$("$ROOT/tests/tools/fetch-deb.sh" "busybox-static:${2#*:}" './bin/busybox')
	mkdir -p root/bin root/proc root/dev
	cp "$busybox/bin/busybox" root/bin/
	cp "$(tiny_of "$1")" root/pause-tiny
	cat >root/init <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t devtmpfs dev /dev
		for signal in TERM INT; do
			unshare -p -f /pause-tiny &
			sleep 1
			pid=$(pidof pause-tiny)
			nsenter -t $pid -p -F sh -c 'sh -c "sleep 0.2 & sleep 0.1" & sleep 0.05' # orphans
			sleep 1
			kill -STOP $pid; sleep 0.2; kill -CONT $pid; kill -HUP $pid; sleep 0.5
			echo "asleep: $(cut -d ' ' -f 3 /proc/$pid/stat), children: $(grep -l "PPid:.$pid$" /proc/[0-9]*/status | wc -l)."
			kill -$signal $pid
			wait $!
			echo "$signal: status $?"
		done
	END
	chmod +x root/init
	"$ROOT/lab/kernels/boot.sh" "linux/$1" "$2" root | tee console
	[ "$(grep -c '^asleep: S, children: 0\.$' console)" -eq 2 ]
	grep -qx 'TERM: status 0' console
	grep -qx 'INT: status 0' console
}

@test "on arm64 it holds, reaps and stops: Linux 6.1 in a virtual machine" {
	boots arm64 linux-image-cloud-arm64:arm64/bookworm
}

@test "on 386 it holds, reaps and stops: Linux 6.1 in a virtual machine" {
	boots 386 linux-image-686:i386/bookworm
}

@test "on an older kernel it holds, reaps and stops, too: Linux 5.10 in a virtual machine" {
	boots amd64 linux-image-cloud-amd64:amd64/bullseye
}

@test "given up: gVisor refuses it, and runs pause" {
	runsc=$("$ROOT/tests/tools/fetch-deb.sh" runsc:amd64/trixie './usr/bin/runsc')/usr/bin/runsc
	sandbox=("$runsc" --rootless --network=none --ignore-cgroups --platform=systrap "do")
	run timeout 60 "${sandbox[@]}" "$(pause_of linux/amd64)" --version
	[ "$status" -eq 0 ]
	run timeout 60 "${sandbox[@]}" "$(tiny_of amd64)"
	[[ $status -ne 0 && $output == *"exec format error"* ]]
}
