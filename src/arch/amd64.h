/*
 * x86-64: the number in rax, arguments in rdi, rsi, rdx, r10.
 * The result comes back in rax, an error as a negative errno; rcx and r11 are overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

/* The kernel enters here, the stack pointer at argc. */
__asm__(".globl _start\n"
        "_start: mov %rsp, %rdi\n"
        "        call start\n");

/* Without it the kernel kills the process instead of running its handler. */
#define SIGNAL_FLAGS SA_RESTORER

#define SYSCALL "syscall"
#define NUMBER "rax"
#define FIRST "rdi"
#define SECOND "rsi"
#define THIRD "rdx"
#define FOURTH "r10"
#define OVERWRITTEN "rcx", "r11", "memory"
#define RESULT number
