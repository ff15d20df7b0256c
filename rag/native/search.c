/* What search does between its indexes: the cosines of a question with chosen rows (rag/vectors.py), the scores of chosen
 * units by their words (rag/forward.py), and the windows of passages (rag/store/reader.py). The numpy code there is the reference, and this gives the same to the bit. */

#define _DEFAULT_SOURCE /* madvise */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "search.h"

/* Asks Linux to keep memory that every search reads from end to end in pages of 2 MB: finding 4 KB ones takes a sixth of
 * the time. Says nothing of what came of it: it is as good without. */
void keep_in_large_pages(uintptr_t first, int64_t size)
{
#ifdef __linux__
    enum { PAGE = 4096, COLLAPSE = 25 /* MADV_COLLAPSE, of Linux 6.1 */ };
    const uintptr_t begin = (first + PAGE - 1) / PAGE * PAGE, end = (first + (uintptr_t)size) / PAGE * PAGE;
    if (begin < end && !madvise((void *)begin, end - begin, MADV_HUGEPAGE))
        madvise((void *)begin, end - begin, COLLAPSE);
#else
    (void)first, (void)size;
#endif
}

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

/* Puts in the place of each wanted number that of the first of the known ones (which rise) that is not below it. All
 * are searched side by side: each step waits for memory, and so they wait together. */
static void places_of(const int64_t *known, int64_t known_count, int64_t *wanted, int64_t count, int64_t *places)
{
    for (int64_t i = 0; i < count; i++)
        places[i] = 0;
    for (int64_t size = known_count, half; size > 1; size -= half) {
        half = size / 2;
        for (int64_t i = 0; i < count; i++)
            places[i] += known[places[i] + half - 1] < wanted[i] ? half : 0;
    }
    for (int64_t i = 0; known_count && i < count; i++)
        places[i] += known[places[i]] < wanted[i];
}

/* The passages of units, and the units of each passage among all `known` ones, which rise: of passage i these are
 * known[first[i]] and the sizes[i] - 1 that follow. A unit is its passage's number, shifted by `bits`, and that of the
 * window. Changes `units`. Gives the number of passages; there is room for as many as there are units. */
int64_t windows_of(const int64_t *known, int64_t known_count, int64_t bits, int64_t *units, int64_t count,
                   int64_t *first, int64_t *sizes)
{
    int64_t passages = 0;
    qsort(units, (size_t)count, sizeof *units, by_number);
    for (int64_t i = 0; i < count; i++)
        if (!i || units[i] >> bits != units[passages - 1] >> bits)
            units[passages++] = units[i] >> bits << bits;
    places_of(known, known_count, units, passages, first);
    for (int64_t i = 0; i < passages; i++)
        for (sizes[i] = 0; first[i] + sizes[i] < known_count; sizes[i]++)
            if (known[first[i] + sizes[i]] >> bits != units[i] >> bits)
                break;
    return passages;
}

/* ---- all of it (rag/store/gathering.py) */

/* rag.native.Index: all units, which rise, with the row of each; a unit is its passage's number, shifted by `bits`. */
typedef struct {
    const int64_t *units; /* (count,) */
    const int32_t *rows;  /* (count,) */
    int64_t count, bits;
    Rows vectors;
    Forward forward;
} Index;

/* A question: its terms with their weights, and its row. `whole` is room for the row as whole numbers. */
typedef struct {
    const int64_t *terms;
    const float *weights, *row;
    int16_t *whole;
    int64_t count;
    float scale;
    double rounding, fusion; /* fusion: what words count for beside meaning */
} Sought;

/* What a search found. */
typedef struct {
    const int64_t *units;
    const double *scores;
    int64_t count;
} FoundUnits;

/* A passage with the scores of its best windows; `place` is that of its first unit. */
typedef struct {
    double lexical, dense, fused;
    int64_t place;
} FoundPassage;

static const double MISSING = -2; /* lower than any score */

static void put_found(const FoundUnits *found, const int64_t *units, int64_t count, double *scores)
{
    for (int64_t i = 0; i < count; i++)
        scores[i] = MISSING;
    for (int64_t i = 0; i < found->count; i++) {
        int64_t low = 0, high = count - 1;
        while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (units[middle] < found->units[i])
                low = middle + 1;
            else
                high = middle;
        }
        if (low < count && units[low] == found->units[i])
            scores[low] = found->scores[i];
    }
}

/* Scores by words for the units of passages that words did not find. */
static int fill_words(const Index *index, const Sought *sought, const int64_t *rows, const int64_t *ends,
                      int64_t passages, double *lexical, int64_t *chosen, float *raw, int32_t *counts, Hit *hits)
{
    int64_t missing = 0, there = 0;
    for (int64_t passage = 0, unit = 0; passage < passages; passage++) {
        double best = MISSING;
        for (int64_t i = unit; i < ends[passage]; i++)
            best = lexical[i] > best ? lexical[i] : best;
        for (; unit < ends[passage]; unit++)
            if (best < 0)
                chosen[missing++] = rows[unit], hits[missing - 1].unit = unit;
    }
    const int done = forward_scores(&index->forward, chosen, missing, sought->terms, sought->weights, sought->count,
                                    counts, raw);
    for (int64_t i = 0; done == DONE && i < missing; i++) {
        lexical[hits[i].unit] = 0;
        if (raw[i] != 0)
            hits[there++] = (Hit){raw[i], hits[i].unit};
    }
    if (done == DONE)
        hits_order(hits, there, sought->rounding);
    for (int64_t i = 0; done == DONE && i < there; i++)
        lexical[hits[i].unit] = hits[i].score;
    return done;
}

