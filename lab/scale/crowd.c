/*
 * crowd COUNT PROGRAM: starts COUNT processes of PROGRAM, says "up" when all have been started, and kills them when its
 * standard input ends. Status 1 when one could not be started, 2 on wrong usage.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
	char byte;

	if (count < 1) {
		fprintf(stderr, "usage: crowd COUNT PROGRAM\n");
		return 2;
	}
	signal(SIGTERM, SIG_IGN);
	setpgid(0, 0);
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0) {
			execl(argv[2], argv[2], (char *)NULL);
			_exit(127);
		}
		if (child < 0) {
			perror("crowd: fork");
			kill(0, SIGKILL);
		}
	}
	puts("up");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return 0;
}
