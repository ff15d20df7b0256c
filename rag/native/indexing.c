/* What indexing does with every word of every text: cutting texts into sentences and words (rag/sentences.py), giving
 * words numbers, and working out new words (rag/dutch.py, rag/embeddings.py). Those modules are the reference: a test
 * holds both equal. Called from rag/native/indexing.py, which sees to types and sizes.
 *
 * A text is an array of code points, so that places in it are those that Python has. Only the characters of Dutch text
 * are known here, see ``sort_of``: a text with any other goes back to Python, which knows all of Unicode. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

typedef uint32_t Letter;

/* ---- tables: strings of letters ↔ numbers from 0, in order of appearance */

typedef struct {
    uint32_t next; /* the number of a string + 1; 0: free */
    uint32_t mark; /* half of its hash, so that the string itself is seldom looked at in vain */
} Slot;

typedef struct {
    Letter *letters; /* of all strings, one after another */
    int64_t *ends;   /* (count + 1,): where each ends; the first is 0 */
    uint64_t *keys;  /* (count,): their hashes */
    Slot *slots;     /* (room,): of the strings whose hash leads here, or to a place before it */
    int64_t count, room, letters_room, strings_room;
} Table;

enum { FIRST_ROOM = 1 << 12 };

static void *grown(void *old, size_t size)
{
    void *found = realloc(old, size ? size : 1);
    if (!found)
        abort(); /* as Python does when it cannot go on: there is no memory left for a message either */
    return found;
}

static void table_open(Table *table)
{
    memset(table, 0, sizeof *table);
    table->room = FIRST_ROOM;
    table->slots = calloc((size_t)table->room, sizeof *table->slots);
    table->ends = grown(NULL, sizeof *table->ends);
    if (!table->slots)
        abort();
    table->ends[0] = 0;
}

static void table_close(Table *table)
{
    free(table->letters);
    free(table->ends);
    free(table->keys);
    free(table->slots);
}

/* A hash that can be made letter by letter, and its last touch (xxHash's and MurmurHash's mixers). */
static const uint64_t SEED = 0x9E3779B97F4A7C15u;

static inline uint64_t with_letter(uint64_t hash, Letter letter) { return (hash ^ letter) * 0x100000001B3u; }

static inline uint64_t mixed(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= 0xFF51AFD7ED558CCDu;
    return hash ^ hash >> 32;
}

static void table_widen(Table *table)
{
    const int64_t room = 2 * table->room;
    Slot *slots = calloc((size_t)room, sizeof *slots);
    if (!slots)
        abort();
    for (int64_t number = 0; number < table->count; number++) {
        int64_t at = (int64_t)(table->keys[number] & (uint64_t)(room - 1));
        while (slots[at].next)
            at = (at + 1) & (room - 1);
        slots[at] = (Slot){(uint32_t)number + 1, (uint32_t)(table->keys[number] >> 32)};
    }
    free(table->slots);
    table->slots = slots;
    table->room = room;
}

/* The slot of a string: that of its number + 1, or the free one where it belongs. */
static int64_t table_slot(const Table *table, const Letter *string, int64_t size, uint64_t key)
{
    int64_t at = (int64_t)(key & (uint64_t)(table->room - 1));
    for (; table->slots[at].next; at = (at + 1) & (table->room - 1)) {
        if (table->slots[at].mark != (uint32_t)(key >> 32))
            continue;
        const int64_t number = table->slots[at].next - 1, begin = table->ends[number];
        if (table->ends[number + 1] - begin == size &&
            !memcmp(table->letters + begin, string, sizeof *string * (size_t)size))
            break;
    }
    return at;
}

/* The number of a string with this hash, -1 when it has none. */
static int32_t table_find(const Table *table, const Letter *string, int64_t size, uint64_t hash)
{
    return (int32_t)table->slots[table_slot(table, string, size, mixed(hash))].next - 1;
}

/* The number of a string with this hash; a new one gets the next. */
static int32_t table_number(Table *table, const Letter *string, int64_t size, uint64_t hash)
{
    const uint64_t key = mixed(hash);
    int64_t at = table_slot(table, string, size, key);
    if (table->slots[at].next)
        return (int32_t)table->slots[at].next - 1;
    if (2 * table->count >= table->room) {
        table_widen(table);
        at = table_slot(table, string, size, key);
    }
    const int64_t begin = table->ends[table->count];
    if (begin + size > table->letters_room) {
        table->letters_room = 2 * (begin + size);
        table->letters = grown(table->letters, sizeof *table->letters * (size_t)table->letters_room);
    }
    if (table->count + 1 >= table->strings_room) {
        table->strings_room = 2 * table->strings_room + FIRST_ROOM;
        table->ends = grown(table->ends, sizeof *table->ends * (size_t)(table->strings_room + 1));
        table->keys = grown(table->keys, sizeof *table->keys * (size_t)table->strings_room);
    }
    memcpy(table->letters + begin, string, sizeof *string * (size_t)size);
    table->keys[table->count] = key;
    table->ends[++table->count] = begin + size;
    table->slots[at] = (Slot){(uint32_t)table->count, (uint32_t)(key >> 32)};
    return (int32_t)table->count - 1;
}

static uint64_t hash_of(const Letter *string, int64_t size)
{
    uint64_t hash = SEED;
    for (int64_t i = 0; i < size; i++)
        hash = with_letter(hash, string[i]);
    return hash;
}

Table *table_new(void)
{
    Table *table = grown(NULL, sizeof *table);
    table_open(table);
    return table;
}

void table_free(Table *table)
{
    table_close(table);
    free(table);
}

/* The numbers of strings, a line end after each; new ones get the next. */
void table_numbers(Table *table, const Letter *lines, int64_t size, int64_t *numbers)
{
    for (int64_t begin = 0, end; begin < size; begin = end + 1) {
        uint64_t hash = SEED;
        for (end = begin; lines[end] != '\n'; end++)
            hash = with_letter(hash, lines[end]);
        *numbers++ = table_number(table, lines + begin, end - begin, hash);
    }
}

int64_t table_count(const Table *table) { return table->count; }

/* How many letters these strings have. */
int64_t table_size(const Table *table, const int64_t *numbers, int64_t count)
{
    int64_t size = 0;
    for (int64_t i = 0; i < count; i++)
        size += table->ends[numbers[i] + 1] - table->ends[numbers[i]];
    return size;
}

