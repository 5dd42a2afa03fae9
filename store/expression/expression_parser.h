/* What the parts of the expression parser share; nobody else includes this.
 *
 *     expression_parser.c            tokens, paths, operands, functions; projections
 *     expression_parser_condition.c  conditions
 *     expression_parser_update.c     updates
 *     expression_check.c             what is wrong with a tree although it parsed
 *     expression_paths.c             paths that cannot stand side by side; their order
 *
 * A syntax error ends the parse at once (`failed`). Everything else is noted, the first of each kind, while the
 * tree is built, and told at the end in the service's order, which is not the order of the text: a reserved word
 * at the end hides an undefined name at the beginning.
 *
 * Limits  Nesting of EXPRESSION_DEPTH_MAX, EXPRESSION_OPERATORS_MAX operators and functions. */
#ifndef SLS_STORE_EXPRESSION_PARSER_H
#define SLS_STORE_EXPRESSION_PARSER_H

#include "store/expression/expression.h"
#include "store/expression/expression_lexer.h"

#define EXPRESSION_PATH_DEPTH_MAX 32
#define EXPRESSION_INDEX_MAX INT32_MAX

enum finding {
    FOUND_PARENTHESES,
    FOUND_FUNCTION, /* unknown, or of another kind of expression */
    FOUND_MISUSE,   /* a function where it cannot stand */
    FOUND_RESERVED,
    FOUND_SECTION,
    FOUND_NAME, /* in conditions also FOUND_VALUE */
    FOUND_VALUE,
    FOUND_OVERLAP,
    FOUND_CONFLICT,
    FOUND_CLAUSE, /* the literal of ADD or DELETE */
    FOUND_COUNT,  /* in updates also FOUND_TYPE */
    FOUND_DISTINCT,
    FOUND_TYPE,
    FOUND_LEAF, /* conditions: of the first comparison or function with any of the above */
    FINDING_COUNT
};

struct parser {
    struct arena *arena;
    const char *label;
    struct slice text;
    struct placeholders *placeholders;
    struct token token;      /* the next one */
    uint32_t previous_start; /* of the one before it */
    uint32_t operator_count;
    uint32_t depth;
    bool is_update;
    bool has_findings;
    const struct problem *failed;
    const struct problem *found[FINDING_COUNT];
};

/* A parsed piece: `expr` is NULL when the parse failed. */
enum node_form { NODE_OPERAND, NODE_FUNCTION, NODE_CONDITION };
struct node {
    struct expr *expr;
    enum node_form form;
    bool is_in_parentheses;
    struct slice function; /* NODE_FUNCTION: its name */
};

struct pointers { /* a growing array of pointers in the arena */
    const void **items;
    size_t count, cap;
};
void pointers_add(struct arena *arena, struct pointers *pointers, const void *item);

/* --- expression_parser.c --- */

struct parser parser_init(struct arena *arena, const char *label, struct slice text,
                          struct placeholders *placeholders);
void parser_advance(struct parser *parser);
bool parser_expect(struct parser *parser, enum token_kind kind); /* and steps over it */
bool parser_accept(struct parser *parser, enum token_kind kind);
void parser_syntax_error(struct parser *parser);
bool parser_enter(struct parser *parser); /* one level deeper, until parse_group_end() */
bool parser_count_operator(struct parser *parser);
struct expr *parser_expr(struct parser *parser, enum expr_kind kind, size_t arg_count,
                         const struct expr *const *args);
struct expr *parser_binary(struct parser *parser, enum expr_kind kind, const struct expr *a,
                           const struct expr *b);
bool parse_path(struct parser *parser, struct path *ret_path);
struct node parse_operand(struct parser *parser);
/* Closes a group whose inside was parsed: the parenthesis, doubled ones, a path that goes on behind it. */
struct node parse_group_end(struct parser *parser, struct node inner);

/* --- expression_check.c --- */

/* Notes a finding unless there is one of that kind. */
void parser_find(struct parser *parser, enum finding finding, const char *format, ...)
    PRINTF_LIKE(3, 4);
const struct problem *parser_problem(const struct parser *parser, const char *text);
/* `args` the first two. The kind of the function's expr: EXPR_ALWAYS when it is unknown. */
enum expr_kind check_function(struct parser *parser, struct slice name, const struct node *args,
                              size_t arg_count);
/* `arg` is a function inside another one. */
void check_argument(struct parser *parser, struct slice function, struct node arg);
/* Of a comparison: size() is the one function that may be there. */
void check_operand(struct parser *parser, struct node operand);
void check_comparison(struct parser *parser, const struct expr *comparison);
void check_arithmetic(struct parser *parser, const struct expr *arithmetic);
void check_clause(struct parser *parser, const char *clause, const struct expr *literal);
void check_is_condition(struct parser *parser, struct node node);
void check_leaf_end(struct parser *parser);
void check_paths(struct parser *parser, const struct path *const *paths, size_t count);
/* What parsing ended with: the syntax error, else the gravest finding, else NULL. */
const struct problem *parser_result(const struct parser *parser);

/* --- placeholders.c --- */

bool placeholders_name(struct placeholders *placeholders, struct slice ref, struct slice *ret_name);
bool placeholders_value(struct placeholders *placeholders, struct slice ref,
                        struct attr *ret_value);

#endif
