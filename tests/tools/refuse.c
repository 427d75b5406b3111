/*
 * refuse CALLS ERRNO PROGRAM [ARGUMENT...]: replaces itself by PROGRAM, for which the kernel refuses the system calls
 * of that comma-separated list with that error number: seccomp(2), as a container runtime's profile does it.
 * Status 1 when that failed, 2 on wrong usage; else PROGRAM's.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{"rt_sigaction", SYS_rt_sigaction},
	{"rt_sigprocmask", SYS_rt_sigprocmask},
	{"wait4", SYS_wait4},
	{"close_range", SYS_close_range},
	{"chdir", SYS_chdir},
	{"getpid", SYS_getpid},
	{"write", SYS_write},
	{"rt_sigsuspend", SYS_rt_sigsuspend},
	{"exit_group", SYS_exit_group},
};

enum { CALLS = sizeof calls / sizeof *calls };

static unsigned number_of(const char *name)
{
	for (int i = 0; i < CALLS; i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	fprintf(stderr, "refuse: %s: not in the list\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sock_filter filter[2 * CALLS + 2];
	struct sock_fprog program = {.filter = filter};
	unsigned refusal;

	if (argc < 4) {
		fprintf(stderr, "usage: refuse CALLS ERRNO PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	refusal = SECCOMP_RET_ERRNO | (unsigned)strtoul(argv[2], NULL, 10);
	filter[program.len++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (const char *name = strtok(argv[1], ","); name && program.len < 2 * CALLS; name = strtok(NULL, ",")) {
		filter[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_of(name), 0, 1);
		filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal);
	}
	/* cppcheck-suppress unreadVariable */
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse: seccomp");
		return 1;
	}
	execv(argv[3], argv + 3);
	perror("refuse: exec");
	return 1;
}