/* These strings, a line end after each: into room for their letters and as many again as there are strings. */
void table_lines(const Table *table, const int64_t *numbers, int64_t count, Letter *lines)
{
    for (int64_t i = 0; i < count; i++) {
        const int64_t begin = table->ends[numbers[i]], size = table->ends[numbers[i] + 1] - begin;
        memcpy(lines, table->letters + begin, sizeof *lines * (size_t)size);
        lines[size] = '\n';
        lines += size + 1;
    }
}

/* ---- letters */

enum { SPACE = 1, LETTER = 2, SMALL = 4, CAPITAL = 8, DIGIT = 16, MARK = 32, KNOWN = 64 };

/* What a code point is to Python's str methods and re; 0 for one that Python must look at itself. */
static int worked_out_sort(Letter c)
{
    if (c == '.' || c == '!' || c == '?' || c == 0x2026)
        return KNOWN | MARK; /* that may end a sentence */
    if (c < 0x80) {
        if (c >= 'a' && c <= 'z')
            return KNOWN | LETTER | SMALL;
        if (c >= 'A' && c <= 'Z')
            return KNOWN | LETTER | CAPITAL;
        if (c >= '0' && c <= '9')
            return KNOWN | DIGIT;
        return KNOWN | ((c >= 9 && c <= 13) || (c >= 28 && c <= 32) ? SPACE : 0);
    }
    if (c < 0x100) {
        if (c == 0x85 || c == 0xA0)
            return KNOWN | SPACE;
        if (c == 0xAA || c == 0xB2 || c == 0xB3 || c == 0xB5 || (c >= 0xB9 && c <= 0xBE && c != 0xBB))
            return 0; /* ª ² ³ µ ¹ º ¼ ½ ¾: letters and figures to some functions and not to others */
        if (c < 0xC0 || c == 0xD7 || c == 0xF7)
            return KNOWN;
        return KNOWN | LETTER | (c < 0xDF ? CAPITAL : SMALL);
    }
    /* Quotes, dashes, bullets and dots, the euro and other currencies; arrows, signs of mathematics, and shapes. */
    return (c >= 0x2010 && c <= 0x2027) || (c >= 0x2030 && c <= 0x203E) || (c >= 0x20A0 && c <= 0x20BF) ||
                   (c >= 0x2190 && c <= 0x22FF) || (c >= 0x25A0 && c <= 0x25FF)
               ? KNOWN
               : 0;
}

static uint8_t sorts[0x100]; /* of the usual letters; filled when a cutter is made, always the same */

static inline int sort_of(Letter c) { return c < 0x100 ? sorts[c] : worked_out_sort(c); }

static void fill_sorts(void)
{
    for (Letter c = 0; c < 0x100; c++)
        sorts[c] = (uint8_t)worked_out_sort(c);
}

/* As ``str.isspace``, for every code point. */
static inline int is_space(Letter c)
{
    if (c < 0x100)
        return sorts[c] & SPACE;
    return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

static inline int is_a(Letter c, int sort) { return (sort_of(c) & sort) != 0; }

static inline Letter lowered(Letter c) { return is_a(c, CAPITAL) ? c + 32 : c; }

static inline int is_digit(Letter c) { return c >= '0' && c <= '9'; }

static int is_one_of(Letter c, const Letter *some)
{
    while (*some && *some != c)
        some++;
    return *some != 0;
}

/* ---- sentences (rag/sentences.py) */

static const Letter CLOSERS[] = {0xBB, 0x201D, 0x2019, '"', '\'', ')', ']', 0};
static const Letter OPENERS[] = {0xAB, 0x201C, 0x2018, 0x201E, '"', '\'', '(', '[', 0};
static const Letter DASHES[] = {'-', 0x2013, 0x2014, 0x2022, 0};

enum { LONGEST_WORD = 30, LOOKED_AHEAD = 60 }; /* characters before and after a full stop that are looked at */

/* What Python's lists say of a word, in lower case. */
enum { GOES_ON = 1, CAN_END = 2, DAY_OR_MONTH = 4, BEGINNER = 8, NO_NAME_PART = 16, LABELLED = 32 };

typedef struct {
    const Letter *text;
    int64_t begin, end;
} Piece;

typedef struct {
    Table table;
    int32_t *kinds; /* of each word of the table */
} Lists;

static int kinds_of(const Lists *lists, Piece word)
{
    Letter low[LOOKED_AHEAD];
    const int64_t size = word.end - word.begin;
    if (size > LOOKED_AHEAD)
        return 0;
    for (int64_t i = 0; i < size; i++)
        low[i] = lowered(word.text[word.begin + i]);
    const int32_t number = table_find(&lists->table, low, size, hash_of(low, size));
    return number < 0 ? 0 : lists->kinds[number];
}

/* Whether a text goes on with these letters. */
static int has(const Letter *text, int64_t at, int64_t end, const char *letters)
{
    for (; *letters; letters++, at++)
        if (at >= end || text[at] != (Letter)*letters)
            return 0;
    return 1;
}

/* Whether a sentence can begin here. */
static int can_begin(const Letter *text, int64_t at, int64_t end)
{
    if (at + 1 < end && is_one_of(text[at], DASHES) && is_space(text[at + 1]))
        at += 2;
    while (at < end && is_one_of(text[at], OPENERS))
        at++;
    if (at >= end)
        return 0;
    const Letter c = text[at];
    if (is_a(c, CAPITAL | DIGIT) || c == 0x20AC || c == '$' || c == 0xA7 || c == '#')
        return 1;
    if (c == 0x2019 && at + 3 < end && text[at + 1] < 0x80 && strchr("stkmn", (int)text[at + 1]) &&
        is_space(text[at + 2]) && text[at + 3] >= 'A' && text[at + 3] <= 'Z')
        return 1;
    return has(text, at, end, "http://") || has(text, at, end, "https://") || has(text, at, end, "www.");
}

/* Where the mark at ``at`` ends with what closes behind it, when a sentence may end there; else 0. */
static int64_t candidate_end(const Letter *text, int64_t at, int64_t end)
{
    int64_t marks = at + 1, close, next;
    while (marks < end && is_a(text[marks], MARK))
        marks++;
    for (close = marks; close < end && is_one_of(text[close], CLOSERS);)
        close++;
    for (next = close; next < end && is_space(text[next]);)
        next++;
    if (next > close && can_begin(text, next, end))
        return close;
    /* A space was forgotten: "voorkomen.Daarnaast is". */
    if (marks > at + 1 || text[at] == 0x2026 || at < 3 || marks >= end || text[marks] < 'A' || text[marks] > 'Z')
        return 0;
    for (int64_t i = at - 3; i < at; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 0xE0 && text[i] <= 0xFF) || text[i] == ')'))
            return 0;
    for (next = marks + 1; next < end && text[next] >= 'a' && text[next] <= 'z';)
        next++;
    return next > marks + 1 && next < end && (text[next] == ' ' || text[next] == ',') ? marks : 0;
}

