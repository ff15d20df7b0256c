/* Reading texts as they are stored, and matching questions with them: what rag/store/matching.py (reading) and
 * rag/features.py do with numpy, in one pass and without temporary arrays. Those are the reference, and say why things
 * are as they are; a test holds both equal.
 *
 * Called from rag/native/__init__.py, which sees to types and sizes. Nothing here keeps anything between calls, so
 * several threads may call at once. Sums are added in one order whatever the processor: the same numbers everywhere. */

#include <stdlib.h>
#include <string.h>

#include "matching.h"

const char *kernel_version(void) { return VERSION; }

/* ---- reading texts as they are stored (rag/store/matching.py) */

/* The segments of the passages at these places, which have so many words and segments together. */
int texts_gather(const Stored *stored, const int64_t *places, int64_t count, int64_t words, int64_t segments,
                 int64_t *ids, int64_t *starts, float *norms, uint8_t *offers, int64_t *bounds)
{
    int64_t word_count = 0, segment_count = 0;
    for (int64_t text = 0; text < count; text++) {
        const int64_t place = places[text];
        const int64_t segment = number(&stored->first_segment, place), word = number(&stored->first_word, place);
        const int64_t segment_end = number(&stored->first_segment, place + 1);
        const int64_t word_end = number(&stored->first_word, place + 1);
        int64_t rare = number(&stored->first_rare, place), start = word_count;
        if (segment_end > stored->segments || segment_count + segment_end - segment > segments ||
            word_end > stored->commons || word_count + word_end - word > words)
            return OUT_OF_BOUNDS;
        bounds[text] = segment_count;
        for (int64_t i = segment; i < segment_end; i++, segment_count++) {
            starts[segment_count] = start;
            norms[segment_count] = real(&stored->norms, i);
            offers[segment_count] = stored->offers[i * stored->offers_step];
            start += number(&stored->segment_words, i);
        }
        for (int64_t i = word; i < word_end; i++) {
            if (stored->common[i] == stored->mark && rare >= stored->rares)
                return OUT_OF_BOUNDS;
            ids[word_count++] = stored->common[i] == stored->mark ? stored->rare[rare++] : stored->common[i];
        }
        if (start != word_count)
            return OUT_OF_BOUNDS;
    }
    bounds[count] = segment_count;
    return DONE;
}

/* ---- matching (rag/features.py) */

/* Gives every distinct number a place, in order of appearance. */
typedef struct {
    int64_t *numbers; /* (count,) */
    uint32_t *slots;  /* a hash table of place + 1 */
    uint64_t mask;
    int64_t count;
} Distinct;

static int distinct_make(Distinct *distinct, int64_t most)
{
    uint64_t size = 64;
    while (size < 2 * (uint64_t)most)
        size *= 2;
    distinct->numbers = malloc(sizeof(int64_t) * (size_t)(most + 1));
    distinct->slots = calloc(size, sizeof(uint32_t));
    distinct->mask = size - 1;
    distinct->count = 0;
    return distinct->numbers && distinct->slots;
}

static void distinct_free(Distinct *distinct)
{
    free(distinct->numbers);
    free(distinct->slots);
}

static int64_t distinct_place(Distinct *distinct, int64_t value)
{
    uint64_t at = ((uint64_t)value * 0x9E3779B97F4A7C15u >> 32) & distinct->mask;
    for (; distinct->slots[at]; at = (at + 1) & distinct->mask)
        if (distinct->numbers[distinct->slots[at] - 1] == value)
            return distinct->slots[at] - 1;
    distinct->numbers[distinct->count] = value;
    distinct->slots[at] = (uint32_t)++distinct->count;
    return distinct->count - 1;
}

typedef float Vector __attribute__((vector_size(32))); /* where there is no instruction for it, done in parts */
enum { LANES = sizeof(Vector) / sizeof(float), AT_ONCE = 8, LINE = 64 /* bytes */ };

/* The products of `size` pieces' rows with `vectors` vectors of lanes: as many sums as fit in registers, so that none
 * has to wait for the one before. Each lane is added in the order of the dimensions: wider vectors give the same.
 * Meanwhile asks for what is needed `next`, a little at a time: memory takes no more at once. */
