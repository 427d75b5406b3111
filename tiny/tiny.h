/*
 * What C cannot say: instructions inside the fields of a header. Each field with code in it is a section of the field's
 * name; <platform>.ld puts the sections between the fields that the kernel reads.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#define FIELD(name, code) __asm__(".section ." #name ", \"ax\"\n" #name ":\n" code)

/* A constant's value as text. */
#define TEXT(value) #value
#define VALUE(constant) TEXT(constant)

/* The two signals that stop it, as a set of signals. As sa_flags, its bit 1 is SA_NOCLDWAIT. */
#define STOPPING "(1 << (" VALUE(SIGINT) " - 1) | 1 << (" VALUE(SIGTERM) " - 1))"
