/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64: the number in rax, arguments in rdi, rsi, rdx, r10.
 * The result comes back in rax, an error as a negative errno; rcx and r11 are overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#define START "mov %rsp, %rdi\n call start"
#define SYSCALL "syscall"
#define NUMBER "rax"
#define FIRST "rdi"
#define SECOND "rsi"
#define THIRD "rdx"
#define FOURTH "r10"
#define OVERWRITTEN "rcx", "r11", "memory"
#define RESULT number

/* Without it the kernel kills the process instead of running its handler. */
#define SIGNAL_FLAGS SA_RESTORER
