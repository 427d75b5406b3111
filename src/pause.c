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

/* Whether the option is one of the words; a NUL ends each word, and an empty one the list. */
static int is_one_of(const char *words, const char *option)
{
	do {
		const char *letter = option;

		while (*words == *letter++)
			if (!*words++)
				return 1;
		while (*words++)
			;
	} while (*words);
	return 0;
}

/* Returns 0 when all of the text was written. */
static long print(int fd, const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	return length - write(fd, text, length);
}

static _Noreturn void fail(const char *call, long error)
{
	char number[6], *digit = number + sizeof number;
	unsigned rest = (unsigned)-error;

	*--digit = 0;
	*--digit = '\n';
	do
		*--digit = (char)('0' + rest % 10);
	while ((rest /= 10));
	print(STDERR, call);
	print(STDERR, digit);
	exit_group(1);
}

static void stop(int signal)
{
	(void)signal;
	exit_group(0); /* and not a word: stderr may be a full pipe that nobody reads */
}

static void on(int signal, __sighandler_t handler)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SIGNAL_FLAGS};
	long error = rt_sigaction(signal, &action);

	if (error)
		fail("pause: rt_sigaction: errno ", error);
}

_Noreturn void start(const struct arguments *arguments)
{
	const char *option = arguments->value[1];
	const sigset_t none = {0};

	if (arguments->count > 1) {
		if (is_one_of("-h\0--help\0", option))
			exit_group(print(STDOUT, USAGE) != 0);
		if (is_one_of("-v\0-V\0--version\0", option))
			exit_group(print(STDOUT, "pause " VERSION " " PLATFORM "\n") != 0);
		print(STDERR, "pause: not understood: ");
		print(STDERR, option);
		print(STDERR, "\n" USAGE);
		exit_group(2);
	}

	on(SIGTERM, stop); /* PID 1 gets no signal that it has not asked for */
	on(SIGINT, stop);
	on(SIGCHLD, SIG_IGN);               /* the kernel reaps, and never wakes us for it */
	rt_sigprocmask(SIG_SETMASK, &none); /* a blocked SIGTERM comes through exec */

	/* Zombies from before exec: SIG_IGN came too late for them. */
	while (wait4(-1, WNOHANG | __WALL) > 0)
		;
	close_range(3, ~0U); /* what we inherit we would pin for ever; kernels before 5.9 lack the call */
	chdir("/");

	if (getpid() != 1) {
		on(SIGPIPE, SIG_IGN); /* nobody may be left to read the warning */
		print(STDERR, "pause: warning: not PID 1\n");
		on(SIGPIPE, SIG_DFL);
	}

	/* It sleeps here. The kernel returns only after a handler has, and ours never do: so it was refused. */
	fail("pause: rt_sigsuspend: errno ", rt_sigsuspend(&none));
}
