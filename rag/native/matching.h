/* What matching.c hands to ranking.c, and both get from rag/native/structures.py. */

#include "kernel.h"

/* Asks for a number that will be wanted soon: what is read lies all over a large index, and waiting takes longest. */
static inline void fetch(const Column *column, int64_t row) { __builtin_prefetch(column->first + row * column->step); }

static inline float real(const Column *column, int64_t row)
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

static inline float larger(float one, float other) { return one > other ? one : other; }
static inline float smaller(float one, float other) { return one < other ? one : other; }

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

/* rag.native.Table: the encoder's row of each piece; as whole numbers of 8 bits with a weight, or else as floats. */
typedef struct {
    const int8_t *codes; /* (pieces, dim), or NULL */
    const float *reals;  /* (pieces,): the weights; without codes (pieces, dim) */
    int64_t pieces, dim;
} Table;

int texts_gather(const Stored *stored, const int64_t *places, int64_t count, int64_t words, int64_t segments,
                 int64_t *ids, int64_t *starts, float *norms, uint8_t *offers, int64_t *bounds);
int match_texts(const Asked *asked, const Texts *texts, const Vocabulary *vocabulary, const Table *table, float *hard,
                float *soft, float *cosine, float *pairs, float *frequency);
