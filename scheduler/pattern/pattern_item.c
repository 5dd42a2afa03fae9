/* The items of a rule: plain values and operators. Refusals come in the order in which event-ruler finds them. */
#include "scheduler/pattern/pattern_parser.h"

#define ONLY_ONE_KEY "Only one key allowed in match expression"
#define TOO_MANY "Too many elements in numeric expression"
#define NOT_A_STRING " match pattern must be a string"
#define NUMBER_BOUNDS "Value must be between -5.0E11 and 5.0E11, inclusive"

static const struct operand *keep_operand(struct parser *parser, struct operand operand)
{
    struct operand *kept = arena_alloc(parser->arena, sizeof *kept);
    *kept = operand;
    return kept;
}

static struct item one_operand(struct parser *parser, enum item_kind kind, struct operand operand)
{
    return (struct item){.kind = kind, .operands = keep_operand(parser, operand), .count = 1};
}

static struct operand text_operand(struct parser *parser, struct token token)
{
    return (struct operand){.text = token_text(parser->arena, token)};
}

static struct operand number_operand(struct token token)
{
    struct operand operand = {.text = token.raw};
    operand.is_comparable = millionths_parse(token.raw, &operand.millionths);
    return operand;
}

/* The operator's object ends here. */
static bool expect_end(struct parser *parser, const char *words)
{
    struct token token;
    if (!parser_next(parser, true, &token)) {
        return false;
    }
    return token.kind == TOKEN_OBJECT_END || parser_fail(parser, token, "%s", words);
}

/* --- operators with one string --- */

struct text_operator {
    const char *name;
    enum item_kind kind;
    enum item_kind ignore_case; /* with {"equals-ignore-case"} inside; 0: it has none */
    const char *label;          /* in refusals */
    const char *capital;
};

static const struct text_operator text_operators[] = {
    {"prefix", ITEM_PREFIX, ITEM_PREFIX_IGNORE_CASE, "prefix", "Prefix"},
    {"suffix", ITEM_SUFFIX, ITEM_SUFFIX_IGNORE_CASE, "suffix", "Suffix"},
    {"exactly", ITEM_TEXT, 0, "exact", NULL},
    {"cidr", ITEM_ADDRESS, 0, "prefix", NULL},
    {"equals-ignore-case", ITEM_IGNORE_CASE, 0, "equals-ignore-case", NULL},
    {"wildcard", ITEM_WILDCARD, 0, "wildcard", NULL},
};

static const struct text_operator *find_text_operator(struct slice name)
{
    for (size_t i = 0; i < sizeof text_operators / sizeof text_operators[0]; i++) {
        if (slice_is(name, text_operators[i].name)) {
            return &text_operators[i];
        }
    }
    return NULL;
}

/* {"equals-ignore-case": "..."} inside a prefix or suffix, from behind its bracket to behind both. */
static bool parse_ignoring_case(struct parser *parser, const struct text_operator *op,
                                struct item *ret_item)
{
    struct token token;
    if (!parser_next(parser, true, &token)) {
        return false;
    }
    if (token.kind != TOKEN_KEY) {
        return parser_fail(parser, token, "%s expression name not found", op->capital);
    }
    struct slice name = token_text(parser->arena, token);
    if (!slice_is(name, "equals-ignore-case")) {
        return parser_fail(parser, token, "Unsupported %s pattern: %.*s", op->label,
                           SLICE_ARG(name));
    }
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_STRING) {
        return parser_fail(parser, token, "equals-ignore-case" NOT_A_STRING);
    }
    *ret_item = one_operand(parser, op->ignore_case, text_operand(parser, token));
    return expect_end(parser, ONLY_ONE_KEY) && expect_end(parser, ONLY_ONE_KEY);
}

