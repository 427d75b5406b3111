/* The same without a libc, compiled and linked as pause is: the least that a process can be. */
#include "syscall.h"

_Noreturn void start(void);

void start(void)
{
	const sigset_t none = {0};

	for (;;)
		rt_sigsuspend(&none);
}