static inline __attribute__((always_inline)) void multiply_some(const float *const *row, int64_t dim,
                                                                const float *towards, int64_t lanes, float *products,
                                                                const char *const *next, const int size,
                                                                const int vectors)
{
    Vector sum[AT_ONCE] = {{0}}, toward;
    for (int64_t d = 0; d < dim; d++) {
        if (next && d % AT_ONCE == 0)
            __builtin_prefetch(next[d / AT_ONCE % AT_ONCE] + d / LINE * LINE);
        for (int v = 0; v < vectors; v++) {
            memcpy(&toward, towards + d * lanes + v * LANES, sizeof toward);
            for (int i = 0; i < size; i++)
                sum[v * size + i] += row[i][d] * toward;
        }
    }
    for (int v = 0; v < vectors; v++)
        for (int i = 0; i < size; i++)
            memcpy(products + i * lanes + v * LANES, &sum[v * size + i], sizeof toward);
}

/* The products of rows of `table` with the rows of a question, which lie as (dim, lanes): (pieces, lanes). There is
 * room for AT_ONCE - 1 more pieces at the end, and in `reals` for the rows of AT_ONCE pieces as floats. */
CLONES
static void multiply(const Table *table, const int64_t *pieces, int64_t count, const float *towards, int64_t lanes,
                     float *restrict reals, float *products)
{
    const int64_t dim = table->dim;
    for (int64_t piece = 0; piece < count; piece += AT_ONCE) {
        const float *row[AT_ONCE];
        const char *next[AT_ONCE]; /* of which floats are asked for by the processor itself, as they lie together */
        for (int i = 0; i < AT_ONCE; i++) {
            const int64_t number = pieces[piece + i < count ? piece + i : count - 1];
            const int64_t later = pieces[piece + i + AT_ONCE < count ? piece + i + AT_ONCE : count - 1];
            row[i] = table->codes ? reals + dim * i : table->reals + dim * number;
            next[i] = (const char *)(table->codes + dim * later);
            if (table->codes)
                __builtin_prefetch(table->reals + later);
            for (int64_t d = 0; table->codes && d < dim; d++)
                reals[dim * i + d] = (float)table->codes[dim * number + d] * table->reals[number];
        }
        float *to = products + piece * lanes;
        int64_t lane = 0;
        for (; lane + 2 * LANES <= lanes; lane += 2 * LANES)
            for (int half = 0; half < AT_ONCE; half += AT_ONCE / 2)
                multiply_some(row + half, dim, towards + lane, lanes, to + half * lanes + lane,
                              table->codes && !lane && !half ? next : NULL, AT_ONCE / 2, 2);
        if (lane < lanes)
            multiply_some(row, dim, towards + lane, lanes, to + lane, table->codes && !lane ? next : NULL, AT_ONCE, 1);
    }
}

/* The keys of a question as bits: most words of texts have none of them, and this says so at once. */
enum { FILTER = 4096 };

static int filter_has(const uint64_t *filter, int64_t key)
{
    return filter[(uint64_t)key % FILTER / 64] >> ((uint64_t)key % 64) & 1;
}

static void filter_add(uint64_t *filter, const int64_t *keys, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        filter[(uint64_t)keys[i] % FILTER / 64] |= 1ull << ((uint64_t)keys[i] % 64);
}

/* Where a key is among others that rise, or -1. */
static int64_t find(const int64_t *keys, int64_t count, int64_t key)
{
    int64_t begin = 0, end = count;
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if (keys[middle] < key)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin < count && keys[begin] == key ? begin : -1;
}

/* A distinct word of the texts, read once: its row in the vocabulary lies far from those of the others. */
typedef struct {
    int64_t number, beginning, term, term_end, piece;
    uint32_t pieces;
    float norm;
} Word;

enum { READ_AHEAD = 16 /* words */ };

/* Reads the words with these numbers, and asks for what they point at. Gives how many pieces they have together, or
 * -OUT_OF_BOUNDS. */
static int64_t read_words(const Vocabulary *vocabulary, const int64_t *numbers, int64_t count, Word *words)
{
    int64_t pieces = 0;
    for (int64_t i = 0; i < count; i++) {
        if (i + READ_AHEAD < count) {
            fetch(&vocabulary->beginnings, numbers[i + READ_AHEAD]);
            fetch(&vocabulary->piece_starts, numbers[i + READ_AHEAD] + 1);
        }
        const int64_t word = numbers[i];
        if (word < 0 || word >= vocabulary->words)
            return -OUT_OF_BOUNDS;
        const int64_t term = number(&vocabulary->term_starts, word), piece = number(&vocabulary->piece_starts, word);
        const int64_t term_end = number(&vocabulary->term_starts, word + 1);
        const int64_t piece_end = number(&vocabulary->piece_starts, word + 1);
        if (term_end > vocabulary->all_terms || piece_end > vocabulary->all_pieces || piece > piece_end)
            return -OUT_OF_BOUNDS;
        fetch(&vocabulary->terms, term);
        fetch(&vocabulary->pieces, piece);
        words[i] = (Word){word, number(&vocabulary->beginnings, word), term, term_end, piece,
                          (uint32_t)(piece_end - piece), real(&vocabulary->norms, word)};
        pieces += piece_end - piece;
    }
    return pieces;
}

