#include "scheduler/pattern/token.h"

struct token_reader token_reader_init(struct slice text)
{
    const char *start = text.ptr != NULL ? text.ptr : "";
    return (struct token_reader){.at = start, .end = start + text.len};
}

static void skip_space(struct token_reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

/* From the opening quote to behind the closing one. */
static void skip_string(struct token_reader *reader)
{
    const char *end = reader->end;
    reader->at++;
    while (reader->at < end) {
        reader->at += json_plain_len(slice_of(reader->at, (size_t)(end - reader->at)));
        if (reader->at == end) {
            return;
        }
        char c = *reader->at++;
        if (c == '"') {
            return;
        }
        if (c == '\\' && reader->at < end) {
            reader->at++;
        }
    }
}

static bool is_end_of_word(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ':' || c == '[' || c == '{' || c == '"' ||
           c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_word(struct token_reader *reader)
{
    reader->at++;
    while (reader->at < reader->end && !is_end_of_word(*reader->at)) {
        reader->at++;
    }
}

static enum token_kind kind_of(char first)
{
    switch (first) {
    case '{':
        return TOKEN_OBJECT;
    case '}':
        return TOKEN_OBJECT_END;
    case '[':
        return TOKEN_ARRAY;
    case ']':
        return TOKEN_ARRAY_END;
    case '"':
        return TOKEN_STRING;
    case 't':
        return TOKEN_TRUE;
    case 'f':
        return TOKEN_FALSE;
    case 'n':
        return TOKEN_NULL;
    default:
        return TOKEN_NUMBER;
    }
}

struct token token_next(struct token_reader *reader)
{
    skip_space(reader);
    while (reader->at < reader->end && (*reader->at == ',' || *reader->at == ':')) {
        reader->at++;
        skip_space(reader);
    }
    const char *start = reader->at;
    if (start == reader->end) {
        return (struct token){TOKEN_END, slice_of(start, 0)};
    }
    struct token token = {.kind = kind_of(*start)};
    if (token.kind == TOKEN_STRING) {
        skip_string(reader);
    } else if (token.kind >= TOKEN_OBJECT && token.kind <= TOKEN_ARRAY_END) {
        reader->at++;
    } else {
        skip_word(reader);
    }
    token.raw = slice_of(start, (size_t)(reader->at - start));
    if (token.kind == TOKEN_STRING) {
        /* Only a key has a colon behind it. */
        skip_space(reader);
        if (reader->at < reader->end && *reader->at == ':') {
            token.kind = TOKEN_KEY;
        }
    }
    return token;
}

void token_skip(struct token_reader *reader, struct token token)
{
    if (token.kind != TOKEN_OBJECT && token.kind != TOKEN_ARRAY) {
        return;
    }
    size_t depth = 1;
    while (depth > 0) {
        enum token_kind kind = token_next(reader).kind;
        if (kind == TOKEN_OBJECT || kind == TOKEN_ARRAY) {
            depth++;
        } else if (kind == TOKEN_OBJECT_END || kind == TOKEN_ARRAY_END) {
            depth--;
        } else if (kind == TOKEN_END) {
            return;
        }
    }
}

struct slice token_text(struct arena *arena, struct token token)
{
    struct slice text;
    return json_raw_string(arena, token.raw, &text) ? text : SLICE("");
}
