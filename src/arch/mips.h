/*
 * MIPS, 32 bits, either byte order, o32: the number in v0 ($2), arguments in a0 to a3 ($4 to $7).
 * The result comes back in v0; an error as errno itself, with a3 set.
 * at, v1, t0 to t9, hi and lo are overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

/*
 * The kernel enters here, the stack pointer at argc. A function may keep its arguments in 16 bytes of its caller's
 * frame, which must not be argc and argv.
 */
__asm__(".globl _start\n"
        "_start: move $4, $sp\n"
        "        addiu $sp, $sp, -16\n"
        "        jal start\n");

/* The kernel has a return from handlers of its own. */
#define SIGNAL_FLAGS 0

#define SYSCALL "syscall"
#define NUMBER "$2"
#define FIRST "$4"
#define SECOND "$5"
#define THIRD "$6"
#define FOURTH "$7"
#define OVERWRITTEN "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", "memory"
#define RESULT (fourth ? -number : number)
