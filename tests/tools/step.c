/*
 * step ordinary|pid1 PROGRAM: starts PROGRAM again and again, lets it go one instruction further each time (ptrace's
 * single step), and sends SIGTERM there, up to the instruction in which it goes to sleep. Requires that SIGTERM ends
 * it: by default up to some instruction, by its handler with status 0 from there on. To PID 1 the kernel does not give
 * a signal that has no handler yet: it must go to sleep then, and a second SIGTERM must end it with status 0.
 * Prints how many instructions the start takes, and how many of them lie before the handler.
 * Status 1 when what it requires does not hold, 2 on wrong usage, 77 on a processor that it does not know.
 */
#ifndef __x86_64__
int main(void)
{
	return 77;
}
#else
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum end { BY_DEFAULT, BY_HANDLER, BY_SECOND_SIGNAL };

static _Noreturn void fail(const char *what, long at)
{
	fprintf(stderr, "step: instruction %ld: %s\n", at, what);
	exit(1);
}

static pid_t start(const char *program, int pid1)
{
	long child = syscall(SYS_clone, SIGCHLD | (pid1 ? CLONE_NEWPID : 0), NULL, NULL, NULL, NULL);

	if (child < 0)
		fail("clone failed", 0);
	if (child == 0) {
		freopen("/dev/null", "w", stderr);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	return (pid_t)child;
}

/* Whether the next instruction is the system call rt_sigsuspend. */
static int about_to_sleep(pid_t pid)
{
	struct user_regs_struct registers;

	ptrace(PTRACE_GETREGS, pid, NULL, &registers);
	return registers.rax == SYS_rt_sigsuspend &&
	       (ptrace(PTRACE_PEEKTEXT, pid, (void *)registers.rip, /* NOLINT(performance-no-int-to-ptr) */ NULL) &
	        0xffff) == 0x050f;
}

static int asleep(pid_t pid)
{
	char *path, channel[64] = "";
	FILE *file;

	if (asprintf(&path, "/proc/%d/wchan", pid) < 0)
		fail("no memory", 0);
	file = fopen(path, "r");
	free(path);
	if (!file)
		return 0;
	if (!fgets(channel, sizeof channel, file))
		*channel = 0;
	fclose(file);
	return strstr(channel, "sigsuspend") != NULL;
}

static enum end end_of(pid_t pid, long at)
{
	int status, second = 0;

	/* 100,000 times a tenth of a millisecond: ten seconds at least. */
	for (int i = 0; i < 100000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
				return BY_DEFAULT;
			if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
				return second ? BY_SECOND_SIGNAL : BY_HANDLER;
			fail("it ended otherwise", at);
		}
		if (!second && asleep(pid)) {
			kill(pid, SIGTERM);
			second = 1;
		}
		usleep(100);
	}
	kill(pid, SIGKILL);
	fail("it did not end", at);
}

int main(int argc, char **argv)
{
	long window = 0, at = 0;
	int last = 0, status, pid1;

	if (argc != 3 || (strcmp(argv[1], "ordinary") && strcmp(argv[1], "pid1"))) {
		fprintf(stderr, "usage: step ordinary|pid1 PROGRAM\n");
		return 2;
	}
	pid1 = !strcmp(argv[1], "pid1");
	for (; !last; at++) {
		pid_t pid = start(argv[2], pid1);
		enum end end;

		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			fail("exec failed", at);
		for (long i = 0; i < at; i++)
			if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
			    !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
				fail("no single step", at);
		last = about_to_sleep(pid);
		kill(pid, SIGTERM);
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		end = end_of(pid, at);
		if (end != BY_HANDLER) {
			if (end != (pid1 ? BY_SECOND_SIGNAL : BY_DEFAULT))
				fail("not the end that it should be", at);
			if (window != at)
				fail("the handler was there before", at);
			window++;
		}
	}
	printf("%ld instructions from exec to sleep, %ld of them before SIGTERM has its handler\n", at, window);
	return 0;
}
#endif
