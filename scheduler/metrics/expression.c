#include "scheduler/metrics/expression.h"

#include "scheduler/metrics/expression_private.h"

#include <stdlib.h>

struct parser {
    struct arena *arena;
    struct slice text;
    size_t at;
    int depth;
    struct fault *reterr;
};

typedef enum status parse_fn(struct parser *parser, struct expression **ret_expression);
static parse_fn parse_or;

static enum status refuse(struct parser *parser, const char *what)
{
    return fault_set(parser->reterr, STATUS_INVALID, "%s at position %zu", what, parser->at);
}

static char peek(struct parser *parser)
{
    while (parser->at < parser->text.len &&
           strchr(" \t\r\n", parser->text.ptr[parser->at]) != NULL) {
        parser->at++;
    }
    return parser->at < parser->text.len ? parser->text.ptr[parser->at] : '\0';
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool take(struct parser *parser, const char *sign)
{
    size_t len = strlen(sign);
    (void)peek(parser);
    struct slice rest = slice_skip(parser->text, parser->at);
    if (!slice_starts_with(rest, slice_from(sign)) ||
        (is_word_char(sign[0]) && rest.len > len && is_word_char(rest.ptr[len]))) {
        return false;
    }
    parser->at += len;
    return true;
}

static struct expression *make(struct parser *parser, enum expression_kind kind)
{
    struct expression *expression = arena_alloc(parser->arena, sizeof *expression);
    expression->kind = kind;
    return expression;
}

static struct expression *make_operator(struct parser *parser, enum math_operator op,
                                        struct expression *left, struct expression *right)
{
    struct expression *expression = make(parser, EXPRESSION_OPERATOR);
    expression->op = op;
    expression->first = left;
    left->next = right;
    return expression;
}

/* --- what binds strongest --- */

static enum status parse_list(struct parser *parser, const char *closing,
                              struct expression *ret_owner, size_t *ret_count)
{
    const struct expression **end = &ret_owner->first;
    *ret_count = 0;
    if (take(parser, closing)) {
        return STATUS_OK;
    }
    do {
        struct expression *element;
        enum status status = parse_or(parser, &element);
        if (status != STATUS_OK) {
            return status;
        }
        *end = element;
        end = &element->next;
        (*ret_count)++;
    } while (take(parser, ","));
    return take(parser, closing) ? STATUS_OK : refuse(parser, "A list is not closed");
}

static enum status parse_function(struct parser *parser, struct slice name,
                                  struct expression **ret_expression)
{
    struct expression *expression = make(parser, EXPRESSION_FUNCTION);
    size_t count;
    *ret_expression = expression;
    expression->function = math_function_find(name);
    if (expression->function == NULL) {
        return math_function_is_known(name)
                   ? fault_set(parser->reterr, STATUS_UNSUPPORTED,
                               "sls-local does not emulate the function %.*s", SLICE_ARG(name))
                   : fault_set(parser->reterr, STATUS_INVALID, "There is no function %.*s",
                               SLICE_ARG(name));
    }
    enum status status = parse_list(parser, ")", expression, &count);
    if (status == STATUS_OK &&
        (count < expression->function->least || count > expression->function->most)) {
        return fault_set(parser->reterr, STATUS_INVALID, "%.*s does not take %zu arguments",
                         SLICE_ARG(name), count);
    }
    return status;
}

static enum status parse_word(struct parser *parser, struct expression **ret_expression)
{
    size_t begin = parser->at;
    while (parser->at < parser->text.len && is_word_char(parser->text.ptr[parser->at])) {
        parser->at++;
    }
    struct slice word = slice_take(slice_skip(parser->text, begin), parser->at - begin);
    if (take(parser, "(")) {
        return parse_function(parser, word, ret_expression);
    }
    *ret_expression = make(parser, EXPRESSION_ID);
    (*ret_expression)->text = word;
    return STATUS_OK;
}

static enum status parse_number(struct parser *parser, struct expression **ret_expression)
{
    char copy[64];
    char *end;
    struct slice rest = slice_skip(parser->text, parser->at);
    size_t len = rest.len < sizeof copy - 1 ? rest.len : sizeof copy - 1;
    memcpy(copy, rest.ptr, len);
    copy[len] = '\0';
    copy[strspn(copy, "0123456789.eE+-")] = '\0'; /* neither names nor hexadecimals */
    *ret_expression = make(parser, EXPRESSION_NUMBER);
    (*ret_expression)->number = strtod(copy, &end);
    parser->at += (size_t)(end - copy);
    return end != copy ? STATUS_OK : refuse(parser, "A number is malformed");
}

static enum status parse_text(struct parser *parser, struct expression **ret_expression)
{
    struct slice rest = slice_skip(parser->text, parser->at + 1);
    size_t end = slice_find(rest, parser->text.ptr[parser->at]);
    if (end == SLICE_NPOS) {
        return refuse(parser, "A text is not closed");
    }
    *ret_expression = make(parser, EXPRESSION_TEXT);
    (*ret_expression)->text = slice_take(rest, end);
    parser->at += end + 2;
    return STATUS_OK;
}

static enum status parse_basic(struct parser *parser, struct expression **ret_expression)
{
    size_t count;
    char c = peek(parser);
    if (c == '(') {
        parser->at++;
        enum status status = parse_or(parser, ret_expression);
        return status != STATUS_OK || take(parser, ")") ? status
                                                        : refuse(parser, "A bracket is not closed");
    }
    if (c == '[') {
        parser->at++;
        *ret_expression = make(parser, EXPRESSION_ARRAY);
        return parse_list(parser, "]", *ret_expression, &count);
    }
    if (c == '"' || c == '\'') {
        return parse_text(parser, ret_expression);
    }
    if ((c >= '0' && c <= '9') || c == '.') {
        return parse_number(parser, ret_expression);
    }
    return is_word_char(c) ? parse_word(parser, ret_expression)
                           : refuse(parser, "Something is missing or not understood");
}

static enum status parse_unary(struct parser *parser, struct expression **ret_expression)
{
    if (++parser->depth > EXPRESSION_DEPTH_MAX) {
        return refuse(parser, "The expression is nested too deeply");
    }
    enum status status;
    if (take(parser, "-")) {
        struct expression *inner;
        status = parse_unary(parser, &inner);
        *ret_expression = make(parser, EXPRESSION_NEGATION);
        (*ret_expression)->first = status == STATUS_OK ? inner : NULL;
    } else {
        status = parse_basic(parser, ret_expression);
    }
    parser->depth--;
    return status;
}

static enum status parse_power(struct parser *parser, struct expression **ret_expression)
{
    enum status status = parse_unary(parser, ret_expression);
    if (status != STATUS_OK || !take(parser, "^")) {
        return status;
    }
    struct expression *right;
    status = parse_unary(parser, &right);
    if (status == STATUS_OK) {
        *ret_expression = make_operator(parser, MATH_POWER, *ret_expression, right);
    }
    return status;
}

/* --- chains of operators of one strength --- */

struct operator_sign {
    const char *sign;
    enum math_operator op;
};

/* `signs` ends with a NULL sign; longer ones come first. */
static enum status parse_chain(struct parser *parser, parse_fn *parse_operand,
                               const struct operator_sign *signs,
                               struct expression **ret_expression)
{
    enum status status = parse_operand(parser, ret_expression);
    const struct operator_sign *sign = signs;
    while (status == STATUS_OK && sign->sign != NULL) {
        struct expression *right;
        if (!take(parser, sign->sign)) {
            sign++;
            continue;
        }
        status = parse_operand(parser, &right);
        if (status == STATUS_OK) {
            *ret_expression = make_operator(parser, sign->op, *ret_expression, right);
        }
        sign = signs;
    }
    return status;
}

static enum status parse_product(struct parser *parser, struct expression **ret_expression)
{
    static const struct operator_sign signs[] = {
        {"*", MATH_TIMES}, {"/", MATH_DIVIDE}, {NULL, MATH_TIMES}};
    return parse_chain(parser, parse_power, signs, ret_expression);
}

static enum status parse_sum(struct parser *parser, struct expression **ret_expression)
{
    static const struct operator_sign signs[] = {
        {"+", MATH_PLUS}, {"-", MATH_MINUS}, {NULL, MATH_PLUS}};
    return parse_chain(parser, parse_product, signs, ret_expression);
}

static enum status parse_compare(struct parser *parser, struct expression **ret_expression)
{
    static const struct operator_sign signs[] = {
        {"<=", MATH_LESS_EQUAL}, {">=", MATH_GREATER_EQUAL}, {"==", MATH_EQUAL},
        {"!=", MATH_NOT_EQUAL},  {"<", MATH_LESS},           {">", MATH_GREATER},
        {NULL, MATH_EQUAL}};
    return parse_chain(parser, parse_sum, signs, ret_expression);
}

static enum status parse_and(struct parser *parser, struct expression **ret_expression)
{
    static const struct operator_sign signs[] = {
        {"&&", MATH_AND}, {"AND", MATH_AND}, {NULL, MATH_AND}};
    return parse_chain(parser, parse_compare, signs, ret_expression);
}

static enum status parse_or(struct parser *parser, struct expression **ret_expression)
{
    static const struct operator_sign signs[] = {{"||", MATH_OR}, {"OR", MATH_OR}, {NULL, MATH_OR}};
    return parse_chain(parser, parse_and, signs, ret_expression);
}

enum status expression_parse(struct arena *arena, struct slice text,
                             const struct expression **ret_expression, struct fault *reterr)
{
    struct parser parser = {.arena = arena, .text = text, .reterr = reterr};
    struct expression *expression;
    enum status status = parse_or(&parser, &expression);
    if (status == STATUS_OK && peek(&parser) != '\0') {
        status = refuse(&parser, "Something is not understood");
    }
    if (status == STATUS_OK) {
        *ret_expression = expression;
    }
    return status;
}
