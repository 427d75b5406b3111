/*
 * A system call with one argument more than the program's calls have: where the fifth goes, which is always zero here.
 * Compilers' own names of architectures choose it: the headers of src/arch say nothing of what only a test needs.
 */
#if defined(__x86_64__)
#define FIFTH "r8"
#define CLEAR_FIFTH "xor %%r8d, %%r8d\n"
#elif defined(__i386__)
#define FIFTH "edi"
#define CLEAR_FIFTH "xor %%edi, %%edi\n"
#elif defined(__aarch64__)
#define FIFTH "x4"
#define CLEAR_FIFTH "mov x4, #0\n"
#elif defined(__arm__)
#define FIFTH "r4"
#define CLEAR_FIFTH "mov r4, #0\n"
#elif defined(__riscv)
#define FIFTH "a4"
#define CLEAR_FIFTH "li a4, 0\n"
#elif defined(__loongarch__)
#define FIFTH "a4"
#define CLEAR_FIFTH "move $a4, $zero\n"
#elif defined(__powerpc64__)
#define FIFTH "r7"
#define CLEAR_FIFTH "li 7, 0\n"
#elif defined(__s390x__)
#define FIFTH "r6"
#define CLEAR_FIFTH "lghi %%r6, 0\n"
#elif defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32 /* on the stack */
#define FIFTH "memory"
#define CLEAR_FIFTH "addiu $sp, $sp, -24\n sw $zero, 16($sp)\n"
#define FORGET_FIFTH "\n addiu $sp, $sp, 24"
#elif defined(__mips__)
#define FIFTH "$8"
#define CLEAR_FIFTH "move $8, $0\n"
#endif

#ifndef FORGET_FIFTH
#define FORGET_FIFTH
#endif

static long syscall5(long call, long a, long b, long c, long d)
{
	REGISTERS;
	number = call, first = a, second = b, third = c, fourth = d;
	__asm__ volatile(CLEAR_FIFTH SYSCALL FORGET_FIFTH
	                 : "+r"(number), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth)
	                 :
	                 : FIFTH, OVERWRITTEN, "memory");
	return RESULT;
}