/* How a word matches each question word by its letters: fills `hard`, raises `soft`. Says whether it matches any. */
static int match_letters(const Asked *asked, const uint64_t *filter, const Vocabulary *vocabulary, const Word *word,
                         float *hard, float *soft)
{
    int any = 0;
    if (word->beginning && filter_has(filter, word->beginning))
        for (int64_t q = 0; q < asked->words; q++)
            if (asked->beginnings[q] == word->beginning)
                hard[q] = SAME_START, any = 1;
    for (int64_t term = word->term; term < word->term_end; term++) {
        const int64_t key = number(&vocabulary->terms, term);
        if (!filter_has(filter, key))
            continue;
        const float share = term == word->term ? SAME : PART_OF;
        for (int64_t q = 0; q < asked->words; q++) {
            const int64_t *own = asked->keys + asked->key_starts[q], *own_end = asked->keys + asked->key_starts[q + 1];
            if (key == own[0])
                hard[q] = larger(hard[q], share), any = 1;
            else if (term == word->term && !asked->numbers[q])
                for (const int64_t *part = own + 1; part < own_end; part++)
                    if (key == *part)
                        hard[q] = larger(hard[q], HAS_PART), any = 1;
        }
        const int64_t other = find(asked->other_keys, asked->others, key);
        if (other >= 0)
            for (int64_t q = 0; q < asked->words; q++)
                soft[q] = larger(soft[q], asked->likeness[q * asked->others + other] * share);
    }
    if (any)
        for (int64_t q = 0; q < asked->words; q++)
            soft[q] = larger(soft[q], hard[q]);
    return any;
}

/* What is known of every distinct word of the texts: rows of `lanes`. */
typedef struct {
    float *hard, *soft;
    float *toward; /* the product of the word with the question's row */
    uint8_t *any;  /* whether anything in `hard` is above 0 */
} Known;

/* Likeness of meaning: a word is the sum of its pieces, whose products are worked out. Word 0 is no word. `sum` is room
 * for a number of each lane. */
CLONES
static void match_meaning(const Asked *asked, const Word *words, int64_t count, const float *products,
                          const uint32_t *pieces, float *restrict sum, const Known *known)
{
    const int64_t lanes = asked->lanes;
    for (int64_t i = 0; i < count; pieces += words[i++].pieces) {
        float *restrict soft = known->soft + i * lanes;
        const float norm = words[i].norm;
        memset(sum, 0, sizeof *sum * (size_t)lanes);
        for (uint32_t k = 0; words[i].number && k < words[i].pieces; k++) {
            const float *product = products + pieces[k] * lanes;
            for (int64_t q = 0; q < lanes; q++)
                sum[q] += product[q];
        }
        known->toward[i] = sum[asked->words];
        sum[asked->words] = 0;
        for (int64_t q = 0; q < lanes; q++)
            soft[q] = larger(soft[q], smaller(larger(sum[q] / norm, 0), 1));
    }
}

/* The best of words' matches in each segment, and what holds for whole texts; `which` says which word stands where.
 * `near` and `often` are room for a number of each lane. */
CLONES
static void gather_matches(const Asked *asked, const Texts *texts, const Known *known, const uint32_t *which,
                           uint8_t *near, double *often, float *hard, float *soft, float *cosine, float *pairs,
                           float *frequency)
{
    const int64_t lanes = asked->lanes;
    for (int64_t text = 0; text < texts->texts; text++) {
        const int64_t last = texts->bounds[text + 1];
        const int64_t text_end = last < texts->segments ? texts->starts[last] : texts->words;
        memset(near, 0, sizeof *near * (size_t)lanes);
        memset(often, 0, sizeof *often * (size_t)lanes);
        for (int64_t segment = texts->bounds[text]; segment < last; segment++) {
            const int64_t end = segment + 1 < texts->segments ? texts->starts[segment + 1] : texts->words;
            float *restrict best_hard = hard + segment * lanes, *restrict best_soft = soft + segment * lanes;
            double along = 0;
            for (int64_t word = texts->starts[segment]; word < end; word++) {
                const int64_t own = which[word];
                const float *word_hard = known->hard + own * lanes, *word_soft = known->soft + own * lanes;
                along += known->toward[own];
                for (int64_t q = 0; q < lanes; q++)
                    best_soft[q] = larger(best_soft[q], word_soft[q]);
                if (!known->any[own])
                    continue;
                for (int64_t q = 0; q < lanes; q++) {
                    best_hard[q] = larger(best_hard[q], word_hard[q]);
                    often[q] += word_hard[q];
                }
                if (word + 1 < text_end && known->any[which[word + 1]]) {
                    const float *next_hard = known->hard + which[word + 1] * lanes;
                    for (int64_t q = 0; q + 1 < asked->words; q++)
                        near[q] |= word_hard[q] >= HAS_PART && next_hard[q + 1] >= HAS_PART;
                }
            }
            cosine[segment] = (float)along / texts->norms[segment];
        }
        for (int64_t q = 0; q < lanes; q++)
            frequency[text * lanes + q] = (float)often[q];
        int64_t neighbours = 0;
        for (int64_t q = 0; q + 1 < asked->words; q++)
            neighbours += near[q];
        pairs[text] = asked->words < 2 ? 0.0f : (float)neighbours / (float)(asked->words - 1);
    }
}

