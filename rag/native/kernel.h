/* What the files of the native kernel share. */

#include <stdint.h>
#include <stdlib.h> /* says whether this is glibc */

/* A function as machine code for several processors, of which the right one is chosen when the kernel is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif
