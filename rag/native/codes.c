/* The rows whose 4-bit product codes are nearest to a question: what FAISS's fast scan does (André, Kermarrec and Le
 * Scouarnec 2017, "Accelerated Nearest Neighbor Search with Quick ADC") on the codes as FAISS keeps them, and with the
 * same scores. Codes are read from end to end at every search, and lie in memory that the rest of it has pushed out of
 * the caches: here they are asked for ahead of the adding, and FAISS waits for them. Where there is no AVX2, FAISS it
 * is. A test holds both equal. */

#include <math.h>

#include "beside.h"
#include "search.h"

/* rag.native.Codes: a row has a code of 4 bits for each of its pieces, which stands for one of 16 centroids. Codes lie
 * in blocks of 32 rows, and within these piece by piece: in 16 bytes the codes of rows 0, 8, 1, 9 … 7, 15 in the lower
 * half of each, and those of the 16 rows that follow in the upper half. */
typedef struct {
    const uint8_t *codes;
    const float *centroids; /* (pieces, 16, width) */
    int64_t count, pieces, width;
} Codes;

enum { CENTROIDS = 16, ROWS = 32 /* of a block */ };

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

enum { AHEAD = 4096 /* bytes */, LINE = 64, SHIFT = 5, BINS = (UINT16_MAX + 1) >> SHIFT, FINE = 1 << SHIFT };

int codes_can_be_read(void) { return __builtin_cpu_supports("avx2"); }

/* Fills `table` with the product of each centroid (pieces, 16) with its piece of the question, as a whole number: above
 * the lowest of its piece, and on one scale for which those of a row add up to 16 bits. `products` is room. */
static void make_table(const Codes *codes, const float *question, float *products, uint8_t *table)
{
    float widest = 0, all = 0;
    for (int64_t piece = 0; piece < codes->pieces; piece++) {
        float low = INFINITY, high = -INFINITY, *own = products + piece * CENTROIDS;
        const float *part = question + piece * codes->width;
        for (int64_t i = 0; i < CENTROIDS; i++) {
            const float *centroid = codes->centroids + (piece * CENTROIDS + i) * codes->width;
            own[i] = 0;
            for (int64_t d = 0; d < codes->width; d++)
                own[i] += part[d] * centroid[d];
            low = own[i] < low ? own[i] : low;
            high = own[i] > high ? own[i] : high;
        }
        for (int64_t i = 0; i < CENTROIDS; i++)
            own[i] -= low;
        widest = high - low > widest ? high - low : widest;
        all += high - low;
    }
    const float scale = widest > 0 ? fminf(UINT8_MAX / widest, UINT16_MAX / all) : 0;
    for (int64_t i = 0; i < codes->pieces * CENTROIDS; i++)
        table[i] = (uint8_t)floorf(scale * products[i] + 0.5f);
}

/* The scores of the 32 rows of a block, in order: 16 and 16 whole numbers of 16 bits. */
typedef struct {
    __m256i first, second;
} Scores;

/* Adds up the bytes of two pieces at a time: the even ones together with 256 times the odd ones (which overflows), and
 * the odd ones by themselves. */
__attribute__((target("avx2")))
static inline Scores scores_of(const uint8_t *block, const uint8_t *table, int64_t size)
{
    const __m256i low = _mm256_set1_epi8(15);
    __m256i both[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()}, odd[2] = {both[0], both[0]}, sums[2];
    for (int64_t at = 0; at < size; at += sizeof low) {
        if (at % LINE == 0)
            __builtin_prefetch(block + at + AHEAD);
        const __m256i codes = _mm256_loadu_si256((const __m256i *)(block + at));
        const __m256i values = _mm256_loadu_si256((const __m256i *)(table + at));
        const __m256i found[2] = {
            _mm256_shuffle_epi8(values, _mm256_and_si256(codes, low)),
            _mm256_shuffle_epi8(values, _mm256_and_si256(_mm256_srli_epi16(codes, 4), low)),
        };
        for (int half = 0; half < 2; half++) {
            both[half] = _mm256_add_epi16(both[half], found[half]);
            odd[half] = _mm256_add_epi16(odd[half], _mm256_srli_epi16(found[half], 8));
        }
    }
    for (int half = 0; half < 2; half++) {
        const __m256i even = _mm256_sub_epi16(both[half], _mm256_slli_epi16(odd[half], 8));
        sums[half] = _mm256_add_epi16(_mm256_permute2x128_si256(even, odd[half], 0x20),
                                      _mm256_permute2x128_si256(even, odd[half], 0x31));
    }
    return (Scores){sums[0], sums[1]};
}

typedef struct {
    uint32_t row, score;
} Candidate;

/* All rows that may be among the best, in order, and how many there are in each bin of scores. `lowest` is the bin of
 * the last of the best `wanted` so far, and `above` how many candidates it and those over it hold. */
typedef struct {
    Candidate *candidates;
    int64_t count, wanted, lowest, above;
    uint32_t bins[BINS];
} Best;

static void take(Best *best, int64_t first, const uint16_t *scores, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const int64_t bin = scores[i] >> SHIFT;
        if (bin < best->lowest || !scores[i]) /* as far as can be, in every piece: not found by FAISS either */
            continue;
        best->candidates[best->count++] = (Candidate){(uint32_t)(first + i), scores[i]};
        best->bins[bin]++;
        best->above++;
        while (best->above - best->bins[best->lowest] >= best->wanted)
            best->above -= best->bins[best->lowest++];
    }
}

