/*
 * check: what a virtual machine of the tests starts as its first program. It needs no C library: it is built
 * with pause's own headers, for each platform. It forks the checker, does what a careless parent would do, and
 * becomes /pause, PID 1. The checker writes a line for each check, "ok: ..." or "not ok: ...", and how many there were;
 * it ends by sending SIGTERM to PID 1: the kernel panics, and names the exit code.
 */
#include "../../src/syscall.h"
#include "fifth.h"
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/types.h>
#include <linux/utsname.h>

/* Where linux_dirent64 has its length and its name; no header of the kernel's exports it. */
enum { ENTRY_LENGTH = 16, ENTRY_NAME = 19 };

enum { BURSTS = 40, BURST = 50 };
enum { BLOCKED = 1 << (SIGPIPE - 1) | 1 << (SIGXFSZ - 1) | 1 << (SIGTTOU - 1) };
enum { PATIENCE = 6000, IDLE = 10 }; /* hundredths of a second, seconds */

struct arguments {
	long count;
	const char *value[];
};

/* One read of a file in /proc, as a string. */
struct text {
	char bytes[4096];
};

static int fork(void)
{
#ifdef __NR_fork
	return (int)syscall1(__NR_fork, 0);
#else
	return (int)syscall2(__NR_clone, SIGCHLD, 0);
#endif
}

static int run(const char *const *argv)
{
	const char *envp[] = {0};

	return (int)syscall3(__NR_execve, (long)"/pause", (long)argv, (long)envp);
}

static int open(const char *path)
{
	return (int)syscall4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
}

static void close(int fd)
{
	syscall1(__NR_close, fd);
}

/* Without one, its ends are no descriptors. */
static void open_pipe(int ends[2], int flags)
{
	ends[0] = ends[1] = -1;
	syscall2(__NR_pipe2, (long)ends, flags);
}

static void doze(long seconds, long hundredths)
{
	const long duration[] = {seconds, hundredths * 10000000};

	syscall2(__NR_nanosleep, (long)duration, 0);
}

static void nap(void)
{
	doze(0, 1);
}

static int kill(int pid, int signal)
{
	return (int)syscall2(__NR_kill, pid, signal);
}

static void block_all(void)
{
	sigset_t all;

	for (unsigned i = 0; i < sizeof all; i++)
		((volatile unsigned char *)&all)[i] = 0xff;
	rt_sigprocmask(SIG_SETMASK, &all);
}

