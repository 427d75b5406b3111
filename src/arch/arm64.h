/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm64: the number in x8, arguments in x0 to x3.
 * The result comes back in x0, an error as a negative errno; nothing else is overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#define START "mov x0, sp\n bl start"
#define SYSCALL "svc #0"
#define NUMBER "x8"
#define FIRST "x0"
#define SECOND "x1"
#define THIRD "x2"
#define FOURTH "x3"
#define OVERWRITTEN "memory"
#define RESULT first
