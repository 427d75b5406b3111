/*
 * launch empty-argv PROGRAM: replaces itself by PROGRAM without a single argument, not even its name.
 * launch zombies PROGRAM: leaves PROGRAM two dead children, each of a process group of its own: one of fork(2), one
 * of a clone(2) that sends no SIGCHLD.
 * Status 1 when something failed, 2 on wrong usage; else PROGRAM's.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_zombie(long exit_signal)
{
	siginfo_t info;
	long child = syscall(SYS_clone, exit_signal, NULL, NULL, NULL, NULL);

	if (child == 0)
		_exit(setpgid(0, 0));
	if (child < 0 || waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT | __WALL)) {
		perror("launch");
		exit(1);
	}
}

int main(int argc, char **argv, char **envp)
{
	if (argc == 3 && !strcmp(argv[1], "empty-argv"))
		execve(argv[2], (char *[]){NULL}, envp);
	else if (argc == 3 && !strcmp(argv[1], "zombies")) {
		make_zombie(SIGCHLD);
		make_zombie(0);
		execve(argv[2], argv + 2, envp);
	} else {
		fprintf(stderr, "usage: launch empty-argv|zombies PROGRAM\n");
		return 2;
	}
	perror(argv[2]);
	return 1;
}