static bool parse_text_operator(struct parser *parser, const struct text_operator *op,
                                struct item *ret_item)
{
    struct token token;
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind == TOKEN_OBJECT && op->ignore_case != 0) {
        return parse_ignoring_case(parser, op, ret_item);
    }
    if (token.kind != TOKEN_STRING) {
        return parser_fail(parser, token, "%s" NOT_A_STRING, op->label);
    }
    struct operand operand = text_operand(parser, token);
    const char *problem = NULL;
    if (op->kind == ITEM_ADDRESS) {
        problem = address_parse_block(parser->arena, operand.text, &operand.addresses);
        if (problem != NULL) {
            return parser_fail_nowhere(parser, problem);
        }
    } else if (op->kind == ITEM_WILDCARD) {
        problem = wildcard_parse(parser->arena, operand.text, &operand.wildcard);
        if (problem != NULL) {
            return parser_fail_behind(parser, token, "%s", problem);
        }
    }
    *ret_item = one_operand(parser, op->kind, operand);
    return expect_end(parser, ONLY_ONE_KEY);
}

/* --- exists --- */

static bool parse_exists(struct parser *parser, struct item *ret_item)
{
    struct token token;
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_TRUE && token.kind != TOKEN_FALSE) {
        return parser_fail(parser, token, "exists match pattern must be either true or false.");
    }
    *ret_item = (struct item){.kind = token.kind == TOKEN_TRUE ? ITEM_EXISTS : ITEM_ABSENT};
    return expect_end(parser, ONLY_ONE_KEY);
}

/* --- numeric --- */

/* The number behind an operator of a numeric expression. */
static bool parse_bound(struct parser *parser, struct slice op, int64_t *ret_millionths)
{
    struct token token;
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_NUMBER) {
        return parser_fail(parser, token, "Value of %.*s must be numeric", SLICE_ARG(op));
    }
    return millionths_parse(token.raw, ret_millionths) || parser_fail(parser, token, NUMBER_BOUNDS);
}

static bool parse_upper_bound(struct parser *parser, struct token token, struct number_range *range)
{
    if (token.kind != TOKEN_STRING) {
        return parser_fail(parser, token, "Bad value in numeric range: %.*s", SLICE_ARG(token.raw));
    }
    struct slice op = token_text(parser->arena, token);
    range->is_high_open = slice_is(op, "<");
    if (!range->is_high_open && !slice_is(op, "<=")) {
        return parser_fail_behind(parser, token, "Bad numeric range operator: %.*s", SLICE_ARG(op));
    }
    if (!parse_bound(parser, op, &range->high) || !parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_ARRAY_END) {
        return parser_fail(parser, token, "Too many terms in numeric range expression");
    }
    return range->low < range->high || parser_fail(parser, token, "Bottom must be less than top");
}

/* From behind the bracket to behind the closing one. */
static bool parse_range(struct parser *parser, struct number_range *range)
{
    struct token token;
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_STRING) {
        return parser_fail(parser, token, "Invalid member in numeric match: %.*s",
                           SLICE_ARG(token.raw));
    }
    struct slice op = token_text(parser->arena, token);
    bool is_equal = slice_is(op, "=");
    bool is_lower = slice_is(op, ">") || slice_is(op, ">=");
    bool is_upper = slice_is(op, "<") || slice_is(op, "<=");
    if (!is_equal && !is_lower && !is_upper) {
        return parser_fail_behind(parser, token, "Unrecognized numeric range operator: %.*s",
                                  SLICE_ARG(op));
    }
    int64_t bound;
    if (!parse_bound(parser, is_equal ? SLICE("equals") : op, &bound) ||
        !parser_next(parser, false, &token)) {
        return false;
    }
    *range = (struct number_range){
        .low = is_upper ? INT64_MIN : bound,
        .high = is_lower ? INT64_MAX : bound,
        .is_low_open = slice_is(op, ">"),
        .is_high_open = slice_is(op, "<"),
    };
    if (token.kind == TOKEN_ARRAY_END) {
        return true;
    }
    return is_lower ? parse_upper_bound(parser, token, range)
                    : parser_fail(parser, token, TOO_MANY);
}

