/*
 * arm64: the number in x8, arguments in x0 to x3.
 * The result comes back in x0, an error as a negative errno; nothing else is overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

/* The kernel enters here, the stack pointer at argc. */
__asm__(".globl _start\n"
        "_start: mov x0, sp\n"
        "        bl start\n");

/* The kernel has a return from handlers of its own. */
#define SIGNAL_FLAGS 0

#define SYSCALL "svc #0"
#define NUMBER "x8"
#define FIRST "x0"
#define SECOND "x1"
#define THIRD "x2"
#define FOURTH "x3"
#define OVERWRITTEN "memory"
#define RESULT first
