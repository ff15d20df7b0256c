/* Matching questions with texts, and ranking what matches: what rag/features.py, rag/ranking.py and rag/trees.py do
 * with numpy, in one pass and without temporary arrays. Those are the reference: a test holds both equal.
 *
 * Called from rag/native/__init__.py, which sees to types and sizes. Nothing here keeps anything between calls, so
 * several threads may call at once. Sums are added in one order whatever the processor: the same numbers everywhere. */

#include <stdint.h>
#include <string.h>

const char *kernel_version(void) { return VERSION; }

/* ---- boosted trees (rag/trees.py) */

enum { ROWS = 64 }; /* bits of a word: rows that are followed through the trees at once */

/* A float as a number that sorts as the float does; -0 is 0. */
static uint32_t sortable(float value)
{
    uint32_t bits;
    value += 0.0f;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 31 ? ~bits : bits | 1u << 31;
}

/* Which of a feature's thresholds (rising, the lower half of each split) is the first not below a value. */
static int64_t first_not_below(const uint64_t *splits, int64_t begin, int64_t end, uint32_t value)
{
    while (begin < end) {
        int64_t middle = begin + (end - begin) / 2;
        if ((uint32_t)splits[middle] < value)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* The sum of the trees' leaves for each row (count, features): Lucchese and others 2015, "QuickScorer".
 *
 * Every word says for which of 64 rows a thing holds. A row goes left at the first threshold of a feature that is not
 * below its value, and at all after it. Nodes come before their children; child -1 - i is leaf i. */
void trees_predict(const float *rows, int64_t count, int64_t features, const uint64_t *splits,
                   const int64_t *bounds, /* (features + 1,): where the splits of each feature begin */
                   const int32_t *split, const int32_t *children, /* (nodes,), (nodes, 2) */
                   int64_t nodes, int64_t roots, const double *values, double constant,
                   uint64_t *goes_left, uint64_t *here, /* room: (splits,), (nodes,) */
                   double *sums)
{
    for (int64_t begin = 0; begin < count; begin += ROWS) {
        const float *block = rows + begin * features;
        const int64_t size = count - begin < ROWS ? count - begin : ROWS;
        const uint64_t all = size == ROWS ? ~0ull : (1ull << size) - 1;

        memset(goes_left, 0, sizeof *goes_left * (size_t)bounds[features]);
        for (int64_t feature = 0; feature < features; feature++) {
            const int64_t first = bounds[feature], end = bounds[feature + 1];
            if (first == end)
                continue;
            for (int64_t row = 0; row < size; row++) {
                const uint32_t value = sortable(block[row * features + feature]);
                const int64_t at = first_not_below(splits, first, end, value);
                if (at < end)
                    goes_left[at] |= 1ull << row;
            }
            for (int64_t at = first + 1; at < end; at++)
                goes_left[at] |= goes_left[at - 1];
        }

        double *sum = sums + begin;
        for (int64_t row = 0; row < size; row++)
            sum[row] = constant;
        for (int64_t node = 0; node < roots; node++)
            here[node] = all;
        for (int64_t node = 0; node < nodes; node++) {
            const uint64_t left = here[node] & goes_left[split[node]];
            const uint64_t sides[2] = {left, here[node] & ~left};
            for (int side = 0; side < 2; side++) {
                const int32_t child = children[2 * node + side];
                if (child >= 0)
                    here[child] = sides[side];
                else
                    for (uint64_t left_over = sides[side]; left_over; left_over &= left_over - 1)
                        sum[__builtin_ctzll(left_over)] += values[-1 - child];
            }
        }
    }
}
