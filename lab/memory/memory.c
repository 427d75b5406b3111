/*
 * pause with the least memory that a process can hold namespaces with: src/pause.c, and before it begins, its page is
 * moved beside its stack, and all that it does not need is unmapped. README.md has the reasons and the figures.
 */
#include <asm/errno.h>
#include <asm/mman.h>
#include <linux/auxvec.h>
#include <linux/mman.h>

/* Where the file is mapped, src/pause.ld, and where once more; every architecture's pages are such pieces, or smaller.
 */
enum { TEXT = 0x400000, TWIN = 0x410000, PIECE = 0x10000 };

/*
 * The third program header: the file's page once more. Nothing runs in that mapping, so it can be moved; the page that
 * makes the call cannot, since the call would return to where nothing is any more. The linker knows of two headers, and
 * lets .text begin where the third is to be; the Makefile sets their number. The fields in the order of elf(5): p_type,
 * p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align; with 32 bits p_flags stands before p_align. The size
 * is that of the headers, less than the file's: whole pages are mapped.
 */
#if __SIZEOF_POINTER__ == 8
__asm__(".4byte 1, 5\n .8byte 0, 0x410000, 0, 232, 232, 65536\n");
#else
__asm__(".4byte 1, 0, 0x410000, 0, 148, 148, 5, 65536\n");
#endif

#define start hold
#include "../../src/pause.c"
#undef start

#include "../kernels/fifth.h"

/* The jump to an address with another stack pointer. Where no call has six arguments, mmap takes the address of all. */
#if defined(__x86_64__)
#define JUMP "mov %1, %%rsp\n jmp *%0"
#elif defined(__aarch64__)
#define JUMP "mov sp, %1\n br %0"
#elif defined(__riscv)
#define JUMP "mv sp, %1\n jr %0"
#elif defined(__loongarch__)
#define JUMP "move $sp, %1\n jr %0"
#elif defined(__powerpc64__)
#define JUMP "mr 1, %1\n mr 12, %0\n mtctr 12\n bctr"
#elif defined(__s390x__)
#define SIX_IN_MEMORY
#define JUMP "lgr %%r15, %1\n lgr %%r1, %0\n br %%r1" /* r0 would be no jump */
#elif defined(__arm__)
#define JUMP "mov sp, %1\n bx %0"
#elif defined(__i386__)
#define SIX_IN_MEMORY
#define JUMP "mov %1, %%esp\n jmp *%0"
#endif

/* Memory that does not count until it is used. */
static long reserve(long address, long size)
{
	const long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
#ifdef SIX_IN_MEMORY
	const long six[] = {address, size, PROT_NONE, flags, -1, 0};

	return syscall1(__NR_mmap, (long)six);
#elif defined(__NR_mmap2)
	return syscall6(__NR_mmap2, address, size, PROT_NONE, flags, -1);
#else
	return syscall6(__NR_mmap, address, size, PROT_NONE, flags, -1);
#endif
}

static long munmap(long address, long size)
{
	return syscall2(__NR_munmap, address, size);
}

/* What the kernel says behind the environment, getauxval(3): it is there. */
static long auxiliary(const struct arguments *arguments, long type)
{
	const char *const *environment = arguments->value + arguments->count + 1;
	const long *pair;

	while (*environment)
		environment++;
	for (pair = (const long *)(environment + 1); *pair != type; pair += 2)
		;
	return pair[1];
}

/*
 * Moves the second mapping to a free page under the same page table as an address; returns where it is then, or zero.
 * The place is reserved first, so that nothing is lost that may be there. A kernel that does not know how, Linux
 * before 4.17 or gVisor, gives another place for one that is taken for sure: there the program stays.
 */
static long move_beside(long address, long page)
{
	/* The least that a page table has, on s390x. It is longer than the stack: one of its ends should be free. */
	const long table = 0x100000, begin = address & -table;
	long place = reserve(TEXT, page);

	if (place != -EEXIST) {
		munmap(place, page);
		return 0;
	}
	place = begin;
	for (int end = 0; end < 2; end++, place += table - PIECE) {
		if (reserve(place, page) != place)
			continue;
		if (syscall6(__NR_mremap, TWIN, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place)
			return place;
		munmap(place, page);
	}
	return 0;
}

/* What the moved program begins with, at the top of its stack: to pause.c, its arguments; and what it gives back. */
struct inherited {
	long count;
	const char *value[2];
	long page, stack;
};

/*
 * In the new place, with a stack that begins below the command line, in the one page that has to stay because ps shows
 * it. The pages below were the stack until now: what the kernel wrote there has been read, and calls were never deep.
 */
static _Noreturn void settle(const struct inherited *own)
{
	const long unused = (own->stack & -own->page) - own->page;

	munmap(TEXT, own->page);
	syscall3(__NR_madvise, unused, ((long)own & -own->page) - unused, MADV_DONTNEED);
	hold((const struct arguments *)own);
}

extern const char _start[] __attribute__((visibility("hidden")));

__attribute__((used)) _Noreturn void start(const struct arguments *arguments)
{
	const long name = (long)arguments->value[0];
	long page, place = 0;

	if (((long)start & -PIECE) != TEXT)
		settle((const struct inherited *)arguments);

	page = auxiliary(arguments, AT_PAGESZ);
	if (arguments->count == 1) /* else it prints something and ends */
		place = move_beside(name, page);
	if (place) {
		struct inherited *own = (struct inherited *)(name & -16) - 1;

		*own = (struct inherited){1, {(const char *)name, 0}, page, (long)arguments};
		__asm__ volatile(JUMP : : "r"((long)_start + place - TEXT), "r"(own) : "memory");
		__builtin_unreachable();
	}
	munmap(TWIN, page);
	hold(arguments);
}
