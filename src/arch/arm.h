/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARM EABI, v5 to v7: the number in r7, arguments in r0 to r3.
 * The result comes back in r0, an error as a negative errno; nothing else is overwritten.
 */
#define SA_RESTORER /* gives sigaction the field; <asm/signal.h> has the structure of the call before rt_sigaction */
#include <asm-generic/signal.h>
#include <asm/unistd.h>

/* The type tells the linker ARM code from Thumb. */
#define START ".type _start, %function\n mov r0, sp\n bl start"
#define SYSCALL "svc #0"
#define NUMBER "r7"
#define FIRST "r0"
#define SECOND "r1"
#define THIRD "r2"
#define FOURTH "r3"
#define OVERWRITTEN "memory"
#define RESULT first
