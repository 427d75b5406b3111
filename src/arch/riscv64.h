/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V, 64 bits: the number in a7, arguments in a0 to a3.
 * The result comes back in a0, an error as a negative errno; nothing else is overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#define START "mv a0, sp\n jal start"
#define SYSCALL "ecall"
#define NUMBER "a7"
#define FIRST "a0"
#define SECOND "a1"
#define THIRD "a2"
#define FOURTH "a3"
#define OVERWRITTEN "memory"
#define RESULT first
