// SPDX-License-Identifier: Apache-2.0
/* pause: holds the namespaces of a pod until a signal stops it. What it promises stands in pause(1). */
#include "syscall.h"

#define USAGE                                     \
	"usage: pause [-h|--help|-v|--version]\n" \
	"Holds a pod's namespaces until SIGTERM or SIGINT.\n"

enum { STDOUT = 1, STDERR = 2 };

/* What exec leaves on the stack (System V ABI, "Process Initialization"). */
struct arguments {
	long count;
	const char *value[];
};

static int equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Whether all of the text was written. */
static int print(int fd, const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	return write(fd, text, length) == length;
}

static _Noreturn void fail(const char *text)
{
	print(STDERR, text);
	exit_group(1);
}

static void stop(int signal)
{
	(void)signal;
	exit_group(0); /* and not a word: stderr may be a full pipe that nobody reads */
}

static void on(int signal, __sighandler_t handler)
{
	/*
	 * Set by its members: to clear all of it clang on MIPS with 32 bits calls memset, which we have not got. What
	 * stays unset is sa_restorer: the kernel returns to it from a handler, and ours never return.
	 */
	struct sigaction action;

	action.sa_handler = handler;
	action.sa_flags = SIGNAL_FLAGS;
	action.sa_mask = (sigset_t){0};
	if (rt_sigaction(signal, &action))
		fail("pause: rt_sigaction refused; check seccomp\n"); /* nothing could stop us */
}

static _Noreturn void answer(const char *option)
{
	if (equal(option, "-h") || equal(option, "--help"))
		exit_group(!print(STDOUT, USAGE));
	/* -V: the pause program of Kubernetes compares without case, and so takes it, too. */
	if (equal(option, "-v") || equal(option, "-V") || equal(option, "--version"))
		exit_group(!print(STDOUT, "pause " VERSION " " PLATFORM "\n"));
	print(STDERR, "pause: not understood: ");
	print(STDERR, option);
	print(STDERR, "\n" USAGE);
	exit_group(2);
}

/* Called by assembler alone (START): "used" tells a compiler that sees no caller to keep it. */
__attribute__((used)) _Noreturn void start(const struct arguments *arguments)
{
	sigset_t blocked = {0};

	/* Before anything that may block: PID 1 gets no signal that it has not asked for. */
	on(SIGTERM, stop);
	on(SIGINT, stop);
	on(SIGCHLD, SIG_IGN); /* the kernel reaps, and never wakes us for it */

	/*
	 * A parent's mask comes through exec, a blocked SIGTERM with it. Ours has the three signals that the kernel
	 * sends to a process for its own write, which would end or stop us for a warning: nobody reads the pipe, the
	 * file is at RLIMIT_FSIZE, the terminal wants no output from the background (termios(3), TOSTOP).
	 */
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGXFSZ);
	sigaddset(&blocked, SIGTTOU);
	rt_sigprocmask(SIG_SETMASK, &blocked);

	if (arguments->count > 1)
		answer(arguments->value[1]);

	/* Zombies from before exec: SIG_IGN came too late for them. */
	while (wait4(-1, WNOHANG | __WALL) > 0)
		;
	close_range(3, __INT_MAX__); /* all that we inherit, and would pin for ever; Linux before 5.9 lacks the call */
	chdir("/");
	if (getpid() != 1)
		print(STDERR, "pause: warning: not PID 1\n");

	/* The kernel returns only after a handler has, and ours never do. */
	rt_sigsuspend(&blocked);
	fail("pause: rt_sigsuspend refused; check seccomp\n");
}
