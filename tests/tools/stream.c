/*
 * stream KIND FD [PROGRAM ARGUMENT...]: replaces itself by PROGRAM, whose descriptor FD is of a KIND that takes
 * nothing. Without PROGRAM it writes a line there: its status is the error number, 0 without an error; or the signal
 * ends it. "background" is a terminal with tostop, and PROGRAM a child that is in the background there: what the
 * terminal got goes to standard output, and the status is PROGRAM's, or 128 and the number of the signal that ended or
 * stopped it. Status 125 when something failed, 126 on wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* What a call returned, where that is no error. */
static int must(int result)
{
	if (result < 0) {
		perror("stream");
		_exit(125);
	}
	return result;
}

static int no_room(void)
{
	static const char page[4096];
	int ends[2];

	must(pipe2(ends, O_NONBLOCK));
	while (write(ends[1], page, sizeof page) > 0)
		;
	return ends[1]; /* the other end stays open: PROGRAM has it until it closes what it inherited */
}

static int no_reader(void)
{
	int ends[2];

	must(pipe(ends));
	close(ends[0]);
	return ends[1];
}

static int peer_gone(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	close(ends[0]);
	return ends[1];
}

/* At the limit of its size, which is none. */
static int file_full(void)
{
	must(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0}));
	return must(memfd_create("full", 0));
}

static int sealed(void)
{
	int file = must(memfd_create("sealed", MFD_ALLOW_SEALING));

	must(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	return file;
}

/* Both ends of a terminal that wants no output from the background. */
static void open_terminal(int ends[2])
{
	struct termios modes;
	char name[64];

	ends[0] = must(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK));
	must(unlockpt(ends[0]));
	must(ptsname_r(ends[0], name, sizeof name) ? -1 : 0);
	ends[1] = must(open(name, O_RDWR | O_NOCTTY));
	must(tcgetattr(ends[1], &modes));
	modes.c_lflag |= TOSTOP;
	must(tcsetattr(ends[1], TCSANOW, &modes));
}

static int hung_up(void)
{
	int ends[2];

	open_terminal(ends);
	close(ends[0]);
	return ends[1];
}

/* What the terminal got, and the end of the child as this process's own. */
static _Noreturn void end_as(pid_t child, int terminal)
{
	char text[4096];
	ssize_t length;
	int status;

	must(waitpid(child, &status, WUNTRACED));
	length = read(terminal, text, sizeof text);
	if (length > 0)
		must((int)write(STDOUT_FILENO, text, (size_t)length));
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		_exit(128 + WTERMSIG(status));
	kill(child, SIGKILL);
	_exit(128 + WSTOPSIG(status));
}

/* Returns in a child in the background; its parent is the shell of this session, which could bring it forward. */
static int background(void)
{
	int ends[2];
	pid_t child;

	open_terminal(ends);
	must(setsid());
	must(ioctl(ends[1], TIOCSCTTY, 0));
	child = must(fork());
	if (child)
		end_as(child, ends[0]);
	must(setpgid(0, 0));
	return ends[1];
}

static int closed(void)
{
	return -1;
}

static int read_only(void)
{
	return must(open("/dev/null", O_RDONLY));
}

static int directory(void)
{
	return must(open("/", O_RDONLY));
}

static int device_full(void)
{
	return must(open("/dev/full", O_WRONLY));
}

static int unconnected(void)
{
	return must(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int unaddressed(void)
{
	return must(socket(AF_INET, SOCK_DGRAM, 0));
}

static int no_file(void)
{
	return must(epoll_create1(0));
}

static const struct {
	const char *name;
	int (*make)(void);
} kinds[] = {
	{"background", background},   {"closed", closed},           {"device-full", device_full},
	{"directory", directory},     {"file-full", file_full},     {"hung-up", hung_up},
	{"no-file", no_file},         {"no-reader", no_reader},     {"no-room", no_room},
	{"peer-gone", peer_gone},     {"read-only", read_only},     {"sealed", sealed},
	{"unaddressed", unaddressed}, {"unconnected", unconnected},
};

int main(int argc, char **argv)
{
	unsigned kind = 0;
	int stream, file;

	while (argc > 2 && kind < sizeof kinds / sizeof *kinds && strcmp(argv[1], kinds[kind].name))
		kind++;
	if (argc < 3 || kind == sizeof kinds / sizeof *kinds) {
		fprintf(stderr, "usage: stream KIND FD [PROGRAM ARGUMENT...]\n");
		return 126;
	}
	stream = (int)strtol(argv[2], NULL, 10);
	file = kinds[kind].make();
	if (file < 0)
		close(stream);
	else
		must(dup2(file, stream));
	if (argc > 3) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		return 125;
	}
	return write(stream, "written\n", 8) < 0 ? errno : 0;
}
