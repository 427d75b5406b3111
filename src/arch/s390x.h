/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s390x: the number in r1, arguments in r2 to r5.
 * The result comes back in r2, an error as a negative errno; nothing else is overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

/* Compiled code saves registers in its caller's frame, 160 bytes that must not be argc and argv. */
#define START "lgr %r2, %r15\n aghi %r15, -160\n brasl %r14, start"
#define SYSCALL "svc 0"
#define NUMBER "r1"
#define FIRST "r2"
#define SECOND "r3"
#define THIRD "r4"
#define FOURTH "r5"
#define OVERWRITTEN "memory"
#define RESULT first
