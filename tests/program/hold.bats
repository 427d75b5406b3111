#!/usr/bin/env bats
# make run: the main job, for a person to see.
# bats file_tags=native

load ../helpers

setup() {
	needs namespaces
	cd "$BATS_TEST_TMPDIR"
	folder=$(dirname "$PAUSE")
}

# Starts a command line in the background with its output in the file out; sets runner, and pid.
start() {
	rm -f out # the former one's would do
	# bash ignores SIGINT and SIGQUIT, and gives /dev/null, for what it starts with &.
	env --default-signal "$@" <&0 >out 2>&1 3>&- &
	runner=$!
	within 60 says_or_ended
	grep -q '^Ctrl-C stops it' out || { cat out; false; }
	pid=$(sed -n 's/.*process \([0-9]*\) out here.*/\1/p' out)
}

says_or_ended() {
	grep -q '^Ctrl-C stops it' out || ended $runner
}

# Whether the process that was named is the program, under the name that it has in its image.
held() {
	[ "$(tr '\0' ' ' <"/proc/$1/cmdline")" = "/pause " ]
} 2>/dev/null

not_held() {
	! held "$1"
}

@test "it starts /pause as PID 1 of new namespaces, which its nsenter line joins, and says how long the stop took" {
	for signal in INT TERM; do
		start "$ROOT/scripts/hold.sh" "$folder"
		held "$pid"
		[ "$(status_of "$pid" NSpid | awk '{ print $NF }')" -eq 1 ]
		read -ra join < <(sed -n 's/^  \(nsenter .*\) COMMAND$/\1/p' out)
		# shellcheck disable=SC2016 # for the inner shell
		"${join[@]}" sh -c 'echo $$ && readlink /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts' >joined
		[ "$(head -n 1 joined)" -lt 10 ]
		readlink "/proc/$pid/ns/"{net,ipc,uts} | diff - <(sed 1d joined)
		for name in pid net ipc uts; do
			[ "$(readlink "/proc/$pid/ns/$name")" != "$(readlink "/proc/self/ns/$name")" ]
			grep -qF "$(readlink "/proc/$pid/ns/$name")" out
		done
		kill -$signal $runner
		wait $runner
		tail -n 1 out | grep -qE "^SIG$signal: it stopped in [0-9]+\.[0-9] ms with status 0$"
		not_held "$pid"
	done
}

@test "make run builds and holds; a stop of make stops the program, and in a terminal Ctrl-C" {
	start make -C "$ROOT" run
	kill -TERM $runner
	wait $runner || true
	within 60 not_held "$pid"
	grep -q 'with status 0$' out

	mkfifo keys
	exec 9<>keys
	start script -qefc "make -C '$ROOT' run" typescript <&9
	printf '\003' >&9
	within 60 not_held "$pid"
	exec 9>&-
	wait $runner || true
	grep -q 'SIGINT: it stopped in .* ms with status 0' out
}

@test "an ordinary user runs it, too, in a user namespace" {
	needs root
	cp -r "$folder" mine
	cp "$ROOT/scripts/hold.sh" .
	chmod -R a+rX "$BATS_RUN_TMPDIR" .
	start setpriv --reuid 12345 --regid 12345 --clear-groups ./hold.sh mine
	[ "$(status_of "$pid" Uid | awk '{ print $1 }')" -eq 12345 ]
	read -ra join < <(sed -n 's/^  \(nsenter .*\) COMMAND$/\1/p' out)
	[ "$(setpriv --reuid 12345 --regid 12345 --clear-groups "${join[@]}" readlink /proc/self/ns/net)" \
		= "$(readlink "/proc/$pid/ns/net")" ]
	kill -INT $runner
	wait $runner
	grep -q 'with status 0$' out
}

@test "it says that what it cannot start may be built for another machine" {
	mkdir none
	printf '#!/nowhere\n' >none/pause
	chmod +x none/pause
	status=0
	"$ROOT/scripts/hold.sh" none 2>err || status=$?
	[ $status -eq 1 ]
	grep -q "none/pause was not started.*is it built for this machine, $(uname -s | tr '[:upper:]' '[:lower:]')/" err
}