/* The word after a candidate: its letters, else one character. */
static Piece next_word(const Letter *text, int64_t at, int64_t size)
{
    const int64_t end = at + LOOKED_AHEAD < size ? at + LOOKED_AHEAD : size;
    while (at < end && is_space(text[at]))
        at++;
    while (at < end && (is_one_of(text[at], OPENERS) || is_one_of(text[at], DASHES) || text[at] == ' '))
        at++;
    Piece word = {text, at, at};
    while (word.end < end && is_a(text[word.end], LETTER))
        word.end++;
    if (word.end == at && at < end)
        word.end++;
    return word;
}

/* "1", "(a", "iv.2": what a list item begins with. */
static int is_item_label(Piece word)
{
    const Letter *text = word.text;
    int64_t at = word.begin, first;
    if (at < word.end && (text[at] == '(' || text[at] == '['))
        at++;
    for (first = at; at < word.end && is_digit(text[at]);)
        at++;
    if (at > first + 3)
        return 0;
    if (at == first) {
        while (at < word.end && text[at] < 0x80 && text[at] && strchr("ivxlIVXL", (int)text[at]))
            at++;
        if (at > first + 5)
            return 0;
        if (at == first && at < word.end && text[at] < 0x80 && is_a(text[at], LETTER))
            at++;
        if (at == first)
            return 0;
    }
    while (at < word.end) {
        if (text[at] != '.' || at + 1 >= word.end || !is_digit(text[at + 1]))
            return 0;
        at += at + 2 < word.end && is_digit(text[at + 2]) ? 3 : 2;
    }
    return 1;
}

/* "A", "A.B", "J.Th": initials. */
static int is_initials(Piece word)
{
    static const char *const LONGER[] = {"Th", "Ch", "Ph", "Fr", "Chr", "Joh", "IJ"};
    for (int64_t at = word.begin, end; at <= word.end; at = end + 1) {
        for (end = at; end < word.end && word.text[end] != '.';)
            end++;
        int found = end == at + 1 && is_a(word.text[at], CAPITAL);
        for (size_t i = 0; i < sizeof LONGER / sizeof *LONGER && !found; i++)
            found = end - at == (int64_t)strlen(LONGER[i]) && has(word.text, at, end, LONGER[i]);
        if (!found)
            return 0;
    }
    return 1;
}

/* "d.m.v", "a.b": letters and full stops by turns. */
static int is_dotted(Piece word)
{
    const int64_t size = word.end - word.begin;
    for (int64_t i = 0; i < size; i++)
        if (i % 2 ? word.text[word.begin + i] != '.' : !is_a(word.text[word.begin + i], LETTER))
            return 0;
    return size > 2 && size % 2;
}

static int all_digits(Piece word)
{
    for (int64_t i = word.begin; i < word.end; i++)
        if (!is_digit(word.text[i]))
            return 0;
    return word.end > word.begin;
}

/* Whether a sentence ends at the full stop after a word; ``first``: the sentence has no word before it. */
static int ends_at_full_stop(const Lists *lists, Piece word, Piece previous, int first, Piece next)
{
    if (first && is_item_label(word))
        return 0; /* "1. Is het college …" is one sentence */
    Piece bare = word;
    while (bare.begin < bare.end && is_one_of(bare.text[bare.begin], OPENERS))
        bare.begin++;
    if (all_digits(bare) || (bare.end == bare.begin + 1 && bare.text[bare.begin] == 'p'))
        return bare.end - bare.begin > 2 || !all_digits(next);
    const int kinds = kinds_of(lists, bare);
    if (kinds & CAN_END)
        return (kinds_of(lists, next) & BEGINNER) != 0;
    if (is_initials(bare))
        return (kinds_of(lists, previous) & LABELLED) || (kinds_of(lists, next) & NO_NAME_PART);
    if (kinds & DAY_OR_MONTH)
        return !all_digits(next) && !(previous.end > previous.begin && is_digit(previous.text[previous.end - 1]));
    return !(kinds & GOES_ON) && !is_dotted(bare);
}

/* The last word before ``end``, not looking before ``begin``. */
static Piece word_before(const Letter *text, int64_t begin, int64_t end)
{
    while (end > begin && is_space(text[end - 1]))
        end--;
    Piece word = {text, end, end};
    while (word.begin > begin && !is_space(text[word.begin - 1]))
        word.begin--;
    return word;
}

/* Whether a sentence that begins at ``begin`` ends at the mark at ``at``; ``close``: where the mark ends. */
static int is_end(const Lists *lists, const Letter *text, int64_t size, int64_t begin, int64_t at, int64_t close)
{
    const int64_t from = begin > at - LONGEST_WORD ? begin : at - LONGEST_WORD;
    const Piece word = word_before(text, from, at);
    if (word.begin == word.end)
        return 0;
    if (text[at] == '?' || text[at] == '!')
        return 1;
    if (text[at] == 0x2026 || text[at + 1] == '.')
        return word.end > word.begin + 1 || (text[word.begin] != '(' && text[word.begin] != '[');
    const Piece previous = word_before(text, from, word.begin);
    int first = previous.begin == previous.end;
    for (int64_t i = begin; i < at - (word.end - word.begin) && first; i++)
        first = is_space(text[i]);
    return ends_at_full_stop(lists, word, previous, first, next_word(text, close, size));
}

/* ---- batches: texts as numbers of words */

typedef struct {
    int64_t *values;
    int64_t count, room;
} Longs;

static void longs_add(Longs *longs, int64_t value)
{
    if (longs->count == longs->room) {
        longs->room = 2 * longs->room + FIRST_ROOM;
        longs->values = grown(longs->values, sizeof *longs->values * (size_t)longs->room);
    }
    longs->values[longs->count++] = value;
}

typedef struct {
    int64_t word_count, sentence_count; /* that were put in; Python looks here */
    Table words, tokens; /* between white space, and raw: rag.dutch.tokens */
    Longs batch;         /* numbers of the words that were put in */
    Longs sentences;     /* five of each: its words in the batch from and up to, its letters in its text from and up to,
                            and its signs */
    Longs bounds;        /* of the sentences of the text at hand, in the text */
    Lists lists;
} Cutter;

