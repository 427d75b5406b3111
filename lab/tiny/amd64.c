/*
 * The smallest pause for linux/amd64. amd64.ld is the file, field by field; here are the instructions in it.
 *
 * At entry the kernel has cleared every register but the stack pointer, and the flags. SIGTERM and SIGINT are blocked,
 * so that PID 1 gets them, too, and fetched with rt_sigtimedwait(2): no handler, no restorer. Where the instructions
 * would run into a field that the kernel reads, one more of them takes the field for its constant.
 */
#include "tiny.h"

/* Entry is at byte 1: the letters E, L, F are prefixes, without effect on the first instruction. */
FIELD(e_ident, "push $STOPPING\n"
               "push %rsp\n"
               "mov $8, %r10b\n" /* the size of a set, for all three calls */
               "mov $__NR_rt_sigaction, %al\n"
               ".byte 0xb9\n"); /* mov $constant, %ecx: e_type and e_machine */

FIELD(e_version, "mov $SIGCHLD, %dil\n"
                 ".byte 0x68\n"); /* push $constant: p_type is 1, and so is SIG_IGN */

/* The mapped address has these two bytes, too; as p_flags they say PF_X and PF_R, and bits that nobody reads. */
FIELD(p_flags, ".byte 0x75\n" /* jne p_paddr: nothing has set the zero flag */
               ".byte p_paddr - . - 1\n");

FIELD(p_paddr, "push %rsp\n"
               "pop %rsi\n"
               "syscall\n"      /* rt_sigaction(SIGCHLD, SIG_IGN …): the kernel reaps from here on */
               "pop %rax\n"     /* off the stack with SIG_IGN */
               ".byte 0xb9\n"); /* mov $constant, %ecx: e_phentsize and e_phnum */

/* Bits 16 to 47 of p_filesz, and of p_memsz, which must be equal: a mapping may be longer than its file. */
#define SIZE                              \
	"mov $__NR_rt_sigprocmask, %al\n" \
	".byte 0xeb, 10\n" /* jmp p_align, from within p_filesz */
FIELD(p_filesz, SIZE);
FIELD(p_memsz, SIZE);

FIELD(p_align, "pop %rsi\n" /* the set */
               "0: xor %edi, %edi\n"
               "syscall\n" /* first rt_sigprocmask(SIG_BLOCK, set …), then exit(0), or ENOSYS after EINTR */
               "xchg %eax, %edi\n"
               "push %rsi\n"
               "pop %rdi\n"
               "mov $__NR_rt_sigtimedwait, %al\n"
               "syscall\n" /* it sleeps here: a signal's number, or EINTR after SIGCONT, a freezer, a debugger */
               "mov $__NR_exit, %al\n" /* with EINTR in the other bytes it is no call's number */
               "jmp 0b\n");
