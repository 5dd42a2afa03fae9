/* The tokens of a JSON text, one after another, without a tree and without looking at anything twice.
 *
 * For text that is valid JSON (json_validate()); of other text it makes some sequence of tokens that ends.
 *
 * Ownership  Tokens point into the text. */
#ifndef SLS_SCHEDULER_PATTERN_TOKEN_H
#define SLS_SCHEDULER_PATTERN_TOKEN_H

#include "core/json_scan.h"

enum token_kind {
    TOKEN_END,
    TOKEN_OBJECT,
    TOKEN_OBJECT_END,
    TOKEN_ARRAY,
    TOKEN_ARRAY_END,
    TOKEN_KEY,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL
};

struct token {
    enum token_kind kind;
    struct slice raw; /* as written; of keys and strings with their quotes */
};

struct token_reader {
    const char *at;
    const char *end;
};

struct token_reader token_reader_init(struct slice text);
struct token token_next(struct token_reader *reader);
/* Behind the value that begins with `token` (of TOKEN_OBJECT or TOKEN_ARRAY; others are whole already). */
void token_skip(struct token_reader *reader, struct token token);
/* The text of a key or string, in the arena when something was escaped. */
struct slice token_text(struct arena *arena, struct token token);

#endif
