/*
 * What C cannot say: instructions inside the fields of a header. Each field with code in it is a section of the field's
 * name; <platform>.ld puts the sections between the fields that the kernel reads.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#define FIELD(name, code) __asm__(".section ." #name ", \"ax\"\n" #name ":\n" code)

/* The kernel's constants, by their names. */
#define TEXT(value) #value
#define VALUE(constant) TEXT(constant)
#define CONSTANT(name) __asm__(".set " #name ", " VALUE(name))

CONSTANT(SIGINT);
CONSTANT(SIGTERM);
CONSTANT(SIGCHLD);
CONSTANT(__NR_rt_sigaction);
CONSTANT(__NR_rt_sigprocmask);
CONSTANT(__NR_rt_sigtimedwait);
CONSTANT(__NR_exit);

/* The two signals that stop it, as a set of signals. As sa_flags, its bit 1 is SA_NOCLDWAIT. */
__asm__(".set STOPPING, 1 << (SIGINT - 1) | 1 << (SIGTERM - 1)");
