/* A PartiQL statement as it is written: terms and clauses, nothing looked up, nothing evaluated.
 *
 *     expr      := or;  precedence from loose to tight: OR, AND, NOT, (= <> != IS IN), (< <= > >= BETWEEN LIKE),
 *                  (+ - ||), (* / %), sign
 *     term      := path | literal | '?' | call | '(' expr [',' expr]* ')' | '[' exprs ']' | '<<' exprs '>>'
 *                  | '{' expr ':' expr, ... '}'
 *     path      := term ('.' name | '[' expr ']')*      name := word | '"' ... '"'
 *     select    := SELECT ('*' | expr, ...) FROM source [WHERE expr] [ORDER BY expr [ASC|DESC], ...]
 *     insert    := INSERT INTO path VALUE expr
 *     update    := UPDATE path change+ [WHERE expr] [returning]  |  FROM path [WHERE expr] change+ [returning]
 *     change    := SET path '=' expr, ... | REMOVE path
 *     delete    := DELETE FROM path [WHERE expr] [returning]
 *     exists    := EXISTS '(' select ')'
 *     returning := RETURNING (ALL|MODIFIED) (OLD|NEW) '*'
 *
 * The grammar is wider than what DynamoDB does: clauses and operators it refuses later, in words of their own, parse here.
 *
 * Ownership  Terms live in the arena and point into the statement.
 * Errors     VALIDATION: "Statement wasn't well formed, can't be processed: ...".
 * Limits     PARTIQL_DEPTH_MAX.
 * Source     reference/dynamodb.md section 13; PartiQL specification. */
#ifndef SLS_STORE_PARTIQL_PARSER_H
#define SLS_STORE_PARTIQL_PARSER_H

#include "store/partiql/partiql_lexer.h"
#include "store/problem.h"

#define PARTIQL_DEPTH_MAX 200

enum term_kind {
    TERM_NAME,
    TERM_PATH, /* args[0] the root, then TERM_NAME (dot), TERM_INDEX or TERM_WILDCARD */
    TERM_INDEX,
    TERM_WILDCARD,
    TERM_STRING,
    TERM_NUMBER, /* `text` with its sign */
    TERM_TRUE,
    TERM_FALSE,
    TERM_NULL,
    TERM_MISSING,
    TERM_PARAMETER,
    TERM_LIST,
    TERM_BAG,
    TERM_STRUCT, /* args: name, value, name, value, ... */
    TERM_CALL,   /* `text`: the function's name in lower case */
    TERM_STATEMENT,
    TERM_AND,
    TERM_OR,
    TERM_NOT,
    TERM_EQ,
    TERM_NE,
    TERM_LT,
    TERM_LE,
    TERM_GT,
    TERM_GE,
    TERM_BETWEEN,
    TERM_IN,
    TERM_IS, /* `text`: the type */
    TERM_PLUS,
    TERM_MINUS,
    TERM_OPERATOR /* any other */
};

struct term {
    enum term_kind kind;
    struct partiql_token token; /* first one; of a call the name, of an operator the operator */
    struct slice text;          /* NAME, STRING: decoded; NUMBER, CALL, IS, OPERATOR */
    size_t parameter;           /* PARAMETER: which one, from 0 */
    const struct term *const *args;
    size_t arg_count;
    const struct partiql_statement *statement;
};

enum partiql_kind {
    PARTIQL_SELECT,
    PARTIQL_INSERT,
    PARTIQL_UPDATE,
    PARTIQL_DELETE,
    PARTIQL_EXISTS, /* `inner` is the SELECT */
    PARTIQL_OTHER   /* a bare expression */
};

enum partiql_returning {
    RETURNING_NOTHING,
    RETURNING_ALL_OLD,
    RETURNING_MODIFIED_OLD,
    RETURNING_ALL_NEW,
    RETURNING_MODIFIED_NEW
};

struct partiql_order {
    const struct term *term;
    bool is_descending;
};
struct partiql_change {
    const struct term *target;
    const struct term *value; /* NULL: REMOVE */
};

struct partiql_statement {
    enum partiql_kind kind;
    struct slice text;
    const struct term *source;
    bool is_star;
    const struct term *const *columns; /* SELECT; of OTHER the expression */
    size_t column_count;
    const struct term *where; /* NULL: none */
    const struct partiql_order *orders;
    size_t order_count;
    const struct term *item; /* INSERT */
    const struct partiql_change *changes;
    size_t change_count;
    enum partiql_returning returning;
    const struct partiql_statement *inner;
    size_t parameter_count;
    /* The first thing that parses and is never supported: aliases, joins, LIMIT. */
    const struct problem *unsupported;
};

MUST_CHECK const struct problem *partiql_parse(struct arena *arena, struct slice text,
                                               const struct partiql_statement **ret_statement);

/* Message, then " at <line>:<column>:<length>" of the token. */
const struct problem *partiql_problem_at(struct arena *arena, struct slice text,
                                         const struct partiql_token *token, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* --- between partiql_parser.c (expressions), partiql_term.c and partiql_statement.c --- */

struct partiql_parser {
    struct arena *arena;
    struct slice text;
    struct partiql_token token;
    size_t parameter_count;
    unsigned depth;
    const struct problem *failed;
    const struct problem *unsupported;
};

/* A growing list of pointers. */
struct term_list {
    const struct term **items;
    size_t count, cap;
};
void term_list_add(struct partiql_parser *parser, struct term_list *list, const struct term *term);

struct term *partiql_term(struct partiql_parser *parser, enum term_kind kind,
                          struct partiql_token token);
/* With up to three arguments, and with a list of them; NULL when the parse failed. */
struct term *partiql_term_of(struct partiql_parser *parser, enum term_kind kind,
                             struct partiql_token token, const struct term *a, const struct term *b,
                             const struct term *c);
struct term *partiql_term_of_list(struct partiql_parser *parser, enum term_kind kind,
                                  struct partiql_token token, const struct term_list *list);

void partiql_advance(struct partiql_parser *parser);
/* Steps over `kind`, which the message calls `name` when it is not there. */
bool partiql_expect(struct partiql_parser *parser, enum partiql_token_kind kind, const char *name);
bool partiql_accept(struct partiql_parser *parser, enum partiql_token_kind kind);
bool partiql_accept_word(struct partiql_parser *parser, const char *word);
void partiql_fail(struct partiql_parser *parser, const char *detail);
/* The first one of a statement is kept. */
void partiql_unsupported(struct partiql_parser *parser, const struct problem *problem);
/* NULL on failure. Operators looser than or as loose as `precedence` are left (0: takes all). */
const struct term *partiql_parse_expr(struct partiql_parser *parser, int precedence);
#define PARTIQL_PRECEDENCE_SELECT 6 /* what may stand in a clause of SELECT */
/* Without operators: a literal, a call, a group, a path. */
const struct term *partiql_parse_term(struct partiql_parser *parser);
/* name ('.' name | '[' number ']')*: what can be written to. */
const struct term *partiql_parse_simple_path(struct partiql_parser *parser);
/* At SELECT, UPDATE, DELETE, INSERT or FROM. */
const struct partiql_statement *partiql_parse_statement(struct partiql_parser *parser);

#endif