Cutter *cutter_new(void)
{
    fill_sorts();
    Cutter *cutter = grown(NULL, sizeof *cutter);
    memset(cutter, 0, sizeof *cutter);
    table_open(&cutter->words);
    table_open(&cutter->tokens);
    table_open(&cutter->lists.table);
    return cutter;
}

void cutter_free(Cutter *cutter)
{
    table_close(&cutter->words);
    table_close(&cutter->tokens);
    table_close(&cutter->lists.table);
    free(cutter->lists.kinds);
    free(cutter->batch.values);
    free(cutter->sentences.values);
    free(cutter->bounds.values);
    free(cutter);
}

/* What Python's lists say of words, which stand between spaces. */
void cutter_list(Cutter *cutter, const Letter *words, int64_t size, int32_t kind)
{
    Lists *lists = &cutter->lists;
    for (int64_t begin = 0, end; begin < size; begin = end + 1) {
        for (end = begin; end < size && words[end] != ' ';)
            end++;
        const int64_t known = lists->table.count;
        const int32_t number = table_number(&lists->table, words + begin, end - begin, hash_of(words + begin, end - begin));
        lists->kinds = grown(lists->kinds, sizeof *lists->kinds * (size_t)lists->table.count);
        if (number == known)
            lists->kinds[number] = 0;
        lists->kinds[number] |= kind;
    }
}

Table *cutter_words(Cutter *cutter) { return &cutter->words; }

Table *cutter_raw(Cutter *cutter) { return &cutter->tokens; }

/* Put in the words between white space. */
static void put(Cutter *cutter, const Letter *text, int64_t at, int64_t end)
{
    while (at < end) {
        const int64_t begin = at;
        uint64_t hash = SEED;
        for (; at < end && !is_space(text[at]); at++)
            hash = with_letter(hash, text[at]);
        if (at > begin)
            longs_add(&cutter->batch, table_number(&cutter->words, text + begin, at - begin, hash));
        at++;
    }
    cutter->word_count = cutter->batch.count;
}

/* Put a text in. */
void cutter_put(Cutter *cutter, const Letter *text, int64_t size) { put(cutter, text, 0, size); }

/* Make words that were put in a sentence, of these letters of its text, with these signs. */
void cutter_sentence(Cutter *cutter, int64_t begin, int64_t end, int64_t start, int64_t stop, int64_t signs)
{
    longs_add(&cutter->sentences, begin);
    longs_add(&cutter->sentences, end);
    longs_add(&cutter->sentences, start);
    longs_add(&cutter->sentences, stop);
    longs_add(&cutter->sentences, signs);
    cutter->sentence_count++;
}

/* Whether Python must cut a text: for a letter that is not known here, or numbers that white space may part. */
static int is_for_python(const Letter *text, int64_t size)
{
    for (int64_t i = 0; i < size; i++) {
        if (!sort_of(text[i]))
            return 1;
        if (!is_digit(text[i]) || i < 2 || !is_space(text[i - 1]) || i + 2 >= size || !is_digit(text[i + 1]) ||
            !is_digit(text[i + 2]))
            continue;
        const int longer = i + 3 < size && is_digit(text[i + 3]);
        if (longer ? i > 3 && lowered(text[i - 2]) == 's' && lowered(text[i - 4]) == 'r' : is_digit(text[i - 2]))
            return 1;
    }
    return 0;
}

static void add_bounds(Cutter *cutter, int64_t begin, int64_t end)
{
    longs_add(&cutter->bounds, begin);
    longs_add(&cutter->bounds, end);
}

/* The usual case at once: before the mark stands a word of small letters that is no abbreviation, and not the first. */
static int is_plain(const Lists *lists, const Letter *text, int64_t begin, int64_t at)
{
    const int64_t from = begin > at - LONGEST_WORD ? begin : at - LONGEST_WORD;
    Piece word = {text, at, at};
    while (word.begin > from && is_a(text[word.begin - 1], SMALL))
        word.begin--;
    const int64_t space = word.begin - 1;
    return space > begin && space >= from && text[space] == ' ' && at - word.begin > 1 &&
           !(kinds_of(lists, word) & (GOES_ON | CAN_END));
}

/* Note the sentences of one line but the last; gives where that begins. */
static int64_t cut_line(Cutter *cutter, const Letter *text, int64_t size, int64_t begin, int64_t end)
{
    for (int64_t at = begin; at < end;) {
        if (!is_a(text[at], MARK) || (at > 0 && is_a(text[at - 1], MARK))) {
            at++;
            continue;
        }
        const int64_t close = candidate_end(text, at, end);
        if (close && (is_plain(&cutter->lists, text, begin, at) ||
                      is_end(&cutter->lists, text, size, begin, at, close))) {
            while (is_space(text[begin]))
                begin++;
            add_bounds(cutter, begin, close);
            begin = close;
        }
        at = close ? close : at + 1;
    }
    return begin;
}

/* Whether a line holds " | ", which parts the cells of a row. */
static int is_row(const Letter *text, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i + 2 < end; i++)
        if (text[i + 1] == '|' && text[i] == ' ' && text[i + 2] == ' ')
            return 1;
    return 0;
}

/* Note the sentences of a text: ``rag.sentences.bounds_of``. */
static void cut(Cutter *cutter, const Letter *text, int64_t size)
{
    cutter->bounds.count = 0;
    for (int64_t line = 0, end; line < size; line = end + 1) {
        for (end = line; end < size && text[end] != '\n';)
            end++;
        int64_t begin = line, close = end;
        if (!is_row(text, begin, close))
            begin = cut_line(cutter, text, size, begin, close);
        while (begin < close && is_space(text[begin]))
            begin++;
        while (close > begin && is_space(text[close - 1]))
            close--;
        if (begin < close)
            add_bounds(cutter, begin, close);
    }
}

/* ---- signs of what a sentence offers (rag/asking.py) */

enum { NAMES_PERSON = 1, NAMES_PLACE = 2, IN_ORDER_TO = 4, WITH_HELP = 8, YES_OR_NO = 16 };

/* As \w of re. */
static inline int is_word_letter(Letter c) { return is_a(c, LETTER | DIGIT) || c == '_'; }

