/*
 * check: what a virtual machine of the tests starts as its first program. It needs no C library: it is built
 * with pause's own headers, for each platform. It forks the checker, does what a careless parent would do, and
 * becomes /pause, PID 1. The checker writes a line for each check, "ok: ..." or "not ok: ...", and ends by sending
 * SIGTERM to PID 1: the kernel panics, and names the exit code.
 */
#include "../../src/syscall.h"
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/types.h>
#include <linux/utsname.h>

/* Where linux_dirent64 has its length and its name; no header of the kernel's exports it. */
enum { ENTRY_LENGTH = 16, ENTRY_NAME = 19 };

enum { BURSTS = 40, BURST = 50, PATIENCE = 6000 }; /* the last in hundredths of a second */

struct arguments {
	long count;
	const char *value[];
};

/* One read of a file in /proc, as a string. */
struct text {
	char bytes[4096];
};

/* mount and waitid take a fifth argument, and here it is always zero. */
#if defined(__x86_64__)
#define FIFTH "r8"
#define CLEAR_FIFTH "xor %%r8d, %%r8d\n"
#elif defined(__i386__)
#define FIFTH "edi"
#define CLEAR_FIFTH "xor %%edi, %%edi\n"
#elif defined(__aarch64__)
#define FIFTH "x4"
#define CLEAR_FIFTH "mov x4, #0\n"
#elif defined(__arm__)
#define FIFTH "r4"
#define CLEAR_FIFTH "mov r4, #0\n"
#elif defined(__riscv)
#define FIFTH "a4"
#define CLEAR_FIFTH "li a4, 0\n"
#elif defined(__loongarch__)
#define FIFTH "a4"
#define CLEAR_FIFTH "move $a4, $zero\n"
#elif defined(__powerpc64__)
#define FIFTH "r7"
#define CLEAR_FIFTH "li 7, 0\n"
#elif defined(__s390x__)
#define FIFTH "r6"
#define CLEAR_FIFTH "lghi %%r6, 0\n"
#elif defined(__mips__)
#define FIFTH "$8"
#define CLEAR_FIFTH "move $8, $0\n"
#endif

static long syscall5(long call, long a, long b, long c, long d)
{
	REGISTERS;
	number = call, first = a, second = b, third = c, fourth = d;
	__asm__ volatile(CLEAR_FIFTH SYSCALL
	                 : "+r"(number), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth)
	                 :
	                 : FIFTH, OVERWRITTEN, "memory");
	return RESULT;
}

static int fork(void)
{
#ifdef __NR_fork
	return (int)syscall1(__NR_fork, 0);
#else
	return (int)syscall2(__NR_clone, SIGCHLD, 0);
#endif
}

static int run(const char *option)
{
	const char *argv[] = {"/pause", option, 0}, *envp[] = {0};

	return (int)syscall3(__NR_execve, (long)argv[0], (long)argv, (long)envp);
}

static int open(const char *path)
{
	return (int)syscall4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
}

static void close(int fd)
{
	syscall1(__NR_close, fd);
}

static void nap(void)
{
	long hundredth[] = {0, 10000000};

	syscall2(__NR_nanosleep, (long)hundredth, 0);
}

static int kill(int pid, int signal)
{
	return (int)syscall2(__NR_kill, pid, signal);
}

/* The status that wait(2) describes. */
static int status_of(int pid)
{
	int status = -1;

	syscall4(__NR_wait4, pid, (long)&status, 0, 0);
	return status;
}

static int begins(const char *text, const char *with)
{
	while (*with)
		if (*text++ != *with++)
			return 0;
	return 1;
}

static int same(const char *a, const char *b)
{
	return begins(a, b) && begins(b, a);
}

/* What follows the label, or "" */
static const char *after(const char *text, const char *label)
{
	const char *end = label;

	while (*end)
		end++;
	for (; *text; text++)
		if (begins(text, label))
			return text + (end - label);
	return text;
}

