/*
 * ARM EABI, v5 to v7: the number in r7, arguments in r0 to r3.
 * The result comes back in r0, an error as a negative errno; nothing else is overwritten.
 */
#define SA_RESTORER /* gives sigaction the field; <asm/signal.h> has the structure of the call before rt_sigaction */
#include <asm-generic/signal.h>
#include <asm/unistd.h>

/* The kernel enters here, the stack pointer at argc; the type tells the linker ARM code from Thumb. */
__asm__(".globl _start\n"
        ".type _start, %function\n"
        "_start: mov r0, sp\n"
        "        bl start\n");

/* The kernel has a return from handlers of its own. */
#define SIGNAL_FLAGS 0

#define SYSCALL "svc #0"
#define NUMBER "r7"
#define FIRST "r0"
#define SECOND "r1"
#define THIRD "r2"
#define FOURTH "r3"
#define OVERWRITTEN "memory"
#define RESULT first
