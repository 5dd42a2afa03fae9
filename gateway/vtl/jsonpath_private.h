/* The tree of a JSONPath, between jsonpath.c (text to tree), jsonpath_find.c and jsonpath_filter.c. */
#ifndef SLS_GATEWAY_VTL_JSONPATH_PRIVATE_H
#define SLS_GATEWAY_VTL_JSONPATH_PRIVATE_H

#include "core/buf.h"
#include "gateway/vtl/jsonpath.h"
#include "gateway/vtl/limits.h"

enum segment_kind {
    SEGMENT_NAMES,
    SEGMENT_INDEXES,
    SEGMENT_RANGE,
    SEGMENT_ALL,
    SEGMENT_FILTER,
    SEGMENT_FUNCTION
};

enum jsonpath_function {
    FUNCTION_LENGTH,
    FUNCTION_MIN,
    FUNCTION_MAX,
    FUNCTION_AVG,
    FUNCTION_SUM,
    FUNCTION_STDDEV,
    FUNCTION_KEYS,
    FUNCTION_FIRST,
    FUNCTION_LAST,
    FUNCTION_INDEX
};

struct segment {
    enum segment_kind kind;
    bool is_deep; /* ".." stands before it */
    const struct slice *names;
    const int64_t *indexes; /* FUNCTION_INDEX: one */
    size_t count;           /* of names or indexes */
    bool has_from, has_to;
    int64_t from, to;
    const struct filter *filter;
    enum jsonpath_function function;
    const struct segment *next;
};

struct jsonpath {
    const struct segment *first;
    bool is_definite;
    bool is_of_element; /* starts with "@" */
};

enum filter_kind { FILTER_OR, FILTER_AND, FILTER_NOT, FILTER_EXISTS, FILTER_COMPARE };

enum filter_relation {
    RELATION_EQ,
    RELATION_NE,
    RELATION_LT,
    RELATION_LE,
    RELATION_GT,
    RELATION_GE,
    RELATION_MATCHES,
    RELATION_IN,
    RELATION_NIN,
    RELATION_CONTAINS,
    RELATION_SIZE,
    RELATION_EMPTY,
    RELATION_SUBSETOF,
    RELATION_ANYOF,
    RELATION_NONEOF
};

enum operand_kind { OPERAND_PATH, OPERAND_JSON, OPERAND_TEXT, OPERAND_REGEX };

struct operand {
    enum operand_kind kind;
    const struct jsonpath *path;
    struct slice
        text; /* raw JSON; OPERAND_TEXT: what stands between the quotes; OPERAND_REGEX: the pattern */
    bool ignores_case;
};

struct filter {
    enum filter_kind kind;
    const struct filter *left, *right; /* FILTER_NOT: left only */
    enum filter_relation relation;
    struct operand operands[2]; /* FILTER_EXISTS: one, a path */
};

/* One call of jsonpath_find(). */
struct finding {
    struct arena *arena;
    struct slice root;
    uint64_t budget; /* bytes that may still be looked at */
    bool has_ended;  /* by a limit, told in `reterr` */
    struct fault *reterr;
};

/* What a path from `json` finds, as jsonpath_find() has it: NOT_FOUND, or LIMIT with has_ended. */
MUST_CHECK enum status finding_run(struct finding *finding, const struct jsonpath *path,
                                   struct slice json, struct slice *ret_value);
/* Counts bytes that are looked through; false: no more of it. */
bool finding_spend(struct finding *finding, size_t bytes);
bool jsonpath_filter_matches(struct finding *finding, const struct filter *filter,
                             struct slice element);

/* Parses behind "[?(": up to and with the ")". jsonpath_filter_parse.c */
struct path_parser {
    struct arena *arena;
    struct slice whole;
    struct slice rest;
    unsigned depth;
    struct fault *reterr;
};
enum status path_parser_fails(struct path_parser *parser, const char *expected);
void path_parser_skip_blanks(struct path_parser *parser);
bool path_parser_take(struct path_parser *parser, const char *text);
/* A path up to where it ends; inside of a filter that is before a blank, an operator or a parenthesis. */
MUST_CHECK enum status path_parser_path(struct path_parser *parser, bool is_in_filter,
                                        const struct jsonpath **ret_path);
/* 'text' or "text", from its quote, with "\x" for x. */
MUST_CHECK enum status path_parser_quoted(struct path_parser *parser, struct slice *ret_text);
MUST_CHECK enum status path_parser_filter(struct path_parser *parser,
                                          const struct filter **ret_filter);

#endif
