/* The characters of an expression: one token at a time, no memory.
 *
 * Keywords are words in any case and never names; a character that no token starts with is a token of its own,
 * TOKEN_UNKNOWN, so that the parser reports it like any other that it did not expect. */
#ifndef SLS_STORE_EXPRESSION_LEXER_H
#define SLS_STORE_EXPRESSION_LEXER_H

#include "core/slice.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,      /* a, attribute_exists */
    TOKEN_NAME_REF,  /* #a */
    TOKEN_VALUE_REF, /* :a */
    TOKEN_INTEGER,   /* 0, 12 */
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_OPEN,  /* ( */
    TOKEN_CLOSE, /* ) */
    TOKEN_INDEX_OPEN,
    TOKEN_INDEX_CLOSE,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_BETWEEN,
    TOKEN_IN,
    TOKEN_SET,
    TOKEN_REMOVE,
    TOKEN_ADD,
    TOKEN_DELETE,
    TOKEN_UNKNOWN
};

struct token {
    enum token_kind kind;
    uint32_t start, end; /* in the text */
};

/* The first token that starts at `offset` or behind the white space there. */
struct token token_at(struct slice text, size_t offset);

#endif
