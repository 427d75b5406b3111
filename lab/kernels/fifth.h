/*
 * A system call with more arguments than the program's calls have: where the fifth goes, and the sixth, which is always
 * zero here. Compilers' own names of architectures choose it: the headers of src/arch say nothing of what the
 * laboratory alone needs.
 */
#if defined(__x86_64__)
#define MORE "mov %5, %%r8\n xor %%r9d, %%r9d\n"
#define MORE_OVERWRITTEN "r8", "r9"
#elif defined(__i386__) /* the sixth is in ebp, which a compiler may want: it stays as it is */
#define MORE "mov %5, %%edi\n"
#define MORE_OVERWRITTEN "edi"
#elif defined(__aarch64__)
#define MORE "mov x4, %5\n mov x5, #0\n"
#define MORE_OVERWRITTEN "x4", "x5"
#elif defined(__arm__)
#define MORE "mov r4, %5\n mov r5, #0\n"
#define MORE_OVERWRITTEN "r4", "r5"
#elif defined(__riscv)
#define MORE "mv a4, %5\n li a5, 0\n"
#define MORE_OVERWRITTEN "a4", "a5"
#elif defined(__loongarch__)
#define MORE "move $a4, %5\n move $a5, $zero\n"
#define MORE_OVERWRITTEN "a4", "a5"
#elif defined(__powerpc64__)
#define MORE "mr 7, %5\n li 8, 0\n"
#define MORE_OVERWRITTEN "r7"
#elif defined(__s390x__) /* no call that we make has a sixth there */
#define MORE "lgr %%r6, %5\n"
#define MORE_OVERWRITTEN "r6"
#elif defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32 /* on the stack */
#define MORE "addiu $sp, $sp, -24\n sw %5, 16($sp)\n sw $zero, 20($sp)\n"
#define MORE_OVERWRITTEN "memory"
#define AFTERWARDS "\n addiu $sp, $sp, 24"
#elif defined(__mips__)
#define MORE "move $8, %5\n move $9, $0\n"
#define MORE_OVERWRITTEN "$8"
#endif

#ifndef AFTERWARDS
#define AFTERWARDS
#endif

static long syscall6(long call, long a, long b, long c, long d, long e)
{
	REGISTERS;
	number = call, first = a, second = b, third = c, fourth = d;
	__asm__ volatile(MORE SYSCALL AFTERWARDS
	                 : "+r"(number), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth)
	                 : "r"(e)
	                 : MORE_OVERWRITTEN, OVERWRITTEN, "memory");
	return RESULT;
}
