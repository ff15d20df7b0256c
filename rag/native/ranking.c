/* Matching questions with texts, and ranking what matches: what rag/store/matching.py (reading), rag/features.py,
 * rag/ranking.py and rag/trees.py do with numpy, in one pass and without temporary arrays. Those are the reference, and
 * say why things are as they are; a test holds both equal.
 *
 * Called from rag/native/__init__.py, which sees to types and sizes. Nothing here keeps anything between calls, so
 * several threads may call at once. Sums are added in one order whatever the processor: the same numbers everywhere. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

const char *kernel_version(void) { return VERSION; }

/* ---- what numpy hands over */

/* Asks for a number that will be wanted soon: what is read lies all over a large index, and waiting takes longest. */
static void fetch(const Column *column, int64_t row) { __builtin_prefetch(column->first + row * column->step); }

static float real(const Column *column, int64_t row)
{
    float value;
    memcpy(&value, column->first + row * column->step, sizeof value);
    return value;
}

/* rag.words.Vocabulary: row i of a ragged array is values[starts[i]] up to values[starts[i + 1]]. */
typedef struct {
    Column terms, term_starts, beginnings, pieces, piece_starts, norms;
    int64_t words, all_terms, all_pieces;
} Vocabulary;

/* rag.features.Texts: text t has the segments bounds[t] up to bounds[t + 1], and these have words. */
typedef struct {
    int64_t words, segments, texts;
    const int64_t *ids, *starts, *bounds;
    const float *norms;
    const uint8_t *offers;
} Texts;

/* rag.features.Asked. Rows of matches are `lanes` wide: its words, and room up to a whole number of vectors. */
typedef struct {
    int64_t words, lanes, others;
    const int64_t *keys, *key_starts; /* of each word: its stem, then its parts */
    const int64_t *beginnings;        /* (words,): 0 for none */
    const int64_t *other_keys;        /* (others,), rising */
    const float *likeness;            /* (words, others) */
    const float *weights, *idf;       /* (words,) */
    const uint8_t *numbers;           /* (words,) */
    const float *towards;             /* (dim, lanes): the rows of its words, its own, and zeros */
    int64_t wanted;                   /* bits of what suits it, see rag.asking.wanted */
    int64_t told_count;
    const float *told; /* (told_count,): the columns of ranking that are the same for all texts */
} Asked;

static const float SAME = 1.0f, PART_OF = 0.8f, HAS_PART = 0.5f, SAME_START = 0.5f; /* rag/features.py */

static float larger(float one, float other) { return one > other ? one : other; }
static float smaller(float one, float other) { return one < other ? one : other; }

/* ---- reading texts as they are stored (rag/store/matching.py) */

/* rag.native.Stored: of passages where each begins, and one more; of segments and words all. */
typedef struct {
    Column first_segment, first_word, first_rare; /* (passages + 1,) */
    Column norms, segment_words;                  /* (segments,) */
    const uint8_t *offers;
    int64_t offers_step, segments, commons, rares;
    int64_t mark; /* stands for a number that does not fit 16 bits, and is in `rare` */
    const uint16_t *common;
    const uint32_t *rare;
} Stored;

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
enum { LANES = sizeof(Vector) / sizeof(float), AT_ONCE = 8 };

/* The products of `size` pieces' rows with `vectors` vectors of lanes: as many sums as fit in registers, so that none
 * has to wait for the one before. Each lane is added in the order of the dimensions: wider vectors give the same. */
static inline __attribute__((always_inline)) void multiply_some(const float *const *row, int64_t dim,
                                                                const float *towards, int64_t lanes, float *products,
                                                                const int size, const int vectors)
{
    Vector sum[AT_ONCE] = {{0}}, toward;
    for (int64_t d = 0; d < dim; d++)
        for (int v = 0; v < vectors; v++) {
            memcpy(&toward, towards + d * lanes + v * LANES, sizeof toward);
            for (int i = 0; i < size; i++)
                sum[v * size + i] += row[i][d] * toward;
        }
    for (int v = 0; v < vectors; v++)
        for (int i = 0; i < size; i++)
            memcpy(products + i * lanes + v * LANES, &sum[v * size + i], sizeof toward);
}

