#include "store/expression/expression_lexer.h"

#include "core/mem.h"

enum { LETTER = 1, DIGIT = 2, UNDERSCORE = 4, BLANK = 8, WORD = LETTER | DIGIT | UNDERSCORE };

#define LETTERS(first)                                                                             \
    [first] = LETTER, [(first) + 1] = LETTER, [(first) + 2] = LETTER, [(first) + 3] = LETTER,      \
    [(first) + 4] = LETTER, [(first) + 5] = LETTER, [(first) + 6] = LETTER, [(first) + 7] = LETTER

static const uint8_t classes[256] = {
    LETTERS('A'),       LETTERS('I'),  LETTERS('Q'),   ['Y'] = LETTER, ['Z'] = LETTER,
    LETTERS('a'),       LETTERS('i'),  LETTERS('q'),   ['y'] = LETTER, ['z'] = LETTER,
    ['0'] = DIGIT,      ['1'] = DIGIT, ['2'] = DIGIT,  ['3'] = DIGIT,  ['4'] = DIGIT,
    ['5'] = DIGIT,      ['6'] = DIGIT, ['7'] = DIGIT,  ['8'] = DIGIT,  ['9'] = DIGIT,
    ['_'] = UNDERSCORE, [' '] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK, ['\n'] = BLANK,
};

static const uint8_t punctuation[256] = {
    ['='] = TOKEN_EQ,          ['<'] = TOKEN_LT,   ['>'] = TOKEN_GT,    ['+'] = TOKEN_PLUS,
    ['-'] = TOKEN_MINUS,       ['('] = TOKEN_OPEN, [')'] = TOKEN_CLOSE, ['['] = TOKEN_INDEX_OPEN,
    [']'] = TOKEN_INDEX_CLOSE, ['.'] = TOKEN_DOT,  [','] = TOKEN_COMMA,
};

static const struct {
    struct slice word;
    enum token_kind kind;
} keywords[] = {
    {SLICE_INIT("AND"), TOKEN_AND},         {SLICE_INIT("OR"), TOKEN_OR},
    {SLICE_INIT("NOT"), TOKEN_NOT},         {SLICE_INIT("IN"), TOKEN_IN},
    {SLICE_INIT("SET"), TOKEN_SET},         {SLICE_INIT("ADD"), TOKEN_ADD},
    {SLICE_INIT("REMOVE"), TOKEN_REMOVE},   {SLICE_INIT("DELETE"), TOKEN_DELETE},
    {SLICE_INIT("BETWEEN"), TOKEN_BETWEEN},
};

static uint8_t class_of(struct slice text, size_t at)
{
    return at < text.len ? classes[(unsigned char)text.ptr[at]] : 0;
}

static size_t run(struct slice text, size_t at, uint8_t class)
{
    while ((class_of(text, at) & class) != 0) {
        at++;
    }
    return at;
}

static enum token_kind word_kind(struct slice word)
{
    for (size_t i = 0; i < COUNT_OF(keywords) && word.len <= 7; i++) {
        if (slice_ieq(word, keywords[i].word)) {
            return keywords[i].kind;
        }
    }
    return TOKEN_NAME;
}

/* "<", "<=", "<>" and the like: how the second character changes the first one's token. */
static enum token_kind with_second(enum token_kind kind, char second)
{
    if (kind == TOKEN_LT && second == '>') {
        return TOKEN_NE;
    }
    if (second == '=' && (kind == TOKEN_LT || kind == TOKEN_GT)) {
        return kind == TOKEN_LT ? TOKEN_LE : TOKEN_GE;
    }
    return kind;
}

struct token token_at(struct slice text, size_t offset)
{
    size_t start = run(text, offset, BLANK);
    if (start >= text.len) {
        return (struct token){TOKEN_END, (uint32_t)text.len, (uint32_t)text.len};
    }
    char c = text.ptr[start];
    size_t end = start + 1;
    enum token_kind kind = (enum token_kind)punctuation[(unsigned char)c];
    if (class_of(text, start) == LETTER) {
        end = run(text, start, WORD);
        kind = word_kind(slice_of(text.ptr + start, end - start));
    } else if (c == '#' || c == ':') {
        end = run(text, end, WORD);
        kind = c == '#' ? TOKEN_NAME_REF : TOKEN_VALUE_REF;
        kind = end == start + 1 ? TOKEN_UNKNOWN : kind;
    } else if (class_of(text, start) == DIGIT) {
        end = c == '0' ? end : run(text, start, DIGIT);
        kind = TOKEN_INTEGER;
    } else if (kind == TOKEN_END) {
        size_t len = slice_utf8_front(slice_skip(text, start));
        end = start + (len != 0 ? len : 1);
        kind = TOKEN_UNKNOWN;
    } else if (end < text.len && with_second(kind, text.ptr[end]) != kind) {
        kind = with_second(kind, text.ptr[end]);
        end++;
    }
    return (struct token){kind, (uint32_t)start, (uint32_t)end};
}
