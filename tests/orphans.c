/*
 * orphans COUNT alive|dead [TIMES]: leaves COUNT orphans to the PID 1 of its PID namespace, TIMES (once), then ends.
 * alive: each is handed over while it runs and ends later; dead: each is a zombie when it is handed over.
 * Status 0 when all were forked, 1 when one could not be, 2 on wrong usage.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* The parent in between: its end hands its children over. */
static _Noreturn void leave(long count, int alive)
{
	int gate[2];

	if (pipe(gate))
		fail("pipe");
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0) {
			char byte;

			close(gate[1]);
			/* Ends once the parent has: the gate then has no writer. */
			_exit(alive && read(gate[0], &byte, 1) > 0);
		}
		if (!alive) {
			siginfo_t info;

			/* Dead, but not collected: a zombie. */
			if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT))
				fail("waitid");
		}
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0, times = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	int alive = argc > 2 && !strcmp(argv[2], "alive"), status;

	if (count < 1 || times < 1 || argc > 4 || (!alive && strcmp(argv[2], "dead"))) {
		fprintf(stderr, "usage: orphans COUNT alive|dead [TIMES]\n");
		return 2;
	}
	while (times--) {
		pid_t parent = fork();

		if (parent < 0)
			fail("fork");
		if (parent == 0)
			leave(count, alive);
		if (waitpid(parent, &status, 0) != parent)
			fail("waitpid");
		if (status)
			return 1;
	}
	return 0;
}
