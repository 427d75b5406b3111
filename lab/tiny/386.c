/*
 * The smallest pause for linux/386. The same calls as in amd64.c, in the fewer bytes that the 32-bit header leaves.
 *
 * signal(2) would be shorter than rt_sigaction(2), but Docker's seccomp profile refuses it.
 */
#include "tiny.h"

CONSTANT(__NR_sigprocmask);

/* Entry is at the upper three bytes of its own address, which are those of the segment's size, too. */
#define ADDRESS                         \
	"mov $__NR_rt_sigaction, %al\n" \
	".byte 0x3d\n" /* cmp $constant, %eax: p_flags and e_phoff */
FIELD(p_vaddr, ADDRESS);
FIELD(p_filesz, ADDRESS);
FIELD(e_entry, ADDRESS);

FIELD(p_align, "push $STOPPING\n"
               "push %edx\n" /* SIG_DFL before it: an action, whose flags say SA_NOCLDWAIT */
               "push $8\n"   /* the size of a set */
               "pop %esi\n"
               ".byte 0xbf\n"); /* mov $constant, %edi: e_phentsize and e_phnum */

FIELD(e_shentsize, "push %esp\n"
                   "pop %ecx\n"
                   "mov $SIGCHLD, %bl\n"
                   "int $0x80\n" /* rt_sigaction(SIGCHLD …): the kernel reaps from here on */
                   "pop %edi\n"
                   "push %esp\n"
                   "pop %ecx\n" /* the set */
                   "mov $__NR_sigprocmask, %al\n"
                   "0: xor %ebx, %ebx\n"
                   "int $0x80\n" /* first sigprocmask(SIG_BLOCK, set …), then exit(0), or ENOSYS after EINTR */
                   "xchg %eax, %ebx\n"
                   "push %ecx\n"
                   "pop %ebx\n"
                   "mov $__NR_rt_sigtimedwait, %al\n"
                   "int $0x80\n" /* it sleeps here */
                   "mov $__NR_exit, %al\n"
                   "jmp 0b\n");