static unsigned number(const char *digit, unsigned base)
{
	unsigned value = 0;

	while (*digit == ' ' || *digit == '\t')
		digit++;
	for (;; digit++) {
		if (*digit >= '0' && *digit <= '9')
			value = value * base + (unsigned)(*digit - '0');
		else if (base == 16 && *digit >= 'a' && *digit <= 'f')
			value = value * base + (unsigned)(*digit - 'a') + 10;
		else
			return value;
	}
}

static void say(const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	write(1, text, length);
}

static void say_number(unsigned value)
{
	char digits[12], *digit = digits + 11;

	*digit = 0;
	do
		*--digit = (char)('0' + value % 10);
	while (value /= 10);
	say(digit);
}

static void say_figure(const char *what, unsigned value)
{
	say("figure: ");
	say(what);
	say(" ");
	say_number(value);
	say("\n");
}

static void check(int holds, const char *promise)
{
	say(holds ? "ok: " : "not ok: ");
	say(promise);
	say("\n");
}

/* "/proc/PID/NAME" */
static const char *path_of(char path[32], int pid, const char *name)
{
	char digits[12], *digit = digits + 11, *end = path;
	unsigned rest = (unsigned)pid;

	for (const char *from = "/proc/"; *from;)
		*end++ = *from++;
	*digit = 0;
	do
		*--digit = (char)('0' + rest % 10);
	while (rest /= 10);
	while (*digit)
		*end++ = *digit++;
	*end++ = '/';
	while (*name)
		*end++ = *name++;
	*end = 0;
	return path;
}

static const char *read_all(struct text *text, int fd)
{
	long length = 0, more;

	/* cppcheck-suppress ctuuninitvar */
	while ((more = syscall3(__NR_read, fd, (long)text->bytes + length, (long)sizeof text->bytes - 1 - length)) > 0)
		length += more;
	text->bytes[length] = 0;
	close(fd);
	return text->bytes;
}

static const char *proc(struct text *text, int pid, const char *name)
{
	char path[32];

	return read_all(text, open(path_of(path, pid, name)));
}

static const char *link_of(struct text *text, int pid, const char *name)
{
	char path[32];
	long length = syscall4(__NR_readlinkat, AT_FDCWD, (long)path_of(path, pid, name), (long)text->bytes, 4095);

	text->bytes[length > 0 ? length : 0] = 0;
	return text->bytes;
}

/* Calls back for each name in a folder; returns the sum of what that returned. */
static int for_each(const char *folder, int (*count)(const char *name))
{
	char buffer[2048] __attribute__((aligned(8)));
	int fd = open(folder), sum = 0;
	long length;

	while ((length = syscall3(__NR_getdents64, fd, (long)buffer, sizeof buffer)) > 0)
		/* Linters do not know that the kernel has written here. NOLINTNEXTLINE(clang-analyzer-core.*) */
		for (char *at = buffer; at < buffer + length; at += *(unsigned short *)(void *)(at + ENTRY_LENGTH))
			sum += count(at + ENTRY_NAME);
	close(fd);
	return sum;
}

static int is_open_file(const char *name)
{
	return *name != '.'; /* NOLINT(clang-analyzer-core.*) */
}

/* Whether PID 1 is its parent; the checker, a child of PID 1 itself, does not count. */
static int is_orphan(const char *name)
{
	struct text text;
	const char *state;
	int pid = (int)number(name, 10);

	if (pid <= 1 || pid == getpid())
		return 0;
	state = after(proc(&text, pid, "stat"), ") ");
	return *state && number(state + 2, 10) == 1;
}

static int is_zombie(const char *name)
{
	struct text text;

	return number(name, 10) > 0 && *after(proc(&text, (int)number(name, 10), "stat"), ") ") == 'Z';
}