static bool parse_numeric(struct parser *parser, struct item *ret_item)
{
    struct token token;
    struct operand operand = {.text = SLICE("")};
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind != TOKEN_ARRAY) {
        return parser_fail(parser, token, "Value of numeric must be an array.");
    }
    if (!parse_range(parser, &operand.range)) {
        return false;
    }
    *ret_item = one_operand(parser, ITEM_RANGE, operand);
    return expect_end(parser, TOO_MANY);
}

/* --- anything-but --- */

static const struct but_operator {
    const char *name;
    enum item_kind kind;
    const char *not_a_string;
} but_operators[] = {
    {"prefix", ITEM_PREFIX, "prefix/suffix" NOT_A_STRING},
    {"suffix", ITEM_SUFFIX, "prefix/suffix" NOT_A_STRING},
    {"wildcard", ITEM_WILDCARD, "wildcard" NOT_A_STRING},
    {"equals-ignore-case", ITEM_IGNORE_CASE,
     "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."},
};

/* One operand of {"anything-but": {"prefix": ...}}. */
static bool parse_but_text(struct parser *parser, const struct but_operator *op, struct token token,
                           struct operand *ret_operand)
{
    if (token.kind != TOKEN_STRING) {
        return parser_fail(parser, token, "%s", op->not_a_string);
    }
    *ret_operand = text_operand(parser, token);
    bool is_affix = op->kind == ITEM_PREFIX || op->kind == ITEM_SUFFIX;
    if (is_affix && ret_operand->text.len == 0) {
        return parser_fail_behind(parser, token, "Null prefix/suffix not allowed");
    }
    if (op->kind == ITEM_WILDCARD) {
        const char *problem =
            wildcard_parse(parser->arena, ret_operand->text, &ret_operand->wildcard);
        return problem == NULL || parser_fail_behind(parser, token, "%s", problem);
    }
    return true;
}

/* One of {"anything-but": ...} itself. */
static bool parse_but_value(struct parser *parser, struct token token, struct operand *ret_operand)
{
    if (token.kind == TOKEN_STRING) {
        *ret_operand = text_operand(parser, token);
        return true;
    }
    if (token.kind != TOKEN_NUMBER) {
        return parser_fail(parser, token,
                           "Inside anything but list, start|null|boolean is not supported.");
    }
    *ret_operand = number_operand(token);
    return ret_operand->is_comparable || parser_fail(parser, token, NUMBER_BOUNDS);
}

static size_t count_elements(struct token_reader reader)
{
    size_t count = 0;
    struct token token = token_next(&reader);
    while (token.kind != TOKEN_ARRAY_END && token.kind != TOKEN_END) {
        token_skip(&reader, token);
        count++;
        token = token_next(&reader);
    }
    return count;
}

/* From behind the bracket to behind the closing one. */
static bool parse_but_list(struct parser *parser, const struct but_operator *op, struct item *item)
{
    size_t capacity = count_elements(parser->reader);
    struct operand *operands = arena_array(parser->arena, capacity + 1, sizeof *operands);
    size_t numbers = 0, count = 0;
    struct token token;
    for (;;) {
        if (!parser_next(parser, false, &token)) {
            return false;
        }
        if (token.kind == TOKEN_ARRAY_END) {
            break;
        }
        if (op != NULL ? !parse_but_text(parser, op, token, &operands[count])
                       : !parse_but_value(parser, token, &operands[count])) {
            return parser_fail_again(parser);
        }
        numbers += token.kind == TOKEN_NUMBER ? 1 : 0;
        count++;
    }
    if (op == NULL && (count == 0 || (numbers != 0 && numbers != count))) {
        return parser_fail(parser, token,
                           "Inside anything but list, either all values are number or string, "
                           "mixed type is not supported");
    }
    item->kind = op != NULL ? op->kind : numbers > 0 ? ITEM_NUMBER : ITEM_TEXT;
    item->operands = operands;
    item->count = count;
    return true;
}

