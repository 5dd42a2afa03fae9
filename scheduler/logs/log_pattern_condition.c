/* Conditions of JSON and field patterns, the operators between them and the parentheses around them. */
#include "scheduler/logs/log_pattern_private.h"

/* --- one condition --- */

/* A keyword in capitals or not, which ends there. */
static bool take_word(struct pattern_lexer *lexer, const char *word)
{
    size_t len = strlen(word);
    pattern_skip_blanks(lexer);
    if (!slice_istarts_with(lexer->rest, slice_from(word)) ||
        (lexer->rest.len > len && pattern_is_word_char(lexer->rest.ptr[len]))) {
        return false;
    }
    lexer->rest = slice_skip(lexer->rest, len);
    return true;
}

static bool take_comparison(struct pattern_lexer *lexer, enum comparison *ret_comparison)
{
    static const struct {
        const char *text;
        enum comparison comparison;
    } signs[] = {
        /* the longer ones first */
        {"!=", COMPARE_NOT_EQUAL}, {"=!", COMPARE_NOT_EQUAL},     {"<=", COMPARE_LESS_EQUAL},
        {"<", COMPARE_LESS},       {">=", COMPARE_GREATER_EQUAL}, {">", COMPARE_GREATER},
        {"=", COMPARE_EQUAL},
    };
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (pattern_take(lexer, signs[i].text)) {
            *ret_comparison = signs[i].comparison;
            return true;
        }
    }
    return false;
}

/* "IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS". */
static bool take_state(struct pattern_lexer *lexer, enum comparison *ret_comparison)
{
    if (take_word(lexer, "NOT")) {
        *ret_comparison = COMPARE_NOT_EXISTS;
        return take_word(lexer, "EXISTS");
    }
    if (!take_word(lexer, "IS")) {
        return false;
    }
    *ret_comparison = take_word(lexer, "NULL")   ? COMPARE_IS_NULL
                      : take_word(lexer, "TRUE") ? COMPARE_IS_TRUE
                                                 : COMPARE_IS_FALSE;
    return *ret_comparison != COMPARE_IS_FALSE || take_word(lexer, "FALSE");
}

/* What words, addresses, paths and numbers are made of. */
static bool is_value_char(char c)
{
    return pattern_is_word_char(c) || (c != '\0' && strchr(".*-+:/#@", c) != NULL);
}

static void find_stars(struct pattern_value *value)
{
    if (value->regex != NULL) {
        return;
    }
    if (slice_starts_with(value->text, SLICE("*"))) {
        value->begins_with_any = true;
        value->text = slice_skip(value->text, 1);
    }
    if (slice_ends_with(value->text, SLICE("*"))) {
        value->ends_with_any = true;
        value->text = slice_take(value->text, value->text.len - 1);
    }
}

static enum status parse_condition(struct pattern_lexer *lexer,
                                   const struct pattern_grammar *grammar,
                                   struct pattern_expr *condition)
{
    enum status status = grammar->parse_subject(lexer, condition, grammar->ctx);
    if (status != STATUS_OK) {
        return status;
    }
    if (!take_comparison(lexer, &condition->comparison)) {
        bool is_state = grammar->takes_states && take_state(lexer, &condition->comparison);
        return is_state ? STATUS_OK : pattern_invalid(lexer);
    }
    status = pattern_take_value(lexer, is_value_char, &condition->value);
    find_stars(&condition->value);
    bool is_order =
        condition->comparison != COMPARE_EQUAL && condition->comparison != COMPARE_NOT_EQUAL;
    if (status == STATUS_OK && is_order && !condition->value.is_number) {
        return pattern_invalid(lexer); /* only numbers have an order */
    }
    return status;
}

/* --- operators and parentheses --- */

static struct pattern_expr *make(struct pattern_lexer *lexer, enum expr_kind kind)
{
    struct pattern_expr *expr = arena_alloc(&lexer->pattern->arena, sizeof *expr);
    expr->kind = kind;
    return expr;
}

static enum status parse_basic(struct pattern_lexer *lexer, const struct pattern_grammar *grammar,
                               struct pattern_expr **ret_expr)
{
    if (!pattern_take(lexer, "(")) {
        *ret_expr = make(lexer, EXPR_COMPARE);
        return parse_condition(lexer, grammar, *ret_expr);
    }
    enum status status = pattern_parse_or(lexer, grammar, ret_expr);
    return status != STATUS_OK || pattern_take(lexer, ")") ? status : pattern_invalid(lexer);
}

typedef enum status parse_fn(struct pattern_lexer *lexer, const struct pattern_grammar *grammar,
                             struct pattern_expr **ret_expr);

static enum status parse_chain(struct pattern_lexer *lexer, const struct pattern_grammar *grammar,
                               const char *sign, enum expr_kind kind, parse_fn *parse_operand,
                               struct pattern_expr **ret_expr)
{
    enum status status = parse_operand(lexer, grammar, ret_expr);
    while (status == STATUS_OK && pattern_take(lexer, sign)) {
        struct pattern_expr *joined = make(lexer, kind), *right;
        status = parse_operand(lexer, grammar, &right);
        if (status == STATUS_OK) {
            joined->left = *ret_expr;
            joined->right = right;
            *ret_expr = joined;
        }
    }
    return status;
}

static enum status parse_and(struct pattern_lexer *lexer, const struct pattern_grammar *grammar,
                             struct pattern_expr **ret_expr)
{
    return parse_chain(lexer, grammar, "&&", EXPR_AND, parse_basic, ret_expr);
}

enum status pattern_parse_or(struct pattern_lexer *lexer, const struct pattern_grammar *grammar,
                             struct pattern_expr **ret_expr)
{
    if (++lexer->depth > PATTERN_DEPTH_MAX) {
        return pattern_invalid(lexer);
    }
    enum status status = parse_chain(lexer, grammar, "||", EXPR_OR, parse_and, ret_expr);
    lexer->depth--;
    return status;
}

/* Depth: a chain of n operators leans to the left, n deep; the pattern's length bounds it. */
bool pattern_evaluate(const struct pattern_expr *expr,
                      bool (*holds)(void *ctx, const struct pattern_expr *condition), void *ctx)
{
    if (expr->kind == EXPR_COMPARE) {
        return holds(ctx, expr);
    }
    bool left = pattern_evaluate(expr->left, holds, ctx);
    if (left == (expr->kind == EXPR_OR)) {
        return left;
    }
    return pattern_evaluate(expr->right, holds, ctx);
}
