/*
 * The proof of the source: pause.c as it is, from exec on, under a kernel that may answer each call with anything.
 * cbmc.bats puts kernel1 to kernel4 in the place of syscall1 to syscall4, and trap in that of __builtin_trap. CBMC
 * then shows for every text of the option, every answer and every moment of a signal that each call is the one that
 * model.h has, and that nothing is undefined. exit_group is always refused: what it ends needs no proof.
 */
#include "../../src/pause.c" // NOLINT(bugprone-suspicious-include)

/* Bounds. Longer texts and more children bring nothing new: no round of a loop knows how many there were before it. */
#define LENGTH 10  /* of an option, one byte more than the longest that is understood */
#define CHILDREN 2 /* that died before exec */

void __CPROVER_assert(_Bool, const char *);
void __CPROVER_assume(_Bool);
/* These return anything. */
long nondet_long(void);
char nondet_char(void);
_Bool nondet_bool(void);

enum state {
#define CALL(now, ...) at_##now,
#define BRANCH CALL
#define OPTION(...)
#include "model.h"
#undef CALL
#undef BRANCH
#undef OPTION
	at_trap
};

static enum state state = at_start, at_chosen = at_sleep;
static const char *option;
static _Bool has_handler, in_handler;
static int children;
static long result, all;
static struct {
	long number, a, b, c, d;
} made;

/* What the kernel reads at an address that it was given. */
static const void *memory(long address)
{
	return (const void *)address; // NOLINT(performance-no-int-to-ptr)
}

/* The kernel reads a mask as words, each of them with the signals that follow those of the word before it. */
static _Bool is_mask(const void *mask, unsigned long first_word)
{
	const unsigned long *words = mask;

	for (unsigned i = 1; i < MASK / sizeof *words; i++)
		if (words[i])
			return 0;
	return words[0] == first_word;
}

static _Bool is_text(const char *bytes, long count, const char *text)
{
	for (long i = 0; i < count; i++)
		if (bytes[i] != text[i] || !text[i])
			return 0;
	return !text[count];
}

static _Bool is_action(const struct sigaction *action, __sighandler_t handler, unsigned flags)
{
	return action->sa_handler == handler && (unsigned)action->sa_flags == flags && is_mask(&action->sa_mask, 0);
}

/* The calls, as model.h writes them. */
#define is_chdir(path) (made.number == __NR_chdir && is_text(memory(made.a), sizeof(path) - 1, path))
#define is_close_range(from, to) (made.number == __NR_close_range && made.a == (from) && made.b == (to) && !made.c)
#define is_exit_group(status) (made.number == __NR_exit_group && made.a == (status))
#define is_getpid() (made.number == __NR_getpid)
#define is_rt_sigaction(signal, disposition, flags)                                                                 \
	(made.number == __NR_rt_sigaction && made.a == (signal) && is_action(memory(made.b), disposition, flags) && \
	 !made.c && made.d == MASK)
#define is_rt_sigprocmask(how, mask)                                                                          \
	(made.number == __NR_rt_sigprocmask && made.a == (how) && is_mask(memory(made.b), mask) && !made.c && \
	 made.d == MASK)
#define is_rt_sigsuspend(mask) (made.number == __NR_rt_sigsuspend && is_mask(memory(made.a), mask) && made.b == MASK)
#define set(a, b, c) (1UL << ((a) - 1) | 1UL << ((b) - 1) | 1UL << ((c) - 1))
#define is_wait4(pid, options) \
	(made.number == __NR_wait4 && made.a == (pid) && !made.b && made.c == (options) && !made.d)
#define is_write(fd, text) (made.number == __NR_write && made.a == (fd) && is_text(memory(made.b), made.c, text))
#define ignore SIG_IGN

static void signals(void)
{
	if (!has_handler || in_handler || !nondet_bool())
		return;
	in_handler = 1;
	state = at_stopped;
	stop(nondet_bool() ? SIGTERM : SIGINT);
	__CPROVER_assert(0, "the handler does not return");
}

long kernel4(long number, long a, long b, long c, long d)
{
	signals();
	made.number = number, made.a = a, made.b = b, made.c = all = c, made.d = d;
	result = nondet_long();
	if (state == at_sleep)
		__CPROVER_assume(result <= 0 || children++ < CHILDREN);
	has_handler |= (state == at_start || state == at_has_term) && !result;

	switch (state) {
#define CALL(now, call, next)                                     \
	case at_##now:                                            \
		__CPROVER_assert(is_##call, "the call of " #now); \
		state = at_##next;                                \
		break;
#define BRANCH(now, call, condition, then, otherwise)             \
	case at_##now:                                            \
		__CPROVER_assert(is_##call, "the call of " #now); \
		state = (condition) ? at_##then : at_##otherwise; \
		break;
#define OPTION(...)
#include "model.h"
#undef CALL
#undef BRANCH
#undef OPTION
	case at_trap:
		__CPROVER_assert(0, "no call where the trap is");
	}
	return result;
}

long kernel3(long number, long a, long b, long c)
{
	return kernel4(number, a, b, c, nondet_long());
}

long kernel2(long number, long a, long b)
{
	return kernel3(number, a, b, nondet_long());
}

long kernel1(long number, long a)
{
	return kernel2(number, a, nondet_long());
}

void trap(void)
{
	__CPROVER_assert(state == at_trap, "a fault only behind a refused exit_group");
	__CPROVER_assume(0);
}

/* As exec leaves it. */
static void run(long count, const char *first)
{
	struct {
		long count;
		const char *value[4];
	} block = {count, {count > 0 ? "pause" : 0, first, count > 2 ? "-h" : 0, 0}};

	start((const struct arguments *)&block);
	__CPROVER_assert(0, "start does not return");
}

static void run_with_option(long count)
{
	char text[LENGTH + 1];

	for (int i = 0; i < LENGTH; i++)
		text[i] = nondet_char();
	text[LENGTH] = 0;
	option = text;
	at_chosen = at_unknown;
#define CALL(...)
#define BRANCH(...)
#define OPTION(word, chosen)                         \
	if (is_text(word, sizeof(word) - 1, option)) \
		at_chosen = at_##chosen;
#include "model.h"
	run(count, option);
}

/* The proofs; with a count that is any number CBMC finds no end. */
void empty_argv(void)
{
	run(0, 0);
}

void no_argument(void)
{
	run(1, 0);
}

void one_argument(void)
{
	run_with_option(2);
}

void several_arguments(void)
{
	run_with_option(3);
}