/* Whether a word of small letters, whatever its case, stands here as a whole. */
static int has_word(const Letter *text, int64_t at, int64_t end, const char *word)
{
    for (; *word; word++, at++)
        if (at >= end || (text[at] | (text[at] >= 'A' && text[at] <= 'Z' ? 32 : 0)) != (Letter)*word)
            return 0;
    return at >= end || !is_word_letter(text[at]);
}

static int begins_word(const Letter *text, int64_t begin, int64_t at)
{
    return at == begin || !is_word_letter(text[at - 1]);
}

/* "Anne de Wit": a capital at the beginning or after a small letter or comma and a space, and another one. */
static int names_person(const Letter *text, int64_t begin, int64_t at, int64_t end)
{
    static const char *const LINKS[] = {"van ", "de ", "der ", "den "};
    if (at > begin && !(at > begin + 1 && text[at - 1] == ' ' &&
                        ((text[at - 2] >= 'a' && text[at - 2] <= 'z') || text[at - 2] == ',')))
        return 0;
    int64_t next = at + 1;
    while (next < end && (is_word_letter(text[next]) || text[next] == '\'' || text[next] == 0x2019 || text[next] == '-'))
        next++;
    if (next == at + 1 || next >= end || text[next] != ' ')
        return 0;
    next++;
    for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS;)
        if (has(text, next, end, LINKS[i])) {
            next += (int64_t)strlen(LINKS[i]);
            i = 0;
        } else
            i++;
    return next < end && text[next] >= 'A' && text[next] <= 'Z';
}

/* "in Delft", "naar de Tweede": a capital after one of these words, with an article or not. */
static int names_place(const Letter *text, int64_t begin, int64_t at)
{
    static const char *const BEFORE[] = {"in ", "te ", "op ", "naar ", "bij "}, *const ARTICLES[] = {"", "de ", "het "};
    for (size_t i = 0; i < sizeof BEFORE / sizeof *BEFORE; i++)
        for (size_t j = 0; j < sizeof ARTICLES / sizeof *ARTICLES; j++) {
            const int64_t middle = at - (int64_t)strlen(ARTICLES[j]), first = middle - (int64_t)strlen(BEFORE[i]);
            if (first >= begin && has(text, middle, at, ARTICLES[j]) && has(text, first, middle, BEFORE[i]) &&
                begins_word(text, begin, first))
                return 1;
        }
    return 0;
}

static int says_yes_or_no(const Letter *text, int64_t begin, int64_t end)
{
    static const char *const WORDS[] = {"ja", "nee", "neen", "jawel", "inderdaad", "klopt", "niet"};
    int64_t at = begin;
    while (at < end && !is_word_letter(text[at]))
        at++;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (has_word(text, at, end, WORDS[i]))
            return 1;
    return (has_word(text, at, end, "dat") && at + 4 < end && text[at + 3] == ' ' && has_word(text, at + 4, end, "klopt")) ||
           (has_word(text, at, end, "nog") && at + 4 < end && text[at + 3] == ' ' && has_word(text, at + 4, end, "niet"));
}

/* The signs that a sentence has; its words tell the rest. */
static int64_t signs_of(const Letter *text, int64_t begin, int64_t end)
{
    int64_t signs = says_yes_or_no(text, begin, end) ? YES_OR_NO : 0;
    for (int64_t at = begin; at < end; at++) {
        const Letter c = text[at];
        if (c >= 'A' && c <= 'Z') {
            if (!(signs & NAMES_PERSON) && names_person(text, begin, at, end))
                signs |= NAMES_PERSON;
            if (!(signs & NAMES_PLACE) && names_place(text, begin, at))
                signs |= NAMES_PLACE;
        }
        if ((c == 'o' || c == 'O') && begins_word(text, begin, at) && has_word(text, at, end, "om") && at + 3 < end &&
            text[at + 2] == ' ' && has_word(text, at + 3, end, "te"))
            signs |= IN_ORDER_TO;
        if ((c == 'm' || c == 'M') && begins_word(text, begin, at) && has_word(text, at, end, "met") && at + 4 < end &&
            text[at + 3] == ' ' && has_word(text, at + 4, end, "behulp"))
            signs |= WITH_HELP;
    }
    return signs;
}

/* Put a text in with its sentences. Gives 0 when nothing was done and Python must: for its letters, or because a
 * sentence ends inside a word. */
int32_t cutter_sentences(Cutter *cutter, const Letter *text, int64_t size)
{
    if (is_for_python(text, size))
        return 0;
    cut(cutter, text, size);
    const Longs *bounds = &cutter->bounds;
    for (int64_t i = 0; i + 2 < bounds->count; i += 2)
        if (bounds->values[i + 1] == bounds->values[i + 2])
            return 0;
    for (int64_t i = 0; i < bounds->count; i += 2) {
        const int64_t before = cutter->batch.count, start = bounds->values[i], stop = bounds->values[i + 1];
        put(cutter, text, start, stop);
        cutter_sentence(cutter, before, cutter->batch.count, start, stop, signs_of(text, start, stop));
    }
    return 1;
}

/* The bounds of the sentences of a text alone, (2 * count,) in ``bounds`` with room for its size + 1; -1: for Python. */
int64_t cutter_bounds(Cutter *cutter, const Letter *text, int64_t size, int64_t *bounds)
{
    if (is_for_python(text, size))
        return -1;
    cut(cutter, text, size);
    memcpy(bounds, cutter->bounds.values, sizeof *bounds * (size_t)cutter->bounds.count);
    return cutter->bounds.count / 2;
}

/* The batch: numbers of words, and of each sentence the five of ``Cutter``. */
void cutter_batch(const Cutter *cutter, int64_t *words, int64_t *sentences)
{
    memcpy(words, cutter->batch.values, sizeof *words * (size_t)cutter->batch.count);
    memcpy(sentences, cutter->sentences.values, sizeof *sentences * (size_t)cutter->sentences.count);
}

/* Forget what was put in after so many words and sentences; words keep their numbers. */
void cutter_back(Cutter *cutter, int64_t words, int64_t sentences)
{
    cutter->batch.count = cutter->word_count = words;
    cutter->sentences.count = 5 * sentences;
    cutter->sentence_count = sentences;
}

/* ---- which words a document holds */

/* The distinct numbers with one of these bits, of documents: each is sizes[document] stretches of ``numbers``. Gives how
 * many there are together, and where those of each document end. ``seen`` is room, all zeros, for every number. */
