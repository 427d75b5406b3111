/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POWER, 64 bits, either byte order, ELFv2: the number in r0, arguments in r3 to r6.
 * The result comes back in r3; an error as errno itself, with the summary overflow bit of cr0 set.
 * r4 to r12, cr0, ctr and xer are overwritten.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

/*
 * The kernel hands over _start's address in r12. Compiled code finds constants through r2, which nobody has set, and
 * saves its link register in its caller's frame, 32 bytes that must not be argc and argv.
 */
#define START "addis 2, 12, .TOC. - _start@ha\n addi 2, 2, .TOC. - _start@l\n mr 3, 1\n stdu 1, -32(1)\n bl start"
#define SYSCALL "sc\n bns+ 0f\n neg 3, 3\n0:"
#define NUMBER "r0"
#define FIRST "r3"
#define SECOND "r4"
#define THIRD "r5"
#define FOURTH "r6"
#define OVERWRITTEN "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory"
#define RESULT first
