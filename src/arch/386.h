/*
 * i386: the number in eax, arguments in ebx, ecx, edx, esi.
 * The result comes back in eax, an error as a negative errno; nothing else is overwritten.
 */
#define SA_RESTORER /* gives sigaction the field; <asm/signal.h> has the structure of the call before rt_sigaction */
#include <asm-generic/signal.h>
#include <asm/unistd.h>

/* The kernel enters here, the stack pointer at argc. */
__asm__(".globl _start\n"
        "_start: push %esp\n"
        "        call start\n");

/* The kernel has a return from handlers of its own. */
#define SIGNAL_FLAGS 0

#define SYSCALL "int $0x80"
#define NUMBER "eax"
#define FIRST "ebx"
#define SECOND "ecx"
#define THIRD "edx"
#define FOURTH "esi"
#define OVERWRITTEN "memory"
#define RESULT number
