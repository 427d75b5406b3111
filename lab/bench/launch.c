/*
 * launch COPIES PROGRAM [ARGUMENT...]: starts copies of a program, each as PID 1 of a PID namespace of its own, and
 * prints the number that each has out here, or what failed. It ends when its input does, and the copies end with it.
 *
 * The copies get launch's signal mask and stderr, /dev/null for input and output, and no environment but PATH.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
static int null;

static int start(void *argument)
{
	char **command = (char **)argument;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(null, 1);
	execve(*command, command, environment);
	_exit(127);
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	const int flags = CLONE_NEWPID | CLONE_VM | CLONE_VFORK | SIGCHLD;
	long copies = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	char byte;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (copies-- > 0) {
		/* Like vfork(2): it returns when the copy has called exec, so that one stack will do. */
		pid_t pid = clone(start, stack + sizeof stack, flags, (void *)(argv + 2));

		if (pid < 0) {
			printf("clone: %s\n", strerror(errno));
			return 1;
		}
		printf("%d\n", pid);
	}
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
