/*
 * RISC-V, 64 bits: the number in a7, arguments in a0 to a3.
 * The result comes back in a0, an error as a negative errno; nothing else is overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

/* The kernel enters here, the stack pointer at argc. */
__asm__(".globl _start\n"
        "_start: mv a0, sp\n"
        "        jal start\n");

/* The kernel has a return from handlers of its own. */
#define SIGNAL_FLAGS 0

#define SYSCALL "ecall"
#define NUMBER "a7"
#define FIRST "a0"
#define SECOND "a1"
#define THIRD "a2"
#define FOURTH "a3"
#define OVERWRITTEN "memory"
#define RESULT first