/* Cosines for the units that meaning did not find. */
static int fill_meaning(const Index *index, const Sought *sought, const int64_t *rows, int64_t count, double *dense,
                        int64_t *chosen, Hit *hits)
{
    int64_t missing = 0, filled = 0;
    for (int64_t i = 0; i < count; i++)
        if (dense[i] < -1)
            chosen[missing++] = rows[i];
    const Column wanted = {(const char *)chosen, sizeof *chosen, sizeof *chosen};
    const int64_t found = vectors_best(&index->vectors, &wanted, missing, sought->row, sought->scale, sought->whole, -1,
                                       hits);
    if (found < 0)
        return (int)-found;
    for (int64_t i = 0; i < count; i++)
        if (dense[i] < -1)
            dense[i] = hits[filled++].score;
    return DONE;
}

static double largest(const double *values, int64_t begin, int64_t end)
{
    double found = values[begin];
    for (int64_t i = begin + 1; i < end; i++)
        found = values[i] > found ? values[i] : found;
    return found;
}

/* Fuses the scores of passages as rag/retrieval.py does: each scaled from 0 to 1, and added. */
static void fuse(FoundPassage *found, int64_t count, double weight)
{
    double low[2] = {found[0].lexical, found[0].dense}, high[2] = {found[0].lexical, found[0].dense};
    for (int64_t i = 1; i < count; i++) {
        const double scores[2] = {found[i].lexical, found[i].dense};
        for (int k = 0; k < 2; k++) {
            low[k] = scores[k] < low[k] ? scores[k] : low[k];
            high[k] = scores[k] > high[k] ? scores[k] : high[k];
        }
    }
    for (int64_t i = 0; i < count; i++) {
        double scaled[2] = {found[i].lexical, found[i].dense};
        for (int k = 0; k < 2; k++)
            scaled[k] = high[k] - low[k] < 1e-12 ? high[k] > 0 : (scaled[k] - low[k]) / (high[k] - low[k]);
        found[i].fused = weight * scaled[0] + (1 - weight) * scaled[1];
    }
}

static int by_fused(const void *one, const void *other)
{
    const FoundPassage *first = one, *second = other;
    if (first->fused != second->fused)
        return first->fused < second->fused ? 1 : -1;
    return (first->place > second->place) - (first->place < second->place);
}

/* The passages that words or meaning found, all windows of each scored by both, best fused first. There is room for one
 * for each unit that was found. Gives how many there are, or what went wrong, below 0. */
int64_t passages_found(const Index *index, const Sought *sought, const FoundUnits *words, const FoundUnits *meaning,
                       FoundPassage *found)
{
    const size_t most = (size_t)(words->count + meaning->count);
    int64_t *firsts = malloc(sizeof *firsts * (3 * most + 1)), *ends = firsts + most, *either = ends + most;
    if (!firsts)
        return -NO_MEMORY;
    memcpy(either, words->units, sizeof *either * (size_t)words->count);
    memcpy(either + words->count, meaning->units, sizeof *either * (size_t)meaning->count);
    const int64_t all = windows_of(index->units, index->count, index->bits, either, (int64_t)most, firsts, ends);
    int64_t count = 0, passages = 0;
    for (int64_t i = 0; i < all; i++)
        if (ends[i]) /* so many units, none of one that is not there */
            firsts[passages] = firsts[i], ends[passages++] = count += ends[i];

    const size_t size = (size_t)count + 1;
    Hit *hits = malloc(sizeof *hits * size + sizeof(double) * 2 * size + sizeof(int64_t) * 3 * size +
                       sizeof(float) * size + sizeof(int32_t) * ((size_t)sought->count + 1));
    int done = NO_MEMORY;
    if (!hits)
        goto end;
    double *lexical = (double *)(hits + size), *dense = lexical + size;
    int64_t *units = (int64_t *)(dense + size), *rows = units + size, *chosen = rows + size;
    float *raw = (float *)(chosen + size);
    int32_t *counts = (int32_t *)(raw + size);
    for (int64_t passage = 0, unit = 0; passage < passages; passage++)
        for (int64_t at = firsts[passage]; unit < ends[passage]; unit++, at++)
            units[unit] = index->units[at], rows[unit] = index->rows[at];
    put_found(words, units, count, lexical);
    put_found(meaning, units, count, dense);
    done = fill_words(index, sought, rows, ends, passages, lexical, chosen, raw, counts, hits);
    if (done == DONE)
        done = fill_meaning(index, sought, rows, count, dense, chosen, hits);
    if (done != DONE)
        goto end;
    for (int64_t passage = 0, unit = 0; passage < passages; unit = ends[passage++])
        found[passage] = (FoundPassage){largest(lexical, unit, ends[passage]), largest(dense, unit, ends[passage]), 0,
                                        firsts[passage]};
    if (passages)
        fuse(found, passages, sought->fusion);
    qsort(found, (size_t)passages, sizeof *found, by_fused);
end:
    free(firsts);
    free(hits);
    return done == DONE ? passages : -done;
}
