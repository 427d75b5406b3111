/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIPS, 32 bits (o32) and 64 (n64), either byte order: the number in v0 ($2), arguments in a0 to a3 ($4 to $7).
 * The result comes back in v0; an error as errno itself, with a3 set.
 * at, v1, t0 to t9, hi and lo are overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#ifdef __mips64
#define START "move $4, $sp\n jal start"
#else /* a function may keep its arguments in its caller's frame, 16 bytes that must not be argc and argv */
#define START "move $4, $sp\n addiu $sp, $sp, -16\n jal start"
#endif
#define SYSCALL "syscall"
#define NUMBER "$2"
#define FIRST "$4"
#define SECOND "$5"
#define THIRD "$6"
#define FOURTH "$7"
#define OVERWRITTEN "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", "memory"
#define RESULT (fourth ? -number : number)