/* It has become /pause, and waits with no signal blocked. */
static int asleep(int pid)
{
	struct text text;

	return same(link_of(&text, pid, "exe"), "/pause") &&
	       begins(after(proc(&text, pid, "status"), "State:\t"), "S") &&
	       !number(after(text.bytes, "SigBlk:"), 16) && number(after(text.bytes, "SigIgn:"), 16);
}

static int within(int (*holds)(int pid), int pid)
{
	for (int i = 0; i < PATIENCE; i++) {
		if (holds(pid))
			return 1;
		nap();
	}
	return 0;
}

static int no_orphan(int pid)
{
	(void)pid;
	return for_each("/proc", is_orphan) == 0;
}

static unsigned switches(void)
{
	struct text text;
	const char *status = proc(&text, 1, "status");

	return number(after(status, "\nvoluntary_ctxt_switches:"), 10) +
	       number(after(status, "\nnonvoluntary_ctxt_switches:"), 10);
}

static unsigned resident(void)
{
	struct text text;

	return number(after(proc(&text, 1, "status"), "VmRSS:"), 10);
}

/* A parent that leaves a burst of children behind: dead ones that it never waited for, or ones that die later. */
static void leave_orphans(int dead)
{
	char information[128] __attribute__((aligned(8)));

	for (int i = 0; i < BURST; i++) {
		int child = fork();

		if (child == 0) {
			if (!dead)
				nap();
			exit_group(0);
		}
		if (dead)
			syscall5(__NR_waitid, P_PID, child, (long)information, WEXITED | WNOWAIT);
	}
	exit_group(0);
}

/* Its mappings: none both writable and executable, and none writable but the stack. */
static void check_mappings(void)
{
	struct text text;
	const char *line = proc(&text, 1, "maps");
	int writable = 0, both = 0, stack = 0;

	while (*line) {
		const char *mode = after(line, " ");

		if (mode[1] == 'w') {
			writable++;
			both += mode[2] == 'x';
			while (*line && *line != '\n' && *line != '[')
				line++;
			stack += begins(line, "[stack]");
		}
		line = after(line, "\n");
	}
	check(!both, "no mapping is both writable and executable");
	check(writable == 1 && stack == 1, "nothing is writable but the stack");
}

static void check_first_process(void)
{
	struct text text;
	const char *status;
	unsigned before, memory, caught, descriptors;

	check(within(asleep, 1), "PID 1 is /pause, asleep, with no signal blocked");
	status = proc(&text, 1, "status");
	caught = number(after(status, "SigCgt:"), 16);
	check(caught == (1U << (SIGTERM - 1) | 1U << (SIGINT - 1)), "it takes SIGTERM and SIGINT, and nothing else");
	check(number(after(status, "SigIgn:"), 16) == 1U << (SIGCHLD - 1), "it ignores SIGCHLD, and nothing else");
	check(number(after(status, "Threads:"), 10) == 1, "it has one thread");
	/* Two more came through exec: a kernel before 5.9 cannot close them. */
	descriptors = (unsigned)for_each("/proc/1/fd", is_open_file);
	check(descriptors == (close_range(~0U, ~0U) ? 5 : 3),
	      "it closed what it can of the descriptors that it inherited");
	say_figure("descriptors", descriptors);
	check(same(link_of(&text, 1, "cwd"), "/"), "its working directory is /");
	check_mappings();
	check(within(no_orphan, 0), "the zombies from before exec are gone");

	nap();
	before = switches(), memory = resident();
	for (int i = 0; i < BURSTS; i++) {
		int parent = fork();

		if (parent == 0)
			leave_orphans(i % 2);
		status_of(parent);
	}
	check(within(no_orphan, 0) && for_each("/proc", is_zombie) == 0, "2000 orphans leave no zombie");
	check(switches() == before, "it was not woken for them");
	check(resident() == memory, "its memory did not grow");

	for (int signal = 1; signal < 32; signal++)
		if (signal != SIGTERM && signal != SIGINT)
			kill(1, signal);
	check(asleep(1) && switches() == before, "no other signal wakes or ends it");
	say_figure("wake-ups", switches() - before);
	say_figure("resident kB", memory);
}

