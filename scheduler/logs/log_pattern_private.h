/* Filter patterns from the inside: the tree that log_pattern.c (terms, and the whole), log_pattern_json.c and
 * log_pattern_fields.c parse and match, over log_pattern_condition.c (operators) and log_pattern_value.c (words, strings,
 * expressions, comparisons). */
#ifndef SLS_SCHEDULER_LOGS_LOG_PATTERN_PRIVATE_H
#define SLS_SCHEDULER_LOGS_LOG_PATTERN_PRIVATE_H

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum comparison {
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_IS_NULL,
    COMPARE_IS_TRUE,
    COMPARE_IS_FALSE,
    COMPARE_NOT_EXISTS
};

/* What an event is compared with. */
struct pattern_value {
    struct slice text; /* without the stars at its ends */
    bool begins_with_any, ends_with_any;
    bool is_number;
    double number;
    pcre2_code *regex; /* of the pattern's list; NULL: text */
};

enum step_kind { STEP_MEMBER, STEP_ELEMENT, STEP_ANY_MEMBER, STEP_ANY_ELEMENT };

struct selector_step {
    enum step_kind kind;
    const char *name;
    uint64_t index;
    struct selector_step *next;
};

enum expr_kind { EXPR_AND, EXPR_OR, EXPR_COMPARE };

struct pattern_expr {
    enum expr_kind kind;
    const struct pattern_expr *left, *right;
    enum comparison comparison;
    struct pattern_value value;
    const struct selector_step *selector; /* JSON only */
};

enum term_kind { TERM_REQUIRED, TERM_EXCLUDED, TERM_OPTIONAL, TERM_KIND_COUNT };

struct pattern_term {
    enum term_kind kind;
    struct pattern_value value; /* stars have no meaning in it */
    struct pattern_term *next;
};

struct pattern_field {
    struct slice name; /* empty: it has none */
    bool is_ellipsis;
    const struct pattern_expr *condition; /* NULL: anything */
};

enum pattern_kind { PATTERN_ALL, PATTERN_TERMS, PATTERN_JSON, PATTERN_FIELDS };

struct log_pattern {
    struct arena arena;
    enum pattern_kind kind;
    struct pattern_term *terms;
    size_t terms_of_kind[TERM_KIND_COUNT];
    const struct pattern_expr *expr;
    struct pattern_field *fields;
    size_t field_count;
    bool has_ellipsis;
    pcre2_code *regexes[PATTERN_REGEX_MAX];
    size_t regex_count;
};

/* --- the lexer --- */

struct pattern_lexer {
    struct log_pattern *pattern;
    struct slice rest;
    int depth;
    struct fault *reterr;
};

enum status pattern_invalid(struct pattern_lexer *lexer);
void pattern_skip_blanks(struct pattern_lexer *lexer);
/* Steps over `text` when it comes next, blanks before it included. */
bool pattern_take(struct pattern_lexer *lexer, const char *text);
/* `is_char` says which characters a bare word may have. */
MUST_CHECK enum status pattern_take_value(struct pattern_lexer *lexer, bool (*is_char)(char c),
                                          struct pattern_value *ret_value);
bool pattern_is_word_char(char c); /* letters, digits and '_' */

/* --- comparisons --- */

bool pattern_regex_matches(const pcre2_code *regex, struct slice text);
bool pattern_compare_text(enum comparison comparison, const struct pattern_value *value,
                          struct slice text);
bool pattern_compare_number(enum comparison comparison, double left, double right);

/* --- kinds --- */

MUST_CHECK enum status pattern_parse_json(struct pattern_lexer *lexer);
bool pattern_matches_json(const struct log_pattern *pattern, struct slice message);
MUST_CHECK enum status pattern_parse_selector(struct pattern_lexer *lexer,
                                              const struct selector_step **ret_selector);
/* Calls `each` for every value that the selector finds, until it returns true, which is returned. */
bool pattern_select(struct slice json, const struct selector_step *selector,
                    bool (*each)(void *ctx, struct slice value), void *ctx);

MUST_CHECK enum status pattern_parse_fields(struct pattern_lexer *lexer);
bool pattern_matches_fields(const struct log_pattern *pattern, struct slice message);
void pattern_field_values(const struct log_pattern *pattern, struct slice message,
                          log_pattern_value_fn *each, void *ctx);

/* Conditions, operators between them and parentheses around them. `parse_subject` reads what a condition is about,
 * up to its comparison; with `takes_states` "IS NULL" and its like are comparisons as well. */
typedef enum status pattern_subject_fn(struct pattern_lexer *lexer, struct pattern_expr *condition,
                                       void *ctx);
struct pattern_grammar {
    pattern_subject_fn *parse_subject;
    void *ctx;
    bool takes_states;
};
MUST_CHECK enum status pattern_parse_or(struct pattern_lexer *lexer,
                                        const struct pattern_grammar *grammar,
                                        struct pattern_expr **ret_expr);
bool pattern_evaluate(const struct pattern_expr *expr,
                      bool (*holds)(void *ctx, const struct pattern_expr *condition), void *ctx);

#endif
