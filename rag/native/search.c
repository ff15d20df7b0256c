/* What search does between its indexes: the cosines of a question with chosen rows (rag/vectors.py), the scores of chosen
 * units by their words (rag/forward.py), and the windows of passages (rag/store/reader.py). The numpy code there is the reference, and this gives the same to the bit. */

#include <math.h>
#include <stdio.h>
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

/* Something found. */
typedef struct {
    double score;
    int64_t unit;
} Hit;

/* Order is total everywhere: (-score, unit). */
static int comes_before(const Hit *one, const Hit *other)
{
    return one->score != other->score ? one->score > other->score : one->unit < other->unit;
}

static int by_score(const void *one, const void *other)
{
    return comes_before(other, one) - comes_before(one, other);
}

/* Brings the hit at a place in a heap, whose first is the last in order, down to where it belongs. */
static void heap_sink(Hit *heap, int64_t count, int64_t at)
{
    const Hit hit = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_before(heap + child, heap + child + 1))
            child++;
        if (!comes_before(&hit, heap + child))
            break;
        heap[at] = heap[child];
    }
    heap[at] = hit;
}

/* rag.native.Rows: rows of 8-bit numbers in files of which the first ends at row ends[0], the next at ends[1], … */
typedef struct {
    const int8_t *const *files;
    const int64_t *ends;
    int64_t count, dim;
    const float *scales;     /* (count,) */
    const int64_t *arrived;  /* (count,): the unit of each row */
} Rows;

static const int8_t *row_at(const Rows *rows, int64_t row)
{
    int64_t file = 0;
    while (row >= rows->ends[file])
        file++;
    return rows->files[file] + rows->dim * (file ? row - rows->ends[file - 1] : row);
}

/* The best `most` of chosen rows by their cosine with a question, rounded to 7 digits: their units and cosines, best
 * first, or in the order of the rows when all are wanted (`most` below 0). `whole` is room for the question as whole
 * numbers, `scale` times as large. Gives their number; -OUT_OF_BOUNDS for rows that are not there, and -TOO_LARGE for a
 * question whose numbers do not fit. */
int64_t vectors_best(const Rows *rows, const Column *chosen, int64_t count, const float *question, float scale,
                     int16_t *whole, int64_t most, Hit *hits)
{
    for (int64_t i = 0; i < rows->dim; i++) {
        const float value = rintf(question[i] * scale);
        if (!(fabsf(value) <= INT16_MAX))
            return -TOO_LARGE;
        whole[i] = (int16_t)value;
    }
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t row = number(chosen, i);
        if (row < 0 || row >= rows->count)
            return -OUT_OF_BOUNDS;
        if (i + AHEAD < count) {
            const int64_t next = number(chosen, i + AHEAD);
            if (next >= 0 && next < rows->count) {
                for (int64_t at = 0; at < rows->dim; at += 64)
                    __builtin_prefetch(row_at(rows, next) + at);
                __builtin_prefetch(rows->scales + next);
                __builtin_prefetch(rows->arrived + next);
            }
        }
        const double sum = (double)product(row_at(rows, row), whole, rows->dim);
        const Hit hit = {rint(sum * (rows->scales[row] / (double)scale) * 1e7) / 1e7, rows->arrived[row]};
        if (most < 0 || found < most) {
            hits[found++] = hit;
            if (found == most) /* from now on only what is better comes in */
                for (int64_t at = found / 2 - 1; at >= 0; at--)
                    heap_sink(hits, found, at);
        } else if (most && comes_before(&hit, hits)) {
            hits[0] = hit;
            heap_sink(hits, found, 0);
        }
    }
    if (most >= 0)
        qsort(hits, (size_t)found, sizeof *hits, by_score);
    return found;
}

/* A positive score to five digits, as "%.5g" gives it.
 *
 * Those of Tantivy are floats of 32 bits, so that the product with so small a power of ten is exact. */
static double five_digits(double score)
{
    static const double tens[] = {1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11};
    char text[32];
    if ((float)score == score && score >= 1e-6 && score < 1e5) {
        int64_t power = 0;
        while (score * tens[power] < 1e4)
            power++;
        return rint(score * tens[power]) / tens[power];
    }
    snprintf(text, sizeof text, "%.4e", score);
    return strtod(text, NULL);
}

/* Sorts hits, where a run of scores that rounding alone keeps apart (relatively) is given one score. */
void hits_order(Hit *hits, int64_t count, double rounding)
{
    double before = 0, level = 0;
    qsort(hits, (size_t)count, sizeof *hits, by_score);
    for (int64_t i = 0; i < count; i++) {
        const double score = hits[i].score;
        if (!i || before - score > rounding * before)
            level = five_digits(score);
        before = score;
        hits[i].score = level;
    }
    qsort(hits, (size_t)count, sizeof *hits, by_score);
}

/* rag.native.Forward: the terms of units as numbers, of which those that do not fit 16 bits stand apart. */
typedef struct {
    Column first_word, first_rare;                /* (units + 1,) */
    int64_t units, commons, rares, mark, lengths; /* mark: stands among the common numbers for a rare one */
    const uint16_t *common;
    const uint32_t *rare;
    const int64_t *kept;   /* (lengths,): the lengths of units that scores tell apart, rising, the first 0 */
    const float *dampings; /* (lengths,): what each does to a score */
} Forward;

static float damping_of(const Forward *forward, int64_t length)
{
    int64_t low = 0, high = forward->lengths;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (forward->kept[middle] <= length)
            low = middle;
        else
            high = middle;
    }
    return forward->dampings[low];
}

/* The BM25 scores of units, added in the order of the asked terms. `counts` is room for a number of each of these. */
int forward_scores(const Forward *forward, const int64_t *units, int64_t count, const int64_t *asked,
                   const float *weights, int64_t asked_count, int32_t *counts, float *scores)
{
    uint64_t filter[64] = {0}; /* most terms of units are not asked for, and this says so at once */
    for (int64_t i = 0; i < asked_count; i++)
        filter[asked[i] >> 6 & 63] |= 1ull << (asked[i] & 63);
    for (int64_t i = 0; i < count; i++) {
        if (units[i] < 0 || units[i] >= forward->units)
            return OUT_OF_BOUNDS;
        __builtin_prefetch(forward->first_word.first + units[i] * forward->first_word.step);
    }
    for (int64_t i = 0; i < count; i++) {
        const int64_t first = number(&forward->first_word, units[i]), end = number(&forward->first_word, units[i] + 1);
        if (i + 1 < count)
            __builtin_prefetch(forward->common + number(&forward->first_word, units[i + 1]));
        int64_t rare = number(&forward->first_rare, units[i]), any = 0;
        if (end > forward->commons)
            return OUT_OF_BOUNDS;
        for (int64_t word = first; word < end; word++) {
            int64_t term = forward->common[word];
            if (term == forward->mark) {
                if (rare >= forward->rares)
                    return OUT_OF_BOUNDS;
                term = forward->rare[rare++];
            }
            if (!(filter[term >> 6 & 63] >> (term & 63) & 1))
                continue;
            for (int64_t q = 0; q < asked_count; q++)
                if (asked[q] == term) {
                    if (!any++)
                        memset(counts, 0, sizeof *counts * (size_t)asked_count);
                    counts[q]++;
                    break;
                }
        }
        scores[i] = 0;
        const float damping = any ? damping_of(forward, end - first) : 0;
        for (int64_t q = 0; any && q < asked_count; q++)
            if (counts[q])
                scores[i] += weights[q] * ((float)counts[q] / ((float)counts[q] + damping));
    }
    return DONE;
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
