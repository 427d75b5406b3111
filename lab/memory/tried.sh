#!/usr/bin/env bash
# What else could go, tried: builds lab/memory/memory.c for amd64 with one change at a time, in a folder of its own, and
# prints a table in Markdown: the bytes of a copy that pieces.py adds up, its mappings, and whether ps shows its command
# line. The changes are sed's. They are made for the kernel at hand, and are no programs to use. Needs root and tracefs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.bash
[ $# -eq 0 ] || usage ''

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -a Makefile VERSION image lab scripts src tests "$work"
tried=$work/build/linux-amd64/pause-memory edition='the edition'

# try NAME <EXPRESSIONS
try() {
	local bytes mappings shown=no
	sed -f - lab/memory/memory.c >"$work/lab/memory/memory.c"
	[ "$1" = "$edition" ] || ! cmp -s {,"$work/"}lab/memory/memory.c || fail "$1: changes nothing in memory.c"
	make -s -C "$work" -f lab/rules.mk "${tried#"$work/"}" >/dev/null
	bytes=$(lab/memory/pieces.py "$tried" | sed -n 's/^| \*\*\([0-9,]*\)\*\* | together.*/\1/p')
	"$tried" 2>/dev/null &
	sleep 1
	mappings=$(grep -vc vsyscall "/proc/$!/maps")
	[ "$(ps -o args= -p $!)" != "$tried" ] || shown=yes
	kill -TERM $!
	wait $! || fail "$1: SIGTERM ends it with status $?"
	echo "| $1 | $bytes | $mappings | $shown |"
}

echo '| what | bytes | mappings | ps shows its command line |'
echo '|---|---|---|---|'
try "$edition" </dev/null
try 'the pages of the former stack stay' <<'END'
/^\tconst long unused/d
/^\tsyscall3(__NR_madvise/d
END
# Here the vDSO has two pages, and six of data below it.
try 'without the vDSO' <<'END'
/^\tpage = auxiliary/ a munmap(auxiliary(arguments, AT_SYSINFO_EHDR) - 6 * page, 8 * page);
END
# Behind the command line where its page has room for it. Not before: there the kernel puts a signal's frame, which may
# take 3 kB. Elsewhere it needs a page of its own, below all that is given back.
try 'a copy of the text beside the command line' <<'END'
/^\tif (place != -EEXIST)/ {
i const int mode = PROT_READ | PROT_WRITE | PROT_EXEC;
i syscall3(__NR_mprotect, address & -page, page, mode | PROT_GROWSDOWN);
i syscall3(__NR_mprotect, address & -page, 16 * page, mode);
i place = (address & (page - 1)) > 2000 ? (address & -page) - 4 * page : (address | 15) + 257;
i for (long i = 0; i < 1600; i += 8)
i *(volatile long *)(place + i) = *(const long *)(TEXT + i);
i munmap(TWIN, page);
i return place;
}
END
# No handler runs without a stack: it waits for a blocked signal. All from an address on goes.
alone=$(
	cat <<'END'
/^\tpage = auxiliary/ {
a on(SIGCHLD, SIG_IGN);
a rt_sigprocmask(SIG_SETMASK, &(sigset_t){1 << (SIGTERM - 1) | 1 << (SIGINT - 1)});
a munmap(TWIN, page);
a place = FROM;
a __asm__ volatile("syscall\\n lea 1f(%%rip), %%rdi\\n xor %%esi, %%esi\\n xor %%edx, %%edx\\n mov $8, %%r10\\n"
a                  "mov $128, %%eax\\n syscall\\n xor %%edi, %%edi\\n mov $231, %%eax\\n syscall\\n1: .8byte 0x4002"
a                  : : "a"(__NR_munmap), "D"(place), "S"(0x7ffffffff000 - place));
}
END
)
try 'no stack' <<<"${alone/FROM/(long)arguments / page * page - 0x20000}"
try 'nothing but the text' <<<"${alone/FROM/TEXT + 0x20000}"