/* As PID 1 of a new namespace, or as a process like any other. */
static int fork_as(int first)
{
	int own = open("/proc/self/ns/pid"), child;

	if (first)
		syscall1(__NR_unshare, CLONE_NEWPID);
	child = fork();
	if (first)
		syscall2(__NR_setns, own, CLONE_NEWPID); /* for the next child */
	close(own);
	return child;
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

static const char *decimal(char digits[12], unsigned value)
{
	char *digit = digits + 11;

	*digit = 0;
	do
		*--digit = (char)('0' + value % 10);
	while (value /= 10);
	return digit;
}

/* Up to five texts, one behind the other; returns how many bytes they have. */
static long join(char *to, const char *a, const char *b, const char *c, const char *d, const char *e)
{
	const char *texts[] = {a, b, c, d, e};
	char *end = to;

	for (unsigned i = 0; i < 5; i++)
		while (*texts[i])
			*end++ = *texts[i]++;
	*end = 0;
	return end - to;
}

static void say(const char *what, const char *a, const char *b, const char *c)
{
	char line[200];
	long length = join(line, what, a, b, c, "\n");

	write(1, line, length);
}

static void say_figure(const char *what, unsigned value)
{
	char digits[12];

	say("figure: ", what, " ", decimal(digits, value));
}

/* Counted: a line that the kernel's own words tore apart is missed then. */
static void check(unsigned *made, int holds, const char *who, const char *promise)
{
	say(holds ? "ok: " : "not ok: ", who, promise, "");
	++*made;
}

/* "/proc/PID/NAME" */
static const char *path_of(char path[32], int pid, const char *name)
{
	char digits[12];

	join(path, "/proc/", decimal(digits, (unsigned)pid), "/", name, "");
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

static int in_state(int pid, char state)
{
	struct text text;

	return *after(proc(&text, pid, "stat"), ") ") == state;
}

static int dead(int pid)
{
	return in_state(pid, 'Z');
}

static int stopped(int pid)
{
	return in_state(pid, 'T');
}

static int is_zombie(const char *name)
{
	return number(name, 10) > 0 && dead((int)number(name, 10));
}

/* It has become /pause, and waits with no signal blocked but those that a write can raise. */
static int asleep(int pid)
{
	struct text text;

	return same(link_of(&text, pid, "exe"), "/pause") &&
	       begins(after(proc(&text, pid, "status"), "State:\t"), "S") &&
	       number(after(text.bytes, "SigBlk:"), 16) == BLOCKED && number(after(text.bytes, "SigIgn:"), 16);
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

/* A number that /proc/1/status has. */
static unsigned status_has(const char *label, unsigned base)
{
	struct text text;

	return number(after(proc(&text, 1, "status"), label), base);
}

static unsigned switches(void)
{
	return status_has("\nvoluntary_ctxt_switches:", 10) + status_has("\nnonvoluntary_ctxt_switches:", 10);
}

/* A parent that leaves a burst of children behind: dead ones that it never waited for, or ones that die later. */
static void leave_orphans(int dying)
{
	for (int i = 0; i < BURST; i++) {
		int child = fork();

		if (child == 0) {
			if (dying)
				nap();
			exit_group(0);
		}
		if (!dying)
			within(dead, child);
	}
	exit_group(0);
}

/* Its mappings: none both writable and executable, and none writable but the stack. */
static void check_mappings(unsigned *made)
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
	check(made, !both, "", "no mapping is both writable and executable");
	check(made, writable == 1 && stack == 1, "", "nothing is writable but the stack");
}

static void check_first_process(unsigned *made)
{
	struct text text;
	unsigned before, memory;

	check(made, within(asleep, 1), "", "PID 1 is /pause, asleep, with SIGPIPE, SIGXFSZ and SIGTTOU blocked");
	check(made, status_has("SigCgt:", 16) == (1U << (SIGTERM - 1) | 1U << (SIGINT - 1)), "",
	      "it takes SIGTERM and SIGINT, and nothing else");
	check(made, status_has("SigIgn:", 16) == 1U << (SIGCHLD - 1), "", "it ignores SIGCHLD, and nothing else");
	check(made, status_has("Threads:", 10) == 1, "", "it has one thread");
	check(made, for_each("/proc/1/fd", is_open_file) == 3, "", "it closed the descriptors that it inherited");
	check(made, same(link_of(&text, 1, "cwd"), "/"), "", "its working directory is /");
	check_mappings(made);
	check(made, within(no_orphan, 0), "", "the zombies from before exec are gone");

	nap();
	before = switches(), memory = status_has("VmRSS:", 10);
	for (int i = 0; i < BURSTS; i++) {
		int parent = fork();

		if (parent == 0)
			leave_orphans(i % 2);
		status_of(parent);
	}
	check(made, within(no_orphan, 0) && for_each("/proc", is_zombie) == 0, "", "2000 orphans leave no zombie");
	check(made, switches() == before, "", "it was not woken for them");
	check(made, status_has("VmRSS:", 10) == memory, "", "its memory did not grow");

	for (int signal = 1; signal <= (int)sizeof(sigset_t) * 8; signal++)
		if (signal != SIGTERM && signal != SIGINT)
			kill(1, signal);
	check(made, asleep(1) && switches() == before, "", "no other signal wakes or ends it");
	doze(IDLE, 0);
	check(made, asleep(1) && switches() == before, "", "nothing wakes it while nothing happens");
	say_figure("wake-ups", switches() - before);
	say_figure("resident kB", memory);
}

/* Whether a child of ours ends, with this status. What does not is not waited for. */
static int ends(int pid, int status)
{
	if (!within(dead, pid))
		kill(pid, SIGKILL);
	return status_of(pid) == status << 8;
}

/* Whether it sleeps through SIGSTOP and SIGCONT, and what stops it while it is stopped ends it afterwards. */
static int stops_later(int pid)
{
	int held = within(asleep, pid);

	kill(pid, SIGSTOP);
	held &= within(stopped, pid);
	kill(pid, SIGCONT);
	held &= within(asleep, pid);
	kill(pid, SIGSTOP);
	held &= within(stopped, pid);
	kill(pid, SIGTERM);
	nap();
	held &= stopped(pid);
	kill(pid, SIGCONT);
	return ends(pid, 0) && held;
}

/* From here on a stream of ours is a pipe that nobody reads, and that has no room. */
static void fill(int stream)
{
	static const char page[4096]; /* as much as is written at once, or not at all */
	int pipe[2];

	open_pipe(pipe, O_NONBLOCK);
	while (write(pipe[1], page, sizeof page) > 0)
		;
	syscall3(__NR_fcntl, pipe[1], F_SETFL, 0);
	syscall3(__NR_dup3, pipe[1], stream, 0);
}

/* How it is started, and what ends it. No pointers: on some platforms they would lie in .data, which pause.ld refuses.
 */
static const struct trial {
	char promise[80];
	char name[8], option[8]; /* its argv, as far as they are not empty */
	int full;                /* the stream that has no room */
	int pending;             /* a signal from before exec, blocked */
	int signal;
} trials[] = {
	{"ends with status 0 at SIGTERM", "pause", .signal = SIGTERM},
	{"ends with status 0 at SIGINT", "pause", .signal = SIGINT},
	{"ends at SIGTERM without so much as a name in argv", .signal = SIGTERM},
	{"ends by itself at a SIGTERM that came before exec", "pause", .pending = SIGTERM},
	{"ends at SIGTERM while nobody reads what it did not understand", "pause", "--typo", .full = 2,
         .signal = SIGTERM},
	{"ends at SIGTERM while nobody reads its usage", "pause", "-h", .full = 1, .signal = SIGTERM},
	{"ends at SIGTERM while nobody reads its version", "pause", "-v", .full = 1, .signal = SIGTERM},
};

static int start_of(const struct trial *trial, int first)
{
	int pid = fork_as(first);

	if (pid == 0) {
		const char *argv[] = {*trial->name ? trial->name : 0, *trial->option ? trial->option : 0, 0};

		if (trial->full)
			fill(trial->full);
		if (trial->pending) {
			block_all();
			kill((int)getpid(), trial->pending);
		}
		run(argv);
		exit_group(127);
	}
	return pid;
}

static void check_ends(unsigned *made, int first)
{
	const char *who = first ? "PID 1 of a namespace " : "an ordinary process ";
	int pid;

	for (unsigned i = 0; i < sizeof trials / sizeof *trials; i++) {
		pid = start_of(trials + i, first);
		if (trials[i].signal && within(asleep, pid))
			kill(pid, trials[i].signal);
		check(made, ends(pid, 0), who, trials[i].promise);
	}
	pid = start_of(trials, first);
	check(made, stops_later(pid), who, "sleeps through SIGSTOP and SIGCONT, and ends at a SIGTERM between them");
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

/* What an ordinary process writes to one of its streams, and its status at the end. */
static void check_output(unsigned *made, const char *option, unsigned refused, int stream, int signal,
                         const char *output, int status, const char *promise)
{
	struct text text;
	int pipe[2], pid;

	open_pipe(pipe, 0);
	pid = fork();
	if (pid == 0) {
		syscall3(__NR_dup3, pipe[1], stream, 0);
		close(pipe[0]), close(pipe[1]);
		if (refused)
			refuse(refused);
		run((const char *[]){"pause", option, 0}), exit_group(127);
	}
	close(pipe[1]);
	if (signal && within(asleep, pid))
		kill(pid, signal);
	check(made, ends(pid, status) && same(read_all(&text, pipe[0]), output), "", promise);
}

static void check_all(unsigned page)
{
	struct new_utsname name;
	unsigned made = 0;

	syscall1(__NR_uname, (long)&name);
	say("kernel: ", name.release, " ", name.machine);
	say_figure("page size", page);

	check_first_process(&made);
	check_ends(&made, 1);
	check_ends(&made, 0);
	check_output(&made, "--version", 0, 1, 0, "pause " VERSION " " PLATFORM "\n", 0,
	             "--version names version and platform");
	check_output(&made, 0, 0, 2, SIGTERM, "pause: warning: not PID 1\n", 0, "an ordinary process warns");
	check_output(&made, "", 0, 1, 0, "", 2, "an unknown argument ends with status 2");
	check_output(&made, 0, __NR_rt_sigaction, 2, 0, "pause: rt_sigaction refused; check seccomp\n", 1,
	             "a refused rt_sigaction is named, status 1");
	say_figure("checks", made);
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
	syscall6(__NR_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
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
	block_all();
	run((const char *[]){"pause", 0});
	exit_group(127);
}