/* PID 1 of a namespace inside. */
static void check_stop(int signal, const char *promise)
{
	int outer = fork();

	if (outer == 0) {
		int inner, status;

		syscall1(__NR_unshare, CLONE_NEWPID);
		inner = fork();
		if (inner == 0)
			run(0), exit_group(127);
		if (!within(asleep, inner))
			exit_group(126);
		kill(inner, signal);
		status = status_of(inner);
		exit_group(status ? 125 : 0);
	}
	check(status_of(outer) == 0, promise);
}

/* From here on the kernel refuses a system call. */
static void refuse(unsigned call)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 22),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};

	if (syscall3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program))
		exit_group(124);
}

/* What it writes to one of its streams, and its status at the end. */
static void check_output(const char *option, unsigned refused, int stream, int signal, const char *output, int status,
                         const char *promise)
{
	struct text text;
	int ends[2] = {-1, -1}, pid;

	syscall2(__NR_pipe2, (long)ends, 0);
	pid = fork();
	if (pid == 0) {
		syscall3(__NR_dup3, ends[1], stream, 0);
		close(ends[0]), close(ends[1]);
		if (refused)
			refuse(refused);
		run(option), exit_group(127);
	}
	close(ends[1]);
	if (signal && within(asleep, pid))
		kill(pid, signal);
	check(same(read_all(&text, ends[0]), output) && status_of(pid) == status << 8, promise);
}

static void check_all(unsigned page)
{
	struct new_utsname name;

	syscall1(__NR_uname, (long)&name);
	say("kernel: ");
	say(name.release);
	say(" ");
	say(name.machine);
	say("\n");
	say_figure("page size", page);

	check_first_process();
	check_stop(SIGTERM, "PID 1 of a namespace ends with status 0 at SIGTERM");
	check_stop(SIGINT, "PID 1 of a namespace ends with status 0 at SIGINT");
	check_output("--version", 0, 1, 0, "pause " VERSION " " PLATFORM "\n", 0,
	             "--version names version and platform");
	check_output(0, 0, 2, SIGTERM, "pause: warning: not PID 1\n", 0,
	             "an ordinary process warns, and ends at SIGTERM");
	check_output("", 0, 1, 0, "", 2, "an unknown argument ends with status 2");
	check_output(0, __NR_rt_sigaction, 2, 0, "pause: rt_sigaction: errno 22\n", 1,
	             "a refused rt_sigaction is named, status 1");
	say("all checks made: SIGTERM for PID 1\n");
	kill(1, SIGTERM);
	exit_group(0);
}

static unsigned page_size(const struct arguments *arguments)
{
	const char *const *value = arguments->value + arguments->count + 1;
	const long *pair;

	while (*value++)
		;
	for (pair = (const long *)(const void *)value; pair[0] != AT_NULL; pair += 2)
		if (pair[0] == AT_PAGESZ)
			return (unsigned)pair[1];
	return 0;
}

_Noreturn void start(const struct arguments *arguments)
{
	sigset_t all;

	syscall5(__NR_mount, (long)"proc", (long)"/proc", (long)"proc", 0);
	if (fork() == 0)
		check_all(page_size(arguments));

	/* Zombies that nobody will wait for, descriptors, a working directory, blocked signals: all pass through exec.
	 */
	for (int i = 0; i < BURST; i++)
		if (fork() == 0)
			exit_group(0);
	nap();
	open("/proc"), open("/proc");
	chdir("/proc");
	for (unsigned i = 0; i < sizeof all; i++)
		((volatile unsigned char *)&all)[i] = 0xff;
	rt_sigprocmask(SIG_SETMASK, &all);
	check(run(0) == 0, "PID 1 becomes /pause");
	exit_group(127);
}
