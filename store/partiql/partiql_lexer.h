/* The characters of a PartiQL statement: one token at a time, no memory.
 *
 * Words in the list of keywords are never names unless quoted ("order"); what no token starts with, and strings, comments
 * and quotes that do not end, are TOKEN_UNKNOWN: the parser refuses the statement there.
 *
 * Source  PartiQL specification, section on lexical structure; Developer Guide, "PartiQL for DynamoDB". */
#ifndef SLS_STORE_PARTIQL_LEXER_H
#define SLS_STORE_PARTIQL_LEXER_H

#include "core/slice.h"

enum partiql_token_kind {
    PARTIQL_END,
    PARTIQL_NAME,    /* a */
    PARTIQL_QUOTED,  /* "a": `text` is the inside, with doubled quotes as they stand */
    PARTIQL_KEYWORD, /* SELECT; also those of PARTIQL_OPERATOR and literals below */
    PARTIQL_STRING,  /* 'a' */
    PARTIQL_NUMBER,  /* 1, .5, 1e3 */
    PARTIQL_PARAMETER,
    PARTIQL_OPERATOR, /* = <> != < <= > >= + - / % || @ ^, and AND OR IS IN LIKE BETWEEN NOT UNION EXCEPT INTERSECT */
    PARTIQL_STAR,
    PARTIQL_DOT,
    PARTIQL_COMMA,
    PARTIQL_COLON,
    PARTIQL_SEMICOLON,
    PARTIQL_OPEN,
    PARTIQL_CLOSE,
    PARTIQL_INDEX_OPEN,
    PARTIQL_INDEX_CLOSE,
    PARTIQL_STRUCT_OPEN,
    PARTIQL_STRUCT_CLOSE,
    PARTIQL_BAG_OPEN,
    PARTIQL_BAG_CLOSE,
    PARTIQL_UNKNOWN
};

struct partiql_token {
    enum partiql_token_kind kind;
    struct slice text; /* of quoted ones the inside */
    size_t start, end; /* in the statement, quotes included */
};

/* The first token that starts at `offset`, or behind the white space and comments there. */
struct partiql_token partiql_token_at(struct slice statement, size_t offset);
/* Any case: "select". Of NAME, KEYWORD and OPERATOR. */
bool partiql_token_is(const struct partiql_token *token, const char *word);

/* `at <line>:<column>:<length>`, as messages tell where a token is; characters, from 1. */
struct partiql_position {
    size_t line, column, len;
};
struct partiql_position partiql_position(struct slice statement, const struct partiql_token *token);

#endif
