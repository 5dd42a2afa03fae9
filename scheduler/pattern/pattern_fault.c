#include "scheduler/pattern/pattern_parser.h"

#include "core/buf.h"

#include <assert.h>
#include <stdio.h>

#define REASON_MAX 1024 /* of what holds nothing but numbers and short names; longer ones are cut */
#define FAULT_WORDS_MAX (REASON_MAX + 2 * (PATTERN_QUOTE_MAX + 128))

static void set_place(struct parser *parser, const char *where)
{
    uint32_t line = 1;
    const char *line_start = parser->text.ptr;
    for (const char *at = parser->text.ptr; at < where; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    }
    parser->reterr->line = line;
    parser->reterr->column = (uint32_t)(where - line_start) + 1;
    parser->reterr->times = 1;
}

static void set_reason(struct parser *parser, const char *format, va_list args)
{
    char reason[REASON_MAX];
    int len = vsnprintf(reason, sizeof reason, format, args);
    assert(len >= 0);
    size_t kept = (size_t)len < sizeof reason ? (size_t)len : sizeof reason - 1;
    *parser->reterr = (struct pattern_fault){
        .reason = arena_copy(parser->arena, slice_of(reason, kept)),
    };
}

/* Where AWS's reader stands when it has the token: it looks at the beginning of a name's value together with the
 * name, and leaves the inside of a string for later. */
static const char *reader_place(struct parser *parser, struct token token)
{
    if (token.kind == TOKEN_KEY) {
        struct token_reader ahead = parser->reader;
        ahead.at = token.raw.ptr + token.raw.len;
        return reader_place(parser, token_next(&ahead));
    }
    return token.kind == TOKEN_STRING ? token.raw.ptr + 1 : token.raw.ptr + token.raw.len;
}

bool parser_fail(struct parser *parser, struct token token, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_reason(parser, format, args);
    va_end(args);
    set_place(parser, reader_place(parser, token));
    return false;
}

bool parser_fail_behind(struct parser *parser, struct token token, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_reason(parser, format, args);
    va_end(args);
    set_place(parser, token.raw.ptr + token.raw.len);
    return false;
}

bool parser_fail_nowhere(struct parser *parser, const char *reason)
{
    *parser->reterr = (struct pattern_fault){.reason = slice_from(reason)};
    return false;
}

bool parser_fail_again(struct parser *parser)
{
    parser->reterr->times *= 2;
    return false;
}

/* --- text that is no JSON --- */

#define VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool begins_item(char before)
{
    return before == '{' || before == '[' || before == ',' || before == ':';
}

/* The last character before `at` that is no white space; '[' at the beginning, where a value is expected as well. */
static char character_before(const struct parser *parser, const char *at)
{
    while (at > parser->text.ptr) {
        at--;
        if (*at != ' ' && *at != '\n' && *at != '\r' && *at != '\t') {
            return *at;
        }
    }
    return '[';
}

static void fail_word(struct parser *parser, const char *at, const char *end)
{
    struct token word = {TOKEN_NUMBER, slice_of(at, 0)};
    while (at + word.raw.len < end && is_letter_or_digit(at[word.raw.len])) {
        word.raw.len++;
    }
    (void)parser_fail(parser, word, "Unrecognized token '%.*s': was expecting " VALUES,
                      SLICE_ARG(word.raw));
}

/* Jackson's words for the commonest mistakes. */
static bool fail_syntax(struct parser *parser, bool expects_key)
{
    const char *end = parser->text.ptr + parser->text.len;
    const char *at = parser->valid_end;
    struct token here = {TOKEN_NUMBER, slice_of(at, 0)};
    if (at == end) {
        return parser_fail(parser, here, "Unexpected end-of-input");
    }
    while (at > parser->text.ptr && is_letter_or_digit(at[-1]) && is_letter_or_digit(*at)) {
        at--; /* a word goes wrong in its middle: "trua" */
    }
    unsigned code = (unsigned char)*at;
    bool begins = begins_item(character_before(parser, at));
    bool is_name = begins && expects_key && character_before(parser, at) != ':';
    if (begins && !is_name && is_letter_or_digit(*at)) {
        fail_word(parser, at, end);
        return false;
    }
    return parser_fail(parser, here, "Unexpected character ('%c' (code %u)): %s", (char)code, code,
                       is_name  ? "was expecting double-quote to start field name"
                       : begins ? "expected a valid value " VALUES
                                : "was expecting comma to separate entries");
}

bool parser_next(struct parser *parser, bool expects_key, struct token *ret_token)
{
    struct token token = token_next(&parser->reader);
    if (token.kind == TOKEN_END || token.raw.ptr + token.raw.len > parser->valid_end) {
        return fail_syntax(parser, expects_key);
    }
    *ret_token = token;
    return true;
}

/* --- in AWS's words --- */

static void append_quoted(struct buf *words, struct slice text)
{
    buf_append_char(words, '"');
    buf_append(words, slice_take(text, PATTERN_QUOTE_MAX));
    buf_append_char(words, '"');
    if (text.len > PATTERN_QUOTE_MAX) {
        buf_printf(words, "[truncated %zu chars]", text.len - PATTERN_QUOTE_MAX);
    }
}

struct slice pattern_fault_text(struct arena *arena, const struct pattern_fault *fault,
                                struct slice text)
{
    AUTO_BUF words = BUF_INIT(FAULT_WORDS_MAX);
    buf_append(&words, fault->reason);
    for (uint32_t i = 0; i < fault->times; i++) {
        buf_append_text(&words, "\n at [Source: (String)");
        append_quoted(&words, text);
        buf_printf(&words, "; line: %u, column: %u]", (unsigned)fault->line,
                   (unsigned)fault->column);
    }
    return arena_copy(arena, buf_slice(&words));
}
