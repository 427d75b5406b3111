/*
 * The smallest pause for linux/arm64, where each instruction has four bytes and stands at a multiple of four: an entry
 * at byte 1 is out of question, no constant takes in a field, and leaving a field costs an instruction.
 *
 * At entry the kernel has cleared every register but the stack pointer.
 */
#include "tiny.h"

FIELD(e_ident, "mov w3, #8\n" /* the size of a set, for all three calls */
               "mov w4, #STOPPING\n"
               "b e_shoff\n");

FIELD(e_shoff, "stp xzr, x4, [sp, #-16]!\n" /* SIG_DFL before the set: an action, whose flags say SA_NOCLDWAIT */
               "b p_paddr\n");

FIELD(p_paddr, "mov x1, sp\n"
               "mov w0, #SIGCHLD\n");

/* The lower half of p_filesz and of p_memsz, which must be equal: a mapping may be longer than its file. */
FIELD(p_filesz, "b . + 16\n");
FIELD(p_memsz, "b . + 16\n");

FIELD(p_align, "mov w8, #__NR_rt_sigaction\n"
               "svc #0\n"         /* rt_sigaction(SIGCHLD …): the kernel reaps from here on, and w0 is SIG_BLOCK */
               "add x1, x1, #8\n" /* the set */
               "mov w8, #__NR_rt_sigprocmask\n"
               "svc #0\n"
               "0: mov x0, x1\n"
               "mov w8, #__NR_rt_sigtimedwait\n"
               "svc #0\n"           /* it sleeps here */
               "tbnz w0, #31, 0b\n" /* EINTR: again */
               "mov w0, #0\n"
               "mov w8, #__NR_exit\n"
               "svc #0\n");
