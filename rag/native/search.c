/* What search does between its indexes: the cosines of a question with chosen rows (rag/vectors.py), and the windows of
 * passages (rag/store/reader.py). The numpy code there is the reference, and this gives the same to the bit. */

#include <math.h>
#include <stdlib.h>

#include "kernel.h"

enum { AHEAD = 8 /* rows */, BLOCK = 512 /* products of 8 by 16 bits that fit in 32 bits together */ };

/* The sum of the products of a row with the question. */
CLONES
static int64_t product(const int8_t *row, const int16_t *question, int64_t dim)
{
    int64_t sum = 0;
    for (int64_t begin = 0; begin < dim; begin += BLOCK) {
        const int64_t end = begin + BLOCK < dim ? begin + BLOCK : dim;
        int32_t part = 0;
        for (int64_t i = begin; i < end; i++)
            part += row[i] * question[i];
        sum += part;
    }
    return sum;
}

/* The row of this number, in files of which the first ends at ends[0], the next at ends[1] and so on. */
static const int8_t *row_at(const int8_t *const *files, const int64_t *ends, int64_t row, int64_t dim)
{
    int64_t file = 0;
    while (row >= ends[file])
        file++;
    return files[file] + dim * (file ? row - ends[file - 1] : row);
}

/* The cosine, rounded to 7 digits, of each of these rows with a question whose numbers are `scale` times as large. */
void vectors_cosines(const int8_t *const *files, const int64_t *ends, int64_t dim, const int64_t *rows, int64_t count,
                     const float *scales, const int16_t *question, double scale, double *cosines)
{
    for (int64_t i = 0; i < count; i++) {
        if (i + AHEAD < count) {
            const int8_t *next = row_at(files, ends, rows[i + AHEAD], dim);
            for (int64_t at = 0; at < dim; at += 64)
                __builtin_prefetch(next + at);
            __builtin_prefetch(scales + rows[i + AHEAD]);
        }
        const double sum = (double)product(row_at(files, ends, rows[i], dim), question, dim);
        cosines[i] = rint(sum * (scales[rows[i]] / scale) * 1e7) / 1e7;
    }
}

static int by_number(const void *one, const void *other)
{
    const int64_t first = *(const int64_t *)one, second = *(const int64_t *)other;
    return (first > second) - (first < second);
}

/* The passages of units, and the units of each passage among all `known` ones, which rise: of passage i these are
 * known[first[i]] and the sizes[i] - 1 that follow. A unit is its passage's number, shifted by `bits`, and that of the
 * window. Sorts `units`. Gives the number of passages; there is room for as many as there are units. */
int64_t windows_of(const int64_t *known, int64_t known_count, int64_t bits, int64_t *units, int64_t count,
                   int64_t *first, int64_t *sizes)
{
    int64_t passages = 0, low = 0;
    qsort(units, (size_t)count, sizeof *units, by_number);
    for (int64_t i = 0; i < count; i++) {
        const int64_t passage = units[i] >> bits;
        if (i && passage == units[i - 1] >> bits)
            continue;
        int64_t high = known_count;
        while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (known[middle] < passage << bits)
                low = middle + 1;
            else
                high = middle;
        }
        first[passages] = low;
        while (low < known_count && known[low] >> bits == passage)
            low++;
        sizes[passages] = low - first[passages];
        passages++;
    }
    return passages;
}
