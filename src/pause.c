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

static _Noreturn void refused(const char *call)
{
	print(STDERR, "pause: seccomp must allow ");
	print(STDERR, call);
	exit_group(1);
}

static void stop(int signal)
{
	(void)signal;
	exit_group(0); /* and not a word: stderr may be a full pipe that nobody reads */
}

static void on(int signal, __sighandler_t handler)
{
	struct sigaction action; /* set by its members: to clear all of it, compilers call memset */

	action.sa_handler = handler;
	action.sa_flags = SIGNAL_FLAGS;
	action.sa_mask = (sigset_t){0};
	if (rt_sigaction(signal, &action))
		refused("rt_sigaction\n");
}

static _Noreturn void answer(const char *option)
{
	if (equal(option, "-h") || equal(option, "--help"))
		exit_group(!print(STDOUT, USAGE));
	if (equal(option, "-v") || equal(option, "-V") || equal(option, "--version"))
		exit_group(!print(STDOUT, "pause " VERSION " " PLATFORM "\n"));
	print(STDERR, "pause: not understood: ");
	print(STDERR, option);
	print(STDERR, "\n" USAGE);
	exit_group(2);
}

_Noreturn void start(const struct arguments *arguments)
{
	const sigset_t none = {0};

	/* Before anything that may block: PID 1 gets no signal that it has not asked for. */
	on(SIGTERM, stop);
	on(SIGINT, stop);
	on(SIGCHLD, SIG_IGN);               /* the kernel reaps, and never wakes us for it */
	rt_sigprocmask(SIG_SETMASK, &none); /* a blocked SIGTERM comes through exec */

	if (arguments->count > 1)
		answer(arguments->value[1]);

	/* Zombies from before exec: SIG_IGN came too late for them. */
	while (wait4(-1, WNOHANG | __WALL) > 0)
		;
	close_range(3, -1); /* what we inherit we would pin for ever; kernels before 5.9 lack the call */
	chdir("/");
	if (getpid() != 1) {
		on(SIGPIPE, SIG_IGN); /* nobody may be left to read the warning */
		print(STDERR, "pause: warning: not PID 1\n");
		on(SIGPIPE, SIG_DFL);
	}

	rt_sigsuspend(&none);
	refused("rt_sigsuspend\n"); /* the kernel returns only after a handler has, and ours never do */
}