int64_t distinct_of(const int32_t *numbers, const int64_t *begins, const int64_t *ends, const int64_t *sizes,
                    int64_t documents, const int32_t *bits, int32_t wanted, int32_t *seen, int32_t *found,
                    int64_t *document_ends)
{
    int64_t count = 0;
    for (int32_t document = 0; document < documents; document++) {
        for (int64_t stretch = 0; stretch < sizes[document]; stretch++, begins++, ends++)
            for (int64_t i = *begins; i < *ends; i++)
                if (bits[numbers[i]] & wanted && seen[numbers[i]] != document + 1) {
                    seen[numbers[i]] = document + 1;
                    found[count++] = numbers[i];
                }
        document_ends[document] = count;
    }
    return count;
}

/* ---- raw words (rag.dutch.tokens) */

enum { LONGEST_PLAIN = 100 }; /* letters of a word that is taken apart here */

/* Whether Python must take a word apart: when it is no printable ASCII, holds "[" (which may begin a special piece), or
 * may hold thousands ("5.000"). */
static int is_odd(const Letter *word, int64_t size)
{
    if (size > LONGEST_PLAIN)
        return 1;
    for (int64_t i = 0; i < size; i++) {
        if (word[i] <= ' ' || word[i] >= 0x7F || word[i] == '[')
            return 1;
        if (word[i] == '.' && i > 0 && i + 3 < size && is_digit(word[i - 1]) && is_digit(word[i + 1]) &&
            is_digit(word[i + 2]) && is_digit(word[i + 3]))
            return 1;
    }
    return 0;
}

static inline int is_alnum(Letter c) { return (c >= 'a' && c <= 'z') || is_digit(c); }

/* Of each word from one number up to another, whether Python must take it apart. */
void cutter_odd(const Cutter *cutter, int64_t from, int64_t to, uint8_t *odd)
{
    const Table *words = &cutter->words;
    for (int64_t number = from; number < to; number++)
        odd[number - from] = (uint8_t)is_odd(words->letters + words->ends[number],
                                             words->ends[number + 1] - words->ends[number]);
}

/* The next raw word of a plain word in lower case from ``at``: letters and figures with single marks inside. */
static Piece next_token(const Letter *word, int64_t at, int64_t size)
{
    while (at < size && !is_alnum(word[at]))
        at++;
    Piece token = {word, at, at};
    while (at < size && is_alnum(word[at])) {
        while (at < size && is_alnum(word[at]))
            at++;
        token.end = at;
        if (at + 1 < size && (word[at] == '-' || word[at] == '\'' || word[at] == '.' || word[at] == ','))
            at++;
    }
    return token;
}

/* The raw words of each word from one number up to another: how many, and their numbers. ``given``: those of odd words,
 * a space after each and a line end after those of a word. Gives how many there are together. */
int64_t cutter_tokens(Cutter *cutter, int64_t from, int64_t to, const uint8_t *odd, const Letter *given, int64_t *sizes,
                      int64_t *numbers)
{
    const Table *words = &cutter->words;
    int64_t count = 0;
    for (int64_t number = from; number < to; number++) {
        const int64_t before = count;
        if (odd[number - from]) {
            while (*given != '\n') {
                int64_t size = 0;
                while (given[size] != ' ')
                    size++;
                numbers[count++] = table_number(&cutter->tokens, given, size, hash_of(given, size));
                given += size + 1;
            }
            given++;
        } else {
            Letter low[LONGEST_PLAIN];
            const int64_t size = words->ends[number + 1] - words->ends[number];
            for (int64_t i = 0; i < size; i++)
                low[i] = lowered(words->letters[words->ends[number] + i]);
            for (Piece token = next_token(low, 0, size); token.begin < token.end;
                 token = next_token(low, token.end, size)) {
                const Letter *letters = low + token.begin;
                const int64_t length = token.end - token.begin;
                numbers[count++] = table_number(&cutter->tokens, letters, length, hash_of(letters, length));
            }
        }
        sizes[number - from] = count - before;
    }
    return count;
}

/* ---- pieces of words (rag/embeddings.py) */

typedef struct {
    Table table;     /* strings, a line each where they are given */
    int32_t *values; /* of each */
} Known;

static void known_open(Known *known, const Letter *lines, int64_t size, const int32_t *values)
{
    table_open(&known->table);
    for (int64_t begin = 0, end; begin < size; begin = end + 1) {
        for (end = begin; end < size && lines[end] != '\n';)
            end++;
        table_number(&known->table, lines + begin, end - begin, hash_of(lines + begin, end - begin));
    }
    known->values = grown(NULL, sizeof *values * (size_t)known->table.count);
    memcpy(known->values, values, sizeof *values * (size_t)known->table.count);
}

static void known_close(Known *known)
{
    table_close(&known->table);
    free(known->values);
}

typedef struct {
    Known first, inner; /* pieces that words begin with, and others without their mark, each with its number */
    int32_t unknown;
} Pieces;

Pieces *pieces_new(const Letter *first, int64_t first_size, const int32_t *first_numbers, const Letter *inner,
                   int64_t inner_size, const int32_t *inner_numbers, int32_t unknown)
{
    fill_sorts();
    Pieces *pieces = grown(NULL, sizeof *pieces);
    known_open(&pieces->first, first, first_size, first_numbers);
    known_open(&pieces->inner, inner, inner_size, inner_numbers);
    pieces->unknown = unknown;
    return pieces;
}

void pieces_free(Pieces *pieces)
{
    known_close(&pieces->first);
    known_close(&pieces->inner);
    free(pieces);
}

/* The longest piece that fits, again and again; the unknown one alone when none does. Gives how many. */
static int64_t greedy(const Pieces *pieces, const Letter *part, int64_t size, int32_t *found)
{
    const Known *known = &pieces->first;
    int64_t count = 0;
    for (int64_t begin = 0; begin < size; known = &pieces->inner) {
        uint64_t hashes[LONGEST_PLAIN + 1] = {SEED};
        for (int64_t end = begin; end < size; end++)
            hashes[end - begin + 1] = with_letter(hashes[end - begin], part[end]);
        int64_t end = size;
        int32_t number = -1;
        for (; end > begin; end--) {
            number = table_find(&known->table, part + begin, end - begin, hashes[end - begin]);
            if (number >= 0)
                break;
        }
        if (number < 0) {
            found[0] = pieces->unknown;
            return 1;
        }
        found[count++] = known->values[number];
        begin = end;
    }
    return count;
}

/* The pieces of words, a line end after each: how many of each word (-1: Python must say) and which. Gives how many
 * there are together; never more than there are letters. */