/* A question against texts; `table` has the encoder's rows for pieces.
 *
 * Fills hard and soft (segments, lanes), which are zeros, cosine (segments,), pairs (texts,) and frequency (texts,
 * lanes). */
int match_texts(const Asked *asked, const Texts *texts, const Vocabulary *vocabulary, const Table *table, float *hard,
                float *soft, float *cosine, float *pairs, float *frequency)
{
    const size_t lanes = (size_t)asked->lanes;
    Distinct distinct = {0}, pieces = {0};
    Known known = {0};
    uint32_t *which = malloc(sizeof *which * (size_t)(texts->words + 1)), *piece_of = NULL;
    uint8_t *near = malloc(sizeof *near * lanes);
    double *often = malloc(sizeof *often * lanes);
    Word *words = NULL;
    float *products = NULL, *room = NULL;
    int done = NO_MEMORY;

    if (!which || !near || !often || !distinct_make(&distinct, texts->words))
        goto end;
    for (int64_t i = 0; i < texts->words; i++)
        which[i] = (uint32_t)distinct_place(&distinct, texts->ids[i]);
    const int64_t count = distinct.count;
    words = malloc(sizeof *words * (size_t)(count + 1));
    known.hard = calloc(lanes * (size_t)(count + 1), sizeof *known.hard);
    known.soft = calloc(lanes * (size_t)(count + 1), sizeof *known.soft);
    known.toward = malloc(sizeof *known.toward * (size_t)(count + 1));
    known.any = malloc((size_t)(count + 1));
    if (!words || !known.hard || !known.soft || !known.toward || !known.any)
        goto end;
    const int64_t all = read_words(vocabulary, distinct.numbers, count, words); /* pieces of all distinct words */
    if (all < 0) {
        done = OUT_OF_BOUNDS;
        goto end;
    }

    uint64_t filter[FILTER / 64] = {0};
    filter_add(filter, asked->keys, asked->key_starts[asked->words]);
    filter_add(filter, asked->beginnings, asked->words);
    filter_add(filter, asked->other_keys, asked->others);
    for (int64_t i = 0; i < count; i++)
        known.any[i] = (uint8_t)match_letters(asked, filter, vocabulary, words + i, known.hard + (size_t)i * lanes,
                                              known.soft + (size_t)i * lanes);

    piece_of = malloc(sizeof *piece_of * (size_t)(all + 1));
    if (!piece_of || !distinct_make(&pieces, all))
        goto end;
    for (int64_t i = 0, at = 0; i < count; i++)
        for (uint32_t k = 0; k < words[i].pieces; k++) {
            const int64_t piece = number(&vocabulary->pieces, words[i].piece + k);
            if (piece >= table->pieces) {
                done = OUT_OF_BOUNDS;
                goto end;
            }
            piece_of[at++] = (uint32_t)distinct_place(&pieces, piece);
        }
    products = malloc(sizeof *products * lanes * (size_t)(pieces.count + AT_ONCE));
    room = malloc(sizeof *room * (lanes + AT_ONCE * (size_t)table->dim));
    if (!products || !room)
        goto end;
    multiply(table, pieces.numbers, pieces.count, asked->towards, asked->lanes, room, products);
    match_meaning(asked, words, count, products, piece_of, room, &known);
    gather_matches(asked, texts, &known, which, near, often, hard, soft, cosine, pairs, frequency);
    done = DONE;
end:
    distinct_free(&distinct);
    distinct_free(&pieces);
    free(which);
    free(near);
    free(often);
    free(words);
    free(piece_of);
    free(products);
    free(room);
    free(known.hard);
    free(known.soft);
    free(known.toward);
    free(known.any);
    return done;
}
