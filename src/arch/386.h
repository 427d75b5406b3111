/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386: the number in eax, arguments in ebx, ecx, edx, esi.
 * The result comes back in eax, an error as a negative errno; nothing else is overwritten.
 */
#define SA_RESTORER /* gives sigaction the field; <asm/signal.h> has the structure of the call before rt_sigaction */
#include <asm-generic/signal.h>
#include <asm/unistd.h>

/* The call leaves the stack less aligned than the ABI has it: only SSE, which an i486 lacks, would mind. */
#define START "push %esp\n call start"
#define SYSCALL "int $0x80"
#define NUMBER "eax"
#define FIRST "ebx"
#define SECOND "ecx"
#define THIRD "edx"
#define FOURTH "esi"
#define OVERWRITTEN "memory"
#define RESULT number