/* The products of rows of `table` with the rows of a question, which lie as (dim, lanes): (pieces, lanes). There is
 * room for AT_ONCE - 1 more pieces at the end. */
CLONES
static void multiply(const float *table, int64_t dim, const int64_t *pieces, int64_t count, const float *towards,
                     int64_t lanes, float *products)
{
    for (int64_t piece = 0; piece < count; piece += AT_ONCE) {
        const float *row[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++)
            row[i] = table + dim * pieces[piece + i < count ? piece + i : count - 1];
        float *to = products + piece * lanes;
        int64_t lane = 0;
        for (; lane + 2 * LANES <= lanes; lane += 2 * LANES)
            for (int half = 0; half < AT_ONCE; half += AT_ONCE / 2)
                multiply_some(row + half, dim, towards + lane, lanes, to + half * lanes + lane, AT_ONCE / 2, 2);
        if (lane < lanes)
            multiply_some(row, dim, towards + lane, lanes, to + lane, AT_ONCE, 1);
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

/* How a word matches each question word by its letters: fills `hard`, raises `soft`. Says whether it matches any. */
static int match_letters(const Asked *asked, const uint64_t *filter, const Vocabulary *vocabulary, int64_t word,
                         float *hard, float *soft)
{
    int any = 0;
    const int64_t beginning = number(&vocabulary->beginnings, word);
    if (beginning && filter_has(filter, beginning))
        for (int64_t q = 0; q < asked->words; q++)
            if (asked->beginnings[q] == beginning)
                hard[q] = SAME_START, any = 1;
    const int64_t first = number(&vocabulary->term_starts, word), end = number(&vocabulary->term_starts, word + 1);
    for (int64_t term = first; term < end; term++) {
        const int64_t key = number(&vocabulary->terms, term);
        if (!filter_has(filter, key))
            continue;
        const float share = term == first ? SAME : PART_OF;
        for (int64_t q = 0; q < asked->words; q++) {
            const int64_t *own = asked->keys + asked->key_starts[q], *own_end = asked->keys + asked->key_starts[q + 1];
            if (key == own[0])
                hard[q] = larger(hard[q], share), any = 1;
            else if (term == first && !asked->numbers[q])
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

/* Likeness of meaning: a word is the sum of its pieces, whose products are worked out. Word 0 is no word. */
static void match_meaning(const Asked *asked, int64_t word, float norm, const float *products, const uint32_t *pieces,
                          int64_t count, float *restrict soft, float *toward)
{
    for (int64_t i = 0; word && i < count; i++) {
        const float *product = products + pieces[i] * asked->lanes;
        for (int64_t q = 0; q < asked->lanes; q++)
            soft[q] += product[q];
    }
    *toward = soft[asked->words];
    soft[asked->words] = 0;
    for (int64_t q = 0; q < asked->lanes; q++)
        soft[q] = smaller(larger(soft[q] / norm, 0), 1);
}

/* The best of words' matches in each segment, and what holds for whole texts; `which` says which word stands where.
 * `near` and `often` are room for a number of each lane. */
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

/* A question against texts; `table` has the encoder's rows for pieces (rows, dim).
 *
 * Fills hard and soft (segments, lanes), which are zeros, cosine (segments,), pairs (texts,) and frequency (texts,
 * lanes). */
int match_texts(const Asked *asked, const Texts *texts, const Vocabulary *vocabulary, const float *table, int64_t rows,
                int64_t dim, float *hard, float *soft, float *cosine, float *pairs, float *frequency)
{
    const size_t lanes = (size_t)asked->lanes;
    Distinct words = {0}, pieces = {0};
    Known known = {0};
    uint32_t *which = malloc(sizeof *which * (size_t)(texts->words + 1)), *piece_of = NULL;
    uint8_t *near = malloc(sizeof *near * lanes);
    double *often = malloc(sizeof *often * lanes);
    float *products = NULL;
    int done = NO_MEMORY;

    if (!which || !near || !often || !distinct_make(&words, texts->words))
        goto end;
    int64_t all = 0; /* pieces of all distinct words */
    for (int64_t i = 0; i < texts->words; i++)
        which[i] = (uint32_t)distinct_place(&words, texts->ids[i]);
    for (int64_t i = 0; i < words.count; i++)
        fetch(&vocabulary->piece_starts, words.numbers[i]);
    done = OUT_OF_BOUNDS;
    for (int64_t i = 0; i < words.count; i++) {
        const int64_t word = words.numbers[i];
        if (word < 0 || word >= vocabulary->words ||
            number(&vocabulary->term_starts, word + 1) > vocabulary->all_terms ||
            number(&vocabulary->piece_starts, word + 1) > vocabulary->all_pieces ||
            number(&vocabulary->piece_starts, word) > number(&vocabulary->piece_starts, word + 1))
            goto end;
        fetch(&vocabulary->terms, number(&vocabulary->term_starts, word));
        fetch(&vocabulary->pieces, number(&vocabulary->piece_starts, word));
        all += number(&vocabulary->piece_starts, word + 1) - number(&vocabulary->piece_starts, word);
    }

    done = NO_MEMORY;
    piece_of = malloc(sizeof *piece_of * (size_t)(all + 1));
    if (!piece_of || !distinct_make(&pieces, all))
        goto end;
    all = 0;
    for (int64_t i = 0; i < words.count; i++) {
        const int64_t end = number(&vocabulary->piece_starts, words.numbers[i] + 1);
        for (int64_t at = number(&vocabulary->piece_starts, words.numbers[i]); at < end; at++)
            piece_of[all++] = (uint32_t)distinct_place(&pieces, number(&vocabulary->pieces, at));
    }

    for (int64_t i = 0; i < pieces.count; i++)
        if (pieces.numbers[i] >= rows) {
            done = OUT_OF_BOUNDS;
            goto end;
        }

    products = malloc(sizeof *products * lanes * (size_t)(pieces.count + AT_ONCE));
    known.hard = calloc(lanes * (size_t)(words.count + 1), sizeof *known.hard);
    known.soft = calloc(lanes * (size_t)(words.count + 1), sizeof *known.soft);
    known.toward = malloc(sizeof *known.toward * (size_t)(words.count + 1));
    known.any = malloc((size_t)(words.count + 1));
    if (!products || !known.hard || !known.soft || !known.toward || !known.any)
        goto end;
    multiply(table, dim, pieces.numbers, pieces.count, asked->towards, asked->lanes, products);

    uint64_t filter[FILTER / 64] = {0};
    filter_add(filter, asked->keys, asked->key_starts[asked->words]);
    filter_add(filter, asked->beginnings, asked->words);
    filter_add(filter, asked->other_keys, asked->others);
    all = 0;
    for (int64_t i = 0; i < words.count; i++) {
        const int64_t word = words.numbers[i];
        const int64_t count = number(&vocabulary->piece_starts, word + 1) - number(&vocabulary->piece_starts, word);
        float *word_hard = known.hard + (size_t)i * lanes, *word_soft = known.soft + (size_t)i * lanes;
        match_meaning(asked, word, real(&vocabulary->norms, word), products, piece_of + all, count, word_soft,
                      known.toward + i);
        known.any[i] = (uint8_t)match_letters(asked, filter, vocabulary, word, word_hard, word_soft);
        all += count;
    }
    gather_matches(asked, texts, &known, which, near, often, hard, soft, cosine, pairs, frequency);
    done = DONE;
end:
    distinct_free(&words);
    distinct_free(&pieces);
    free(which);
    free(near);
    free(often);
    free(piece_of);
    free(products);
    free(known.hard);
    free(known.soft);
    free(known.toward);
    free(known.any);
    return done;
}

/* ---- one row of numbers for each text (rag/ranking.py) */

/* rag.features.Match */
typedef struct {
    int64_t texts, lanes;
    const int64_t *bounds, *lengths; /* (texts + 1,), (segments,) */
    const float *hard, *soft;        /* (segments, lanes) */
    const float *cosine;             /* (segments,) */
    const uint8_t *offers;           /* (segments,) */
    const float *pairs, *frequency;  /* (texts,), (texts, lanes) */
} Match;

/* What each column is, in the order of rag.ranking.NAMES; what follows them comes from the caller. */
enum {
    LEXICAL_SHARE, DENSE, FUSED, DENSE_BELOW_BEST, LEXICAL_RANK, DENSE_RANK, FUSED_RANK,
    MASS, MASS_TITLE, MASS_SENTENCE, MASS_PAIR, SOFT, SOFT_TITLE, SOFT_SENTENCE, SOFT_PAIR,
    COSINE_TITLE, COSINE_SENTENCE, COSINE_SECOND, COSINE_WHERE_MASS, SOFT_WHERE_COSINE, SENTENCE,
    SUITS, NEIGHBOURS, BM25, NUMBERS, MOST_MISSED, MOST_MISSED_SOFTLY, MOST_FOUND,
    WORDS_MISSED, LENGTH, SENTENCES, PLACE_OF_BEST,
    OF_MATCH
};

static const float K1 = 1.2f, B = 0.75f, USUAL_LENGTH = 80.0f; /* rag/ranking.py */

/* The question's weight of what a row of matches holds. */
static float weigh(const Asked *asked, const float *matches)
{
    float sum = 0;
    for (int64_t q = 0; q < asked->words; q++)
        sum += asked->weights[q] * matches[q];
    return sum;
}

/* The most that two successive segments hold together; there are at least two. */
static float best_pair(const Asked *asked, const float *matches, int64_t lanes, int64_t begin, int64_t end)
{
    float best = -INFINITY;
    for (int64_t segment = begin; segment + 1 < end; segment++) {
        const float *one = matches + segment * lanes, *next = one + lanes;
        float sum = 0;
        for (int64_t q = 0; q < asked->words; q++)
            sum += asked->weights[q] * larger(one[q], next[q]);
        best = larger(best, sum);
    }
    return best;
}

static int64_t highest(const float *values, int64_t begin, int64_t end)
{
    int64_t best = begin;
    for (int64_t i = begin + 1; i < end; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

/* The columns of a text that tell how its sentences match. `mass`, `likely`, `both`: of all segments. */
static void sentence_columns(const Asked *asked, const Match *match, int64_t text, const float *mass,
                             const float *likely, const float *both, float *row)
{
    const int64_t first = match->bounds[text], end = match->bounds[text + 1];
    const int64_t body = end - first > 1 ? first + 1 : first; /* without the title */
    const int64_t by_mass = highest(mass, body, end), by_likeness = highest(likely, body, end);
    const int64_t by_cosine = highest(match->cosine, body, end), by_both = highest(both, body, end);
    const int several = end - body > 1;
    float second = several ? -INFINITY : match->cosine[by_cosine];
    for (int64_t segment = body; several && segment < end; segment++)
        if (segment != by_cosine)
            second = larger(second, match->cosine[segment]);

    row[MASS_TITLE] = mass[first];
    row[MASS_SENTENCE] = mass[by_mass];
    row[MASS_PAIR] = several ? best_pair(asked, match->hard, match->lanes, body, end) : mass[by_mass];
    row[SOFT_TITLE] = likely[first];
    row[SOFT_SENTENCE] = likely[by_likeness];
    row[SOFT_PAIR] = several ? best_pair(asked, match->soft, match->lanes, body, end) : likely[by_likeness];
    row[COSINE_TITLE] = match->cosine[first];
    row[COSINE_SENTENCE] = match->cosine[by_cosine];
    row[COSINE_SECOND] = second;
    row[COSINE_WHERE_MASS] = match->cosine[by_mass];
    row[SOFT_WHERE_COSINE] = likely[by_cosine];
    row[SENTENCE] = both[by_both];
    row[SUITS] = !asked->wanted || (match->offers[by_both] & asked->wanted);
    row[SENTENCES] = (float)(end - first);
    row[PLACE_OF_BEST] = (float)((double)(by_both - first) / (double)(end - first));
}

/* The columns of a text as a whole. */
static void text_columns(const Asked *asked, const Match *match, int64_t text, float *row)
{
    const int64_t first = match->bounds[text], end = match->bounds[text + 1], lanes = match->lanes;
    const float *frequency = match->frequency + text * lanes;
    float mass = 0, soft = 0, bm25 = 0, numbers = 0, weight_of_numbers = 0;
    float missed = 0, softly_missed = 0, found = 0;
    int64_t length = 0, count = 0;
    for (int64_t segment = first; segment < end; segment++)
        length += match->lengths[segment];
    const float longer = K1 * ((1 - B) + B * (float)length / USUAL_LENGTH);
    for (int64_t q = 0; q < asked->words; q++) {
        const float weight = asked->weights[q], idf = asked->idf[q];
        float here = 0, softly = 0; /* the best match in the text */
        for (int64_t segment = first; segment < end; segment++) {
            here = larger(here, match->hard[segment * lanes + q]);
            softly = larger(softly, match->soft[segment * lanes + q]);
        }
        mass += weight * here;
        soft += weight * softly;
        bm25 += weight * (frequency[q] * (K1 + 1) / (frequency[q] + longer));
        if (asked->numbers[q]) {
            numbers += weight * here;
            weight_of_numbers += weight;
        }
        missed = larger(missed, here < 0.5f ? idf : 0);
        softly_missed = larger(softly_missed, idf * (1 - softly));
        found = larger(found, here >= PART_OF ? idf : 0);
        count += here < 0.5f;
    }
    row[MASS] = mass;
    row[SOFT] = soft;
    row[NEIGHBOURS] = match->pairs[text];
    row[BM25] = bm25;
    row[NUMBERS] = weight_of_numbers > 0 ? numbers / weight_of_numbers : -1;
    row[MOST_MISSED] = missed;
    row[MOST_MISSED_SOFTLY] = softly_missed;
    row[MOST_FOUND] = found;
    row[WORDS_MISSED] = asked->words ? (float)((double)count / (double)asked->words) : 0;
    row[LENGTH] = (float)length;
}

/* Puts in a column how many rows have a higher value in another; equal values keep their order. */
static void rank(float *rows, int64_t count, int64_t width, int64_t of, int64_t to)
{
    for (int64_t one = 0; one < count; one++) {
        const float value = rows[one * width + of];
        int64_t above = 0;
        for (int64_t other = 0; other < count; other++)
            above += rows[other * width + of] > value || (other < one && rows[other * width + of] == value);
        rows[one * width + to] = (float)above;
    }
}

/* Puts in a column how far another is below its highest value. */
static void below_best(float *rows, int64_t count, int64_t width, int64_t of, int64_t to)
{
    float best = rows[of];
    for (int64_t row = 1; row < count; row++)
        best = larger(best, rows[row * width + of]);
    for (int64_t row = 0; row < count; row++)
        rows[row * width + to] = rows[row * width + of] - best;
}

/* The columns of which there is also how far they are below the best, and the rank. */
typedef struct {
    int64_t relative_count, ranked_count;
    const int64_t *relative, *ranked;
} Columns;

static int64_t width_of(const Asked *asked, const Columns *columns)
{
    return OF_MATCH + asked->told_count + columns->relative_count + columns->ranked_count;
}

/* All columns (texts, width): those above, those of the question, and `columns`. Scores are (3, texts): lexical, dense,
 * fused. */
int ranking_columns(const Asked *asked, const Match *match, const float *scores, const Columns *columns, float *rows)
{
    const int64_t texts = match->texts, segments = match->bounds[texts];
    const int64_t width = width_of(asked, columns);
    float *mass = malloc(sizeof *mass * 3 * (size_t)(segments + 1)); /* of every segment, and two more such rows */
    if (!mass)
        return NO_MEMORY;
    float *likely = mass + segments, *both = likely + segments;
    for (int64_t segment = 0; segment < segments; segment++) {
        mass[segment] = weigh(asked, match->hard + segment * match->lanes);
        likely[segment] = weigh(asked, match->soft + segment * match->lanes);
        both[segment] = mass[segment] + match->cosine[segment];
    }
    float best_lexical = 1e-6f;
    for (int64_t text = 0; text < texts; text++)
        best_lexical = larger(best_lexical, scores[text]);
    for (int64_t text = 0; text < texts; text++) {
        float *row = rows + text * width;
        row[LEXICAL_SHARE] = scores[text]; /* until it is ranked: a share may be equal where the score is not */
        row[DENSE] = scores[texts + text];
        row[FUSED] = scores[2 * texts + text];
        sentence_columns(asked, match, text, mass, likely, both, row);
        text_columns(asked, match, text, row);
        memcpy(row + OF_MATCH, asked->told, sizeof *asked->told * (size_t)asked->told_count);
    }
    free(mass);
    rank(rows, texts, width, LEXICAL_SHARE, LEXICAL_RANK);
    rank(rows, texts, width, DENSE, DENSE_RANK);
    rank(rows, texts, width, FUSED, FUSED_RANK);
    for (int64_t text = 0; text < texts; text++)
        rows[text * width + LEXICAL_SHARE] /= best_lexical;
    below_best(rows, texts, width, DENSE, DENSE_BELOW_BEST);
    int64_t to = OF_MATCH + asked->told_count;
    for (int64_t i = 0; i < columns->relative_count; i++)
        below_best(rows, texts, width, columns->relative[i], to++);
    for (int64_t i = 0; i < columns->ranked_count; i++)
        rank(rows, texts, width, columns->ranked[i], to++);
    return DONE;
}

/* How many columns are worked out here; the caller has as many names. */
int64_t ranking_columns_of_match(void) { return OF_MATCH; }

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

/* How many thresholds (rising, the lower half of each split) are below a value; there is at least one. */
static int64_t below(const uint64_t *splits, int64_t count, uint32_t value)
{
    const uint64_t *first = splits;
    for (; count > 1; count -= count / 2)
        first += (uint32_t)first[count / 2 - 1] < value ? count / 2 : 0;
    return first - splits + ((uint32_t)*first < value);
}

/* rag.native.Trees: inner nodes come before their children, and leaves after all of them. */
typedef struct {
    int64_t features, nodes, leaves, roots;
    const uint64_t *splits; /* rising: feature, and threshold as `sortable` */
    const int64_t *bounds;  /* (features + 1,): where the splits of each feature begin */
    const int32_t *split;   /* (nodes,) */
    const int32_t *children; /* (nodes, 2): left and right */
    const double *values;   /* (leaves,) */
    double constant;
} Trees;

/* Which of up to 64 rows go left at each split: at the first threshold that is not below a value, and at all after. */
static void go_left(const Trees *trees, const float *rows, int64_t count, uint64_t *left)
{
    memset(left, 0, sizeof *left * (size_t)trees->bounds[trees->features]);
    for (int64_t feature = 0; feature < trees->features; feature++) {
        const int64_t first = trees->bounds[feature], end = trees->bounds[feature + 1];
        if (first == end)
            continue;
        for (int64_t row = 0; row < count; row++) {
            const uint32_t value = sortable(rows[row * trees->features + feature]);
            const int64_t at = first + below(trees->splits + first, end - first, value);
            if (at < end)
                left[at] |= 1ull << row;
        }
        for (int64_t at = first + 1; at < end; at++)
            left[at] |= left[at - 1];
    }
}

/* The sum of the trees' leaves for each row (count, features): Lucchese and others 2015, "QuickScorer". Every word says
 * for which of 64 rows a thing holds. */
int trees_predict(const Trees *trees, const float *rows, int64_t count, double *sums)
{
    const int64_t splits = trees->bounds[trees->features];
    uint64_t *left = malloc(sizeof *left * (size_t)(splits + trees->nodes + trees->leaves + 1));
    if (!left)
        return NO_MEMORY;
    uint64_t *here = left + splits;
    for (int64_t begin = 0; begin < count; begin += ROWS) {
        const int64_t size = count - begin < ROWS ? count - begin : ROWS;
        go_left(trees, rows + begin * trees->features, size, left);
        for (int64_t node = 0; node < trees->roots; node++)
            here[node] = size == ROWS ? ~0ull : (1ull << size) - 1;
        for (int64_t node = 0; node < trees->nodes; node++) {
            const uint64_t to_left = here[node] & left[trees->split[node]];
            here[trees->children[2 * node]] = to_left;
            here[trees->children[2 * node + 1]] = here[node] ^ to_left;
        }
        double *sum = sums + begin;
        for (int64_t row = 0; row < size; row++)
            sum[row] = trees->constant;
        for (int64_t leaf = 0; leaf < trees->leaves; leaf++)
            for (uint64_t ending = here[trees->nodes + leaf]; ending; ending &= ending - 1)
                sum[__builtin_ctzll(ending)] += trees->values[leaf];
    }
    free(left);
    return DONE;
}

/* ---- all of it */

/* What a ranking is made of: the encoder's rows of pieces (pieces, dim), what its columns are, and its trees. */
typedef struct {
    const float *table;
    int64_t pieces, dim;
    Columns columns;
    Trees trees;
} Ranking;

/* The sum of the trees' leaves for each passage at these places, with their scores (3, count): texts_gather,
 * match_texts, ranking_columns and trees_predict, one after another. */
int rank_passages(const Ranking *ranking, const Asked *asked, const Stored *stored, const Vocabulary *vocabulary,
                  const int64_t *places, int64_t count, const float *scores, double *sums)
{
    int64_t words = 0, segments = 0;
    for (int64_t i = 0; i < count; i++) {
        words += number(&stored->first_word, places[i] + 1) - number(&stored->first_word, places[i]);
        segments += number(&stored->first_segment, places[i] + 1) - number(&stored->first_segment, places[i]);
    }
    if (ranking->trees.features != width_of(asked, &ranking->columns) || words < 0 || segments < 0 || words > stored->commons * count || segments > stored->segments * count)
        return OUT_OF_BOUNDS;
    const size_t wide = (size_t)asked->lanes, most = (size_t)segments + 1, texts_count = (size_t)count + 1;
    int64_t *numbers = malloc(sizeof *numbers * ((size_t)words + 2 * most + texts_count));
    float *reals = calloc(2 * most * (wide + 1) + texts_count * (wide + 1 + (size_t)width_of(asked, &ranking->columns)),
                          sizeof *reals);
    uint8_t *offers = malloc(most);
    int done = NO_MEMORY;
    if (!numbers || !reals || !offers)
        goto end;

    int64_t *ids = numbers, *starts = ids + words, *lengths = starts + most, *bounds = lengths + most;
    float *norms = reals, *cosine = norms + most, *hard = cosine + most, *soft = hard + most * wide;
    float *pairs = soft + most * wide, *frequency = pairs + texts_count, *rows = frequency + texts_count * wide;
    done = texts_gather(stored, places, count, words, segments, ids, starts, norms, offers, bounds);
    if (done != DONE)
        goto end;
    const Texts texts = {words, segments, count, ids, starts, bounds, norms, offers};
    done = match_texts(asked, &texts, vocabulary, ranking->table, ranking->pieces, ranking->dim, hard, soft, cosine,
                       pairs, frequency);
    if (done != DONE)
        goto end;
    for (int64_t i = 0; i < segments; i++)
        lengths[i] = (i + 1 < segments ? starts[i + 1] : words) - starts[i];
    const Match match = {count, asked->lanes, bounds, lengths, hard, soft, cosine, offers, pairs, frequency};
    done = ranking_columns(asked, &match, scores, &ranking->columns, rows);
    if (done == DONE)
        done = trees_predict(&ranking->trees, rows, count, sums);
end:
    free(numbers);
    free(reals);
    free(offers);
    return done;
}
