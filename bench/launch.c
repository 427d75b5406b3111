/*
 * launch COPIES PROGRAM [ARGUMENT...]: starts copies of a program, each as PID 1 of a PID namespace of its own, and
 * prints for each its number out here and the processor time in ns that it had used before it called exec.
 * It ends when its own input does, and the copies end with it.
 *
 * The copies get /dev/null for input and output, no environment but PATH, and what these variables ask for:
 *   BLOCKED=1    SIGTERM is blocked at the start
 *   FULL_PIPE=1  stderr is a pipe that is full and that nobody reads
 *   EXITS=1      one copy after the other; the second number is the time in ns from exec until it was gone
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

/* Shared with the copy until it calls exec. */
static struct {
	char **command;
	int blocked, null, err;
	int64_t used, started;
} copy;

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int full_pipe(void)
{
	static const char page[4096];
	int end[2];

	if (pipe2(end, O_CLOEXEC | O_NONBLOCK))
		fail("launch: pipe2");
	while (write(end[1], page, sizeof page) > 0)
		;
	fcntl(end[1], F_SETFL, 0); /* who writes now, waits */
	return end[1];
}

static int start(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	if (copy.blocked)
		sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(copy.null, 0);
	dup2(copy.null, 1);
	dup2(copy.err, 2);
	copy.used = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	copy.started = nanoseconds(CLOCK_MONOTONIC);
	execve(copy.command[0], copy.command, environment);
	_exit(127);
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	long copies = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	int exits = getenv("EXITS") != NULL;
	char byte;

	if (copies < 1) {
		fprintf(stderr, "usage: launch COPIES PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	copy.command = argv + 2;
	copy.blocked = getenv("BLOCKED") != NULL;
	copy.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	copy.err = getenv("FULL_PIPE") ? full_pipe() : copy.null;
	for (long i = 0; i < copies; i++) {
		/* Like vfork(2): it returns when the copy has called exec. */
		pid_t pid = clone(start, stack + sizeof stack, CLONE_NEWPID | CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

		if (pid < 0)
			fail("launch: clone");
		if (exits)
			waitpid(pid, NULL, 0);
		printf("%d %jd\n", pid, (intmax_t)(exits ? nanoseconds(CLOCK_MONOTONIC) - copy.started : copy.used));
	}
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
