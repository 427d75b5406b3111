/*
 * The usual pause program, as others write it against the C library: handlers for SIGTERM and SIGINT, one for SIGCHLD
 * that reaps in a loop, and pause(2) for ever.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop(int signal)
{
	(void)signal;
	_exit(0);
}

static void reap(int signal)
{
	(void)signal;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(void)
{
	struct sigaction stopping = {.sa_handler = stop}, reaping = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};

	if (sigaction(SIGTERM, &stopping, NULL) || sigaction(SIGINT, &stopping, NULL) ||
	    sigaction(SIGCHLD, &reaping, NULL)) {
		perror("sigaction");
		return 1;
	}
	for (;;)
		pause();
}
