/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that pause makes, under the names of section 2 of the manual.
 * Each returns what the kernel returns: below zero it is a negative errno.
 *
 * arch/NAME.h, chosen by the Makefile, has the kernel's headers for the architecture, and defines
 *	START                what hands the stack pointer to start(), the first function in C
 *	SYSCALL              the instruction, and what makes a negative errno of an error where one instruction can
 *	NUMBER               the register of the call's number
 *	FIRST to FOURTH      the registers of its arguments
 *	OVERWRITTEN          what else the kernel changes
 *	RESULT               what the call returned, an expression of the variables that REGISTERS declares
 *	SIGNAL_FLAGS         what sigaction's flags must have, if anything
 */
#include <linux/wait.h>
#include ARCH

#ifndef SIGNAL_FLAGS
#define SIGNAL_FLAGS 0
#endif

/* The kernel enters here. The stack pointer is at argc, and there is no address to return to. */
__asm__(".globl _start\n_start: " START "\n");

/*
 * One function for each count of arguments that is in use. A register that carries none is declared as an
 * output: nothing is loaded into it, and some kernels change it.
 */
#define REGISTERS                             \
	register long number __asm__(NUMBER); \
	register long first __asm__(FIRST);   \
	register long second __asm__(SECOND); \
	register long third __asm__(THIRD);   \
	register long fourth __asm__(FOURTH)

static inline long syscall1(long call, long a)
{
	REGISTERS;
	number = call, first = a;
	__asm__ volatile(SYSCALL : "+r"(number), "+r"(first), "=r"(second), "=r"(third), "=r"(fourth) : : OVERWRITTEN);
	return RESULT;
}

static inline long syscall2(long call, long a, long b)
{
	REGISTERS;
	number = call, first = a, second = b;
	__asm__ volatile(SYSCALL : "+r"(number), "+r"(first), "+r"(second), "=r"(third), "=r"(fourth) : : OVERWRITTEN);
	return RESULT;
}

static inline long syscall3(long call, long a, long b, long c)
{
	REGISTERS;
	number = call, first = a, second = b, third = c;
	__asm__ volatile(SYSCALL : "+r"(number), "+r"(first), "+r"(second), "+r"(third), "=r"(fourth) : : OVERWRITTEN);
	return RESULT;
}

static inline long syscall4(long call, long a, long b, long c, long d)
{
	REGISTERS;
	number = call, first = a, second = b, third = c, fourth = d;
	__asm__ volatile(SYSCALL : "+r"(number), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth) : : OVERWRITTEN);
	return RESULT;
}

/* Where a seccomp profile refuses it, the trap's fault is the end: never a return, never a spin. */
__attribute__((noinline)) static _Noreturn void exit_group(int status)
{
	syscall1(__NR_exit_group, status);
	__builtin_trap();
}

/* The set is one unsigned long, or an array of them: the first has the signals up to 32, all that we want in it. */
static inline void sigaddset(sigset_t *set, int signal)
{
	*(unsigned long *)set |= 1UL << (signal - 1);
}

static inline long rt_sigaction(int signal, const struct sigaction *action)
{
	return syscall4(__NR_rt_sigaction, signal, (long)action, 0, sizeof action->sa_mask);
}

static inline long rt_sigprocmask(int how, const sigset_t *set)
{
	return syscall4(__NR_rt_sigprocmask, how, (long)set, 0, sizeof *set);
}

static inline long rt_sigsuspend(const sigset_t *mask)
{
	return syscall2(__NR_rt_sigsuspend, (long)mask, sizeof *mask);
}

static inline long wait4(int pid, int options)
{
	return syscall4(__NR_wait4, pid, 0, options, 0);
}

static inline long close_range(unsigned from, unsigned to)
{
	return syscall3(__NR_close_range, (long)from, (long)to, 0);
}

static inline long chdir(const char *path)
{
	return syscall1(__NR_chdir, (long)path);
}

static inline long getpid(void)
{
	return syscall1(__NR_getpid, 0);
}

static inline long write(int fd, const char *bytes, long count)
{
	return syscall3(__NR_write, fd, (long)bytes, count);
}