int64_t pieces_of(const Pieces *pieces, const Letter *words, int64_t size, int64_t *sizes, int32_t *found)
{
    int64_t count = 0;
    for (int64_t begin = 0, end; begin < size; begin = end + 1) {
        for (end = begin; words[end] != '\n';)
            end++;
        if (is_odd(words + begin, end - begin)) {
            *sizes++ = -1;
            continue;
        }
        Letter low[LONGEST_PLAIN];
        const int64_t length = end - begin, before = count;
        for (int64_t i = 0; i < length; i++)
            low[i] = lowered(words[begin + i]);
        for (int64_t at = 0, next; at < length; at = next) { /* runs of letters and figures, and marks one by one */
            for (next = at; next < length && is_alnum(low[next]);)
                next++;
            next += next == at;
            count += greedy(pieces, low + at, next - at, found + count);
        }
        *sizes++ = count - before;
    }
    return count;
}

/* ---- compounds (rag.dutch.Lexicon) */

enum { MOST_LETTERS = 60, MOST_PARTS = 64, NO_FIRST = 1, NO_LAST = 2, SHORT = 4 };

typedef struct {
    Known words;     /* with what may not be, see the bits above */
    double *scores;  /* log2 of how often each occurs; 0: no part */
    int64_t fewest, fewest_part;
} Lexicon;

Lexicon *lexicon_new(const Letter *words, int64_t size, const int32_t *roles, const double *scores, int64_t fewest,
                     int64_t fewest_part)
{
    Lexicon *lexicon = grown(NULL, sizeof *lexicon);
    known_open(&lexicon->words, words, size, roles);
    const size_t room = sizeof *scores * (size_t)lexicon->words.table.count;
    lexicon->scores = memcpy(grown(NULL, room), scores, room);
    lexicon->fewest = fewest;
    lexicon->fewest_part = fewest_part;
    return lexicon;
}

void lexicon_free(Lexicon *lexicon)
{
    known_close(&lexicon->words);
    free(lexicon->scores);
    free(lexicon);
}

static double score_of(const Lexicon *lexicon, int32_t word, int not_if)
{
    return word < 0 || lexicon->words.values[word] & not_if ? 0 : lexicon->scores[word];
}

static int best_cut(const Lexicon *lexicon, const Letter *word, int64_t size, int64_t *first, int64_t *cut);

/* A first half as a word of its own, without its linking s, or a compound itself: its length and its score (0: no). */
static double first_score(const Lexicon *lexicon, const Letter *part, int64_t size, int64_t *length)
{
    const Table *table = &lexicon->words.table;
    const int linked = part[size - 1] == 's';
    for (*length = size; *length >= size - linked; --*length) {
        const uint64_t hash = hash_of(part, *length);
        const int32_t number = table_find(table, part, *length, hash);
        const int roles = number < 0 ? 0 : lexicon->words.values[number];
        if ((*length < lexicon->fewest_part && !(roles & SHORT)) || roles & NO_FIRST)
            continue;
        double score = score_of(lexicon, number, 0);
        if (!score && *length > 1 && part[*length - 2] == 'e' && part[*length - 1] == 'r') {
            Letter verb[MOST_LETTERS + 2]; /* "werker" is of "werkeren" as well */
            memcpy(verb, part, sizeof *verb * (size_t)*length);
            verb[*length] = 'e';
            verb[*length + 1] = 'n';
            score = score_of(lexicon, table_find(table, verb, *length + 2, with_letter(with_letter(hash, 'e'), 'n')), 0);
        }
        if (score)
            return score;
    }
    *length = size - linked;
    int64_t inner, cut;
    if (*length <= 2 * lexicon->fewest_part || !best_cut(lexicon, part, *length, &inner, &cut))
        return 0;
    const double last =
        score_of(lexicon, table_find(table, part + cut, *length - cut, hash_of(part + cut, *length - cut)), 0);
    return last < 6 ? last : 6;
}

/* The cut in two whose halves are most frequent, if more so than the whole: where the first half ends without its
 * linking s, and where the second begins. See ``Lexicon._best``. */
static int best_cut(const Lexicon *lexicon, const Letter *word, int64_t size, int64_t *first, int64_t *cut)
{
    if (size < lexicon->fewest || size > MOST_LETTERS)
        return 0;
    const Table *table = &lexicon->words.table;
    double best = score_of(lexicon, table_find(table, word, size, hash_of(word, size)), 0);
    int found = 0;
    for (int64_t at = 3; at < size - 2; at++) {
        const double last = score_of(lexicon, table_find(table, word + at, size - at, hash_of(word + at, size - at)), NO_LAST);
        if (!last)
            continue;
        int64_t length;
        const double score = first_score(lexicon, word, at, &length);
        if (score && (score + last) / 2 > best) {
            best = (score + last) / 2;
            *first = length;
            *cut = at;
            found = 1;
        }
    }
    return found;
}

/* Add a part, unless it is there. */
static int64_t with_part(Piece *parts, int64_t count, Piece part)
{
    const int64_t size = part.end - part.begin;
    for (int64_t i = 0; i < count; i++)
        if (parts[i].end - parts[i].begin == size &&
            !memcmp(part.text + parts[i].begin, part.text + part.begin, sizeof *part.text * (size_t)size))
            return count;
    parts[count] = part;
    return count + 1;
}

/* Add the parts of a word at every level, largest first. */
static int64_t split(const Lexicon *lexicon, Piece word, Piece *parts, int64_t count)
{
    int64_t first, cut;
    if (count + 2 > MOST_PARTS || !best_cut(lexicon, word.text + word.begin, word.end - word.begin, &first, &cut))
        return count;
    const Piece halves[] = {{word.text, word.begin, word.begin + first}, {word.text, word.begin + cut, word.end}};
    count = with_part(parts, with_part(parts, count, halves[0]), halves[1]);
    return split(lexicon, halves[1], parts, split(lexicon, halves[0], parts, count));
}

/* The parts of words of small letters, a line end after each: how many of each word, and where they begin and end.
 * There is room for as many parts as there are letters. Gives how many there are together. */
int64_t lexicon_split(const Lexicon *lexicon, const Letter *words, int64_t size, int64_t *sizes, int64_t *places)
{
    int64_t count = 0;
    for (int64_t begin = 0, end; begin < size; begin = end + 1) {
        for (end = begin; words[end] != '\n';)
            end++;
        Piece parts[MOST_PARTS];
        const int64_t found = split(lexicon, (Piece){words, begin, end}, parts, 0);
        for (int64_t i = 0; i < found; i++) {
            places[2 * count] = parts[i].begin;
            places[2 * count++ + 1] = parts[i].end;
        }
        *sizes++ = found;
    }
    return count;
}