static bool parse_but_operand(struct parser *parser, const struct but_operator *op,
                              struct token token, struct item *item)
{
    if (token.kind == TOKEN_ARRAY) {
        return parse_but_list(parser, op, item);
    }
    struct operand operand;
    if (token.kind != TOKEN_STRING && token.kind != TOKEN_NUMBER) {
        return parser_fail(parser, token,
                           "Value of anything-but must be an array or single string/number value.");
    }
    if (op != NULL ? !parse_but_text(parser, op, token, &operand)
                   : !parse_but_value(parser, token, &operand)) {
        return false;
    }
    item->kind = op != NULL ? op->kind : token.kind == TOKEN_NUMBER ? ITEM_NUMBER : ITEM_TEXT;
    item->operands = keep_operand(parser, operand);
    item->count = 1;
    return true;
}

static bool parse_but_object(struct parser *parser, struct item *item)
{
    struct token token;
    if (!parser_next(parser, true, &token)) {
        return false;
    }
    if (token.kind != TOKEN_KEY) {
        return parser_fail(parser, token, "Anything-But expression name not found");
    }
    struct slice name = token_text(parser->arena, token);
    for (size_t i = 0; i < sizeof but_operators / sizeof but_operators[0]; i++) {
        if (slice_is(name, but_operators[i].name)) {
            return parser_next(parser, false, &token) &&
                   parse_but_operand(parser, &but_operators[i], token, item) &&
                   expect_end(parser, TOO_MANY) && expect_end(parser, TOO_MANY);
        }
    }
    return parser_fail(parser, token, "Unsupported anything-but pattern: %.*s", SLICE_ARG(name));
}

static bool parse_anything_but(struct parser *parser, struct item *ret_item)
{
    struct token token;
    *ret_item = (struct item){.is_negated = true};
    if (!parser_next(parser, false, &token)) {
        return false;
    }
    if (token.kind == TOKEN_OBJECT) {
        return parse_but_object(parser, ret_item);
    }
    return parse_but_operand(parser, NULL, token, ret_item) && expect_end(parser, TOO_MANY);
}

/* --- an item --- */

/* From behind the bracket to behind the closing one. */
static bool parse_operator(struct parser *parser, struct item *ret_item)
{
    struct token token;
    if (!parser_next(parser, true, &token)) {
        return false;
    }
    if (token.kind != TOKEN_KEY) {
        return parser_fail(parser, token, "Match expression name not found");
    }
    struct slice name = token_text(parser->arena, token);
    const struct text_operator *text_operator = find_text_operator(name);
    if (text_operator != NULL) {
        return parse_text_operator(parser, text_operator, ret_item);
    }
    if (slice_is(name, "numeric")) {
        return parse_numeric(parser, ret_item);
    }
    if (slice_is(name, "anything-but")) {
        return parse_anything_but(parser, ret_item);
    }
    if (slice_is(name, "exists")) {
        return parse_exists(parser, ret_item);
    }
    return parser_fail(parser, token, "Unrecognized match type %.*s", SLICE_ARG(name));
}

/* A string that is an address means the address, however it is written. */
static struct item text_item(struct parser *parser, struct token token)
{
    struct operand operand = text_operand(parser, token);
    struct address address;
    if (!address_parse(operand.text, &address)) {
        return one_operand(parser, ITEM_TEXT, operand);
    }
    operand.addresses = (struct address_range){.low = address, .high = address};
    return one_operand(parser, ITEM_ADDRESS, operand);
}

bool parser_item(struct parser *parser, struct token token, struct item *ret_item)
{
    if (token.kind == TOKEN_OBJECT) {
        return parse_operator(parser, ret_item);
    }
    if (token.kind == TOKEN_STRING) {
        *ret_item = text_item(parser, token);
    } else if (token.kind == TOKEN_NUMBER) {
        *ret_item = one_operand(parser, ITEM_NUMBER, number_operand(token));
    } else if (token.kind == TOKEN_TRUE) {
        *ret_item = (struct item){.kind = ITEM_TRUE};
    } else if (token.kind == TOKEN_FALSE) {
        *ret_item = (struct item){.kind = ITEM_FALSE};
    } else if (token.kind == TOKEN_NULL) {
        *ret_item = (struct item){.kind = ITEM_NULL};
    } else {
        return parser_fail(parser, token,
                           "Match value must be String, number, true, false, or null");
    }
    return true;
}
