/*
 * What pause does, call by call: pause(1) as an automaton, which both proofs read. harness.c compiles it; paths.py
 * takes it through the preprocessor of each platform.
 *
 *	CALL(state, call, next)
 *	BRANCH(state, call, condition, then, otherwise)
 *
 * In this state the program makes this call, and no other; whatever the kernel answers it goes on to the next state, or
 * the result decides on it. "stop" is a handler that behaves as the state "stopped" does, "set" a signal mask with
 *these signals and no other, "option" the first argument, "all" the length of what is written. In the state "trap" the
 * program faults.
 */

/* The kernel's size of a signal mask. */
#ifdef __mips__
#define MASK 16
#else
#define MASK 8
#endif

/* Only amd64's kernel asks for it: it kills the process instead of running a handler. */
#ifdef __x86_64__
#define FLAGS SA_RESTORER
#else
#define FLAGS 0
#endif

#define HELP                                      \
	"usage: pause [-h|--help|-v|--version]\n" \
	"Holds a pod's namespaces until SIGTERM or SIGINT.\n"

/*
 * Signals, before anything else. From the mask on, no signal that the kernel sends to a process for its own write can
 * end or stop it; the mask stays the same in its sleep, where such a signal may be pending.
 */
BRANCH(start, rt_sigaction(SIGTERM, stop, FLAGS), result == 0, has_term, no_sigaction)
BRANCH(has_term, rt_sigaction(SIGINT, stop, FLAGS), result == 0, has_int, no_sigaction)
BRANCH(has_int, rt_sigaction(SIGCHLD, ignore, FLAGS), result == 0, has_chld, no_sigaction)
CALL(has_chld, rt_sigprocmask(SIG_SETMASK, set(SIGPIPE, SIGXFSZ, SIGTTOU)), chosen)

/* SIGTERM and SIGINT, whenever they come. */
CALL(stopped, exit_group(0), trap)

/* The first argument chooses; without one, the program goes to sleep. */
OPTION("-h", help)
OPTION("--help", help)
OPTION("-v", version)
OPTION("-V", version)
OPTION("--version", version)

BRANCH(help, write(1, HELP), result == all, done, not_written)
BRANCH(version, write(1, "pause " VERSION " " PLATFORM "\n"), result == all, done, not_written)
CALL(done, exit_group(0), trap)
CALL(not_written, exit_group(1), trap)

CALL(unknown, write(2, "pause: not understood: "), which)
CALL(which, write(2, option), usage)
CALL(usage, write(2, "\n" HELP), misused)
CALL(misused, exit_group(2), trap)

/* On the way to sleep: zombies from before exec, inherited descriptors, the folder, a warning. */
BRANCH(sleep, wait4(-1, WNOHANG | __WALL), result > 0, sleep, reaped)
CALL(reaped, close_range(3, __INT_MAX__), closed)
CALL(closed, chdir("/"), at_root)
BRANCH(at_root, getpid(), result == 1, ready, other)
CALL(other, write(2, "pause: warning: not PID 1\n"), ready)
CALL(ready, rt_sigsuspend(set(SIGPIPE, SIGXFSZ, SIGTTOU)), no_sigsuspend)

/* Without these two calls nothing could stop it. */
CALL(no_sigaction, write(2, "pause: rt_sigaction refused; check seccomp\n"), failed)
CALL(no_sigsuspend, write(2, "pause: rt_sigsuspend refused; check seccomp\n"), failed)
CALL(failed, exit_group(1), trap)