/* ---- sums of rows (rag.embeddings.StaticEncoder.sums) */

/* The sums of rows of a table of bytes (rows, dim), each with its weight: of the first sizes[0] pieces, of the next, and
 * so on. Added one after another, so that the sums are those of Python to the bit. */
CLONES void rows_summed(const int8_t *table, const float *weights, int64_t dim, const int32_t *pieces,
                        const int64_t *sizes, int64_t count, float *sums)
{
    for (int64_t text = 0; text < count; text++, sums += dim) {
        memset(sums, 0, sizeof *sums * (size_t)dim);
        for (const int32_t *end = pieces + sizes[text]; pieces < end; pieces++) {
            const int8_t *row = table + *pieces * dim;
            const float weight = weights[*pieces];
            for (int64_t i = 0; i < dim; i++)
                sums[i] += (float)row[i] * weight;
        }
    }
}

/* ---- rows of unequal length (rag/words.py) */

/* Where these rows will begin, one behind another; the last place is where they end. */
void rows_placed(const int64_t *starts, const int64_t *rows, int64_t count, int64_t *places)
{
    places[0] = 0;
    for (int64_t i = 0; i < count; i++)
        places[i + 1] = places[i] + starts[rows[i] + 1] - starts[rows[i]];
}

/* These rows of numbers of 4 or 8 bytes, one behind another. */
void rows_taken(const char *values, int64_t width, const int64_t *starts, const int64_t *rows, int64_t count,
                char *taken)
{
    for (int64_t i = 0; i < count; i++)
        for (int64_t at = starts[rows[i]]; at < starts[rows[i] + 1]; at++, taken += width) {
            if (width == 4)
                memcpy(taken, values + 4 * at, 4);
            else
                memcpy(taken, values + 8 * at, 8);
        }
}

/* ---- minhashes (rag/store/duplicates.py) */

enum { HASHES = 32 };

/* Of each text of at least so many words the least of every hash over its runs of three words. */
CLONES void minhashes_of(const uint32_t *hashes, const int64_t *sizes, int64_t texts, int64_t shortest,
                         const uint32_t *factors, uint32_t *least)
{
    for (; texts; texts--, hashes += *sizes++) {
        if (*sizes < shortest)
            continue;
        memset(least, 0xFF, sizeof *least * HASHES);
        for (int64_t i = 0; i + 2 < *sizes; i++) {
            const uint64_t run = (hashes[i] * SEED + hashes[i + 1]) * SEED + hashes[i + 2];
            const uint32_t mixed_run = (uint32_t)(run >> 32);
            for (int k = 0; k < HASHES; k++) {
                const uint32_t hash = mixed_run * factors[k];
                least[k] = hash < least[k] ? hash : least[k];
            }
        }
        least += HASHES;
    }
}

/* ---- texts out of words */

/* The strings of rows of bytes, joined by spaces, empty ones left out: for each text those of the numbers from begins[i]
 * up to ends[i], for sizes[text] stretches. Says where each text ends; there is room for all and a space after each. */
void strings_joined(const uint8_t *bytes, const int64_t *starts, const int64_t *numbers, const int64_t *begins,
                    const int64_t *ends, const int64_t *sizes, int64_t texts, uint8_t *joined, int64_t *text_ends)
{
    uint8_t *at = joined;
    for (int64_t text = 0; text < texts; text++) {
        const uint8_t *first = at;
        for (int64_t stretch = 0; stretch < sizes[text]; stretch++, begins++, ends++)
            for (int64_t i = *begins; i < *ends; i++) {
                const int64_t start = starts[numbers[i]], size = starts[numbers[i] + 1] - start;
                if (!size)
                    continue;
                if (at > first)
                    *at++ = ' ';
                memcpy(at, bytes + start, (size_t)size);
                at += size;
            }
        text_ends[text] = at - joined;
    }
}

/* ---- keys of terms (rag.words.key): BLAKE2b of 8 bytes, RFC 7693, of up to one block */

enum { BLOCK = 128 };

static inline uint64_t turned(uint64_t value, int bits) { return value >> bits | value << (64 - bits); }

static uint64_t blake2b(const uint8_t *text, int64_t size)
{
    static const uint64_t START[8] = {0x6A09E667F3BCC908u, 0xBB67AE8584CAA73Bu, 0x3C6EF372FE94F82Bu,
                                      0xA54FF53A5F1D36F1u, 0x510E527FADE682D1u, 0x9B05688C2B3E6C1Fu,
                                      0x1F83D9ABFB41BD6Bu, 0x5BE0CD19137E2179u};
    static const uint8_t ORDER[10][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
    static const uint8_t MIXED[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
                                        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};
    uint64_t message[16] = {0}, v[16];
    for (int64_t i = 0; i < size; i++)
        message[i / 8] |= (uint64_t)text[i] << 8 * (i % 8);
    memcpy(v, START, sizeof START);
    memcpy(v + 8, START, sizeof START);
    v[0] ^= 0x01010008; /* no key, 8 bytes wanted */
    const uint64_t first = v[0];
    v[12] ^= (uint64_t)size;
    v[14] = ~v[14]; /* the last block */
    for (int round = 0; round < 12; round++)
        for (int i = 0; i < 8; i++) {
            const uint8_t *m = MIXED[i], *order = ORDER[round % 10];
            uint64_t a = v[m[0]], b = v[m[1]], c = v[m[2]], d = v[m[3]];
            a += b + message[order[2 * i]];
            d = turned(d ^ a, 32);
            c += d;
            b = turned(b ^ c, 24);
            a += b + message[order[2 * i + 1]];
            d = turned(d ^ a, 16);
            c += d;
            b = turned(b ^ c, 63);
            v[m[0]] = a, v[m[1]] = b, v[m[2]] = c, v[m[3]] = d;
        }
    return first ^ v[0] ^ v[8];
}

/* The keys of terms of at most a block in UTF-8, a line end after each. */
void keys_of(const uint8_t *lines, int64_t size, uint64_t *keys)
{
    for (int64_t begin = 0, end; begin < size; begin = end + 1) {
        for (end = begin; lines[end] != '\n';)
            end++;
        *keys++ = blake2b(lines + begin, end - begin);
    }
}
