/* What search.c does that codes.c needs, with the structures of rag/native/structures.py. */

#include "kernel.h"

/* Something found. */
typedef struct {
    double score;
    int64_t unit;
} Hit;

/* rag.native.Rows: rows of 8-bit numbers in files of which the first ends at row ends[0], the next at ends[1], … */
typedef struct {
    const int8_t *const *files;
    const int64_t *ends;
    int64_t count, dim;
    const float *scales;    /* (count,) */
    const int64_t *arrived; /* (count,): the unit of each row */
} Rows;

int64_t vectors_best(const Rows *rows, const Column *chosen, int64_t count, const float *question, float scale,
                     int16_t *whole, int64_t most, Hit *hits);
