/*
 * orphans COUNT alive|turns|dead [TIMES]: leaves COUNT orphans to the PID 1 of its PID namespace, TIMES (once), then
 * ends. alive: each is handed over while it runs and ends later, all at once; turns: the same, one after the other;
 * dead: each is a zombie when it is handed over.
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

enum mode { ALIVE, TURNS, DEAD };
static const char *const modes[] = {"alive", "turns", "dead"};

/* An orphan ends when the parent has, and the gate has no writer; or when its turn comes, and it passes that on. */
static _Noreturn void be_orphan(enum mode mode, const int gate[2])
{
	char byte;

	if (mode == ALIVE)
		close(gate[1]);
	if (mode == DEAD || read(gate[0], &byte, 1) == 0)
		_exit(0);
	_exit(write(gate[1], &byte, 1) != 1);
}

/* The parent in between: its end hands its children over. */
static _Noreturn void leave(long count, enum mode mode, const int gate[2])
{
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0)
			be_orphan(mode, gate);
		if (mode == DEAD) {
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
	enum mode mode = ALIVE;
	int gate[2], status;

	while (argc > 2 && mode <= DEAD && strcmp(argv[2], modes[mode]))
		mode++;
	if (count < 1 || times < 1 || argc > 4 || mode > DEAD) {
		fprintf(stderr, "usage: orphans COUNT alive|turns|dead [TIMES]\n");
		return 2;
	}
	while (times--) {
		pid_t parent;

		if (pipe(gate))
			fail("pipe");
		parent = fork();
		if (parent < 0)
			fail("fork");
		if (parent == 0)
			leave(count, mode, gate);
		if (waitpid(parent, &status, 0) != parent)
			fail("waitpid");
		if (status)
			return 1;
		if (mode == TURNS && write(gate[1], "", 1) != 1)
			fail("write");
		close(gate[0]);
		close(gate[1]);
	}
	return 0;
}
