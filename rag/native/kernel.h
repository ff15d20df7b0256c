/* What the files of the native kernel share. */

#include <stdint.h>
#include <stdlib.h> /* says whether this is glibc */
#include <string.h>

/* A function as machine code for several processors, of which the right one is chosen when the kernel is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

/* What came of a call; out of bounds: the index is damaged. */
enum { DONE, NO_MEMORY, OUT_OF_BOUNDS, TOO_LARGE };

/* A column of an array or of a table: whole numbers of 2, 4 (not below 0) or 8 bytes, or floats of 4. */
typedef struct {
    const char *first;
    int64_t step, width; /* bytes */
} Column;

static inline int64_t number(const Column *column, int64_t row)
{
    const char *at = column->first + row * column->step;
    uint16_t two;
    uint32_t four;
    int64_t eight;
    switch (column->width) {
    case 2: memcpy(&two, at, 2); return two;
    case 4: memcpy(&four, at, 4); return four;
    default: memcpy(&eight, at, 8); return eight;
    }
}