/* The best rows in order; of those that are equal to the last of them the first. Gives their number. */
static int64_t chosen(const Best *best, int64_t *rows)
{
    int64_t fine[FINE] = {0}, better = best->above - best->bins[best->lowest], count = 0, last = FINE - 1;
    for (int64_t i = 0; i < best->count; i++)
        if (best->candidates[i].score >> SHIFT == best->lowest)
            fine[best->candidates[i].score % FINE]++;
    for (; last > 0 && better + fine[last] < best->wanted; last--)
        better += fine[last];
    const int64_t edge = best->lowest * FINE + last;
    int64_t equal = best->wanted - better;
    for (int64_t i = 0; i < best->count; i++)
        if (best->candidates[i].score > edge || (best->candidates[i].score == edge && equal-- > 0))
            rows[count++] = best->candidates[i].row;
    return count;
}

__attribute__((target("avx2")))
static void scan(const Codes *codes, const uint8_t *table, Best *best)
{
    const int64_t size = codes->pieces * CENTROIDS; /* bytes of a block: half a byte for each piece of its rows */
    for (int64_t row = 0; row < codes->count; row += ROWS) {
        const Scores found = scores_of(codes->codes + row / ROWS * size, table, size);
        const __m256i edge = _mm256_set1_epi16((int16_t)(best->lowest << SHIFT));
        const __m256i some = _mm256_or_si256(
            _mm256_cmpeq_epi16(_mm256_max_epu16(found.first, edge), found.first),
            _mm256_cmpeq_epi16(_mm256_max_epu16(found.second, edge), found.second));
        if (_mm256_testz_si256(some, some))
            continue;
        uint16_t scores[ROWS];
        memcpy(scores, &found, sizeof scores);
        take(best, row, scores, codes->count - row < ROWS ? codes->count - row : ROWS);
    }
}

/* The `wanted` rows (one at least) whose codes are nearest to a question, in order. Gives their number, or
 * -NO_MEMORY. */
int64_t codes_best(const Codes *codes, const float *question, int64_t wanted, int64_t *rows)
{
    const size_t size = (size_t)(codes->pieces * CENTROIDS);
    Best *best = calloc(1, sizeof *best);
    Candidate *candidates = malloc(sizeof *candidates * (size_t)(codes->count + 1));
    float *products = malloc(sizeof *products * size);
    uint8_t *table = malloc(size);
    int64_t found = -NO_MEMORY;
    if (best && candidates && products && table) {
        best->candidates = candidates;
        best->wanted = wanted;
        make_table(codes, question, products, table);
        scan(codes, table, best);
        found = chosen(best, rows);
    }
    free(best);
    free(candidates);
    free(products);
    free(table);
    return found;
}

#else

int codes_can_be_read(void) { return 0; }

int64_t codes_best(const Codes *codes, const float *question, int64_t wanted, int64_t *rows)
{
    (void)codes, (void)question, (void)wanted, (void)rows;
    return 0;
}

#endif

/* A search that was begun: the best rows by their codes, and of these the best hits in full. */
typedef struct {
    Work work;
    const Codes *codes;
    const Rows *rows;
    int64_t wanted, most, found;
    float scale;
    float *question;
    int16_t *whole;
    int64_t *candidates;
    Hit *hits;
} Search;

static void run_search(void *of)
{
    Search *search = of;
    const int64_t found = codes_best(search->codes, search->question, search->wanted, search->candidates);
    const Column chosen = {(const char *)search->candidates, sizeof *search->candidates, sizeof *search->candidates};
    search->found = found < 0 ? found
                              : vectors_best(search->rows, &chosen, found, search->question, search->scale,
                                             search->whole, search->most, search->hits);
}

/* Begins to look for the `most` best hits among the `wanted` rows whose codes are nearest: codes_best and vectors_best,
 * beside what the caller does. Codes and rows stay where they are until it is done. NULL when there is no memory. */
Search *search_begin(const Codes *codes, const Rows *rows, const float *question, int64_t wanted, float scale,
                     int64_t most)
{
    const size_t dim = (size_t)rows->dim;
    Search *search = malloc(sizeof *search + sizeof(Hit) * (size_t)most + sizeof(int64_t) * (size_t)wanted +
                            (sizeof(float) + sizeof(int16_t)) * dim);
    if (!search)
        return NULL;
    Hit *hits = (Hit *)(search + 1);
    int64_t *candidates = (int64_t *)(hits + most);
    float *copy = (float *)(candidates + wanted);
    memcpy(copy, question, sizeof *copy * dim);
    *search = (Search){.codes = codes, .rows = rows, .wanted = wanted, .most = most, .scale = scale, .question = copy,
                       .whole = (int16_t *)(copy + dim), .candidates = candidates, .hits = hits};
    work_begin(&search->work, run_search, search);
    return search;
}

/* Waits for a search at most so many nanoseconds, or does it where nobody began; says whether it is done. */
int search_end(Search *search, int64_t patience) { return work_end(&search->work, patience); }

int search_is_done(const Search *search) { return work_is_done(&search->work); }

/* Puts what a search found in `hits`, for which there is room for as many as were wanted, and forgets it: when it is
 * done. Gives what vectors_best gives. */
int64_t search_take(Search *search, Hit *hits)
{
    const int64_t found = search->found;
    if (found > 0)
        memcpy(hits, search->hits, sizeof *hits * (size_t)found);
    free(search);
    return found;
}
