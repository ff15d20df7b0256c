/* Ranking texts by how they match a question: what rag/ranking.py and rag/trees.py do with numpy. Those are the
 * reference, and say why things are as they are; a test holds both equal.
 *
 * Called from rag/native/__init__.py, which sees to types and sizes. Nothing here keeps anything between calls, so
 * several threads may call at once. Sums are added in one order whatever the processor: the same numbers everywhere. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "matching.h"

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

/* Puts in a column how many rows have a higher value in another; equal values keep their order. `values` is room for
 * one of each row: side by side they are compared several at once. */
CLONES
static void rank(float *rows, int64_t count, int64_t width, int64_t of, int64_t to, float *restrict values)
{
    for (int64_t row = 0; row < count; row++)
        values[row] = rows[row * width + of];
    for (int64_t one = 0; one < count; one++) {
        const float value = values[one];
        int32_t above = 0;
        for (int64_t other = 0; other < one; other++)
            above += values[other] >= value;
        for (int64_t other = one + 1; other < count; other++)
            above += values[other] > value;
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
    float *mass = malloc(sizeof *mass * (3 * (size_t)segments + (size_t)texts + 1)); /* of every segment */
    if (!mass)
        return NO_MEMORY;
    float *likely = mass + segments, *both = likely + segments, *room = both + segments;
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
    rank(rows, texts, width, LEXICAL_SHARE, LEXICAL_RANK, room);
    rank(rows, texts, width, DENSE, DENSE_RANK, room);
    rank(rows, texts, width, FUSED, FUSED_RANK, room);
    for (int64_t text = 0; text < texts; text++)
        rows[text * width + LEXICAL_SHARE] /= best_lexical;
    below_best(rows, texts, width, DENSE, DENSE_BELOW_BEST);
    int64_t to = OF_MATCH + asked->told_count;
    for (int64_t i = 0; i < columns->relative_count; i++)
        below_best(rows, texts, width, columns->relative[i], to++);
    for (int64_t i = 0; i < columns->ranked_count; i++)
        rank(rows, texts, width, columns->ranked[i], to++, room);
    free(mass);
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
    uint64_t *left = malloc(sizeof *left * (size_t)(splits + trees->nodes + 2 * trees->leaves + 1));
    if (!left)
        return NO_MEMORY;
    uint64_t *here = left + splits, *there = here + trees->nodes, *used = there + trees->leaves; /* there: of leaves */
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
        int64_t ends = 0; /* the leaves where some row ends, a third of them in large trees */
        for (int64_t leaf = 0; leaf < trees->leaves; leaf++) {
            used[ends] = (uint64_t)leaf;
            ends += there[leaf] != 0;
        }
        for (int64_t i = 0; i < ends; i++)
            for (uint64_t ending = there[used[i]]; ending; ending &= ending - 1)
                sum[__builtin_ctzll(ending)] += trees->values[used[i]];
    }
    free(left);
    return DONE;
}

/* ---- all of it */

/* What a ranking is made of: the encoder's rows of pieces, what its columns are, and its trees. */
typedef struct {
    Table table;
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
    if (ranking->trees.features != width_of(asked, &ranking->columns) || words < 0 || segments < 0 ||
        words > stored->commons * count || segments > stored->segments * count)
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
    done = match_texts(asked, &texts, vocabulary, &ranking->table, hard, soft, cosine, pairs, frequency);
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
