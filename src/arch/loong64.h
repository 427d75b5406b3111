/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LoongArch, 64 bits: the number in a7, arguments in a0 to a3.
 * The result comes back in a0, an error as a negative errno; t0 to t8 are overwritten.
 */
/* What <asm/signal.h> and <asm/unistd.h> consist of here: not every release has a package with them. */
#include <asm-generic/signal.h>
#include <asm-generic/unistd.h>

#define START "move $a0, $sp\n bl start"
#define SYSCALL "syscall 0"
#define NUMBER "a7"
#define FIRST "a0"
#define SECOND "a1"
#define THIRD "a2"
#define FOURTH "a3"
#define OVERWRITTEN "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "memory"
#define RESULT first
