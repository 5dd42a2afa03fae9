#include "gateway/vtl/parser.h"

#include "core/mem.h"

/* --- numbers --- */

static bool is_digit_at(const struct parser *parser, size_t ahead)
{
    return (size_t)(parser->end - parser->at) > ahead && parser->at[ahead] >= '0' &&
           parser->at[ahead] <= '9';
}

/* "-1" and "-.5" are numbers wherever they stand: "$a -1" lacks an operator. */
static bool is_number_here(const struct parser *parser)
{
    size_t sign = parser_is(parser, 0, '-') ? 1 : 0;
    return is_digit_at(parser, sign) ||
           (parser_is(parser, sign, '.') && is_digit_at(parser, sign + 1));
}

static size_t skip_digits(const struct parser *parser, size_t len)
{
    while (is_digit_at(parser, len)) {
        len++;
    }
    return len;
}

static enum status parse_number(struct parser *parser, struct vtl_node **ret_node)
{
    struct vtl_node *node = parser_node(parser, NODE_LITERAL, parser->at);
    size_t len = skip_digits(parser, parser_is(parser, 0, '-') ? 1 : 0);
    bool is_integer = true;
    if (parser_is(parser, len, '.') && !parser_is(parser, len + 1, '.')) { /* not "1..3" */
        is_integer = false;
        len = skip_digits(parser, len + 1);
    }
    size_t sign = parser_is(parser, len + 1, '-') || parser_is(parser, len + 1, '+') ? 1 : 0;
    if ((parser_is(parser, len, 'e') || parser_is(parser, len, 'E')) &&
        is_digit_at(parser, len + 1 + sign)) {
        is_integer = false;
        len = skip_digits(parser, len + 1 + sign);
    }
    node->text = slice_of(parser->at, len);
    node->of.literal = (struct vtl_value){.kind = VTL_NUMERAL, .of = {.text = node->text}};
    int64_t integer;
    char text[64];
    if (is_integer && slice_to_i64(node->text, &integer)) {
        node->of.literal = vtl_integer(integer);
    } else if (!is_integer && len < sizeof(text)) {
        (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(node->text));
        node->of.literal = vtl_double(strtod(text, NULL));
    } else if (!is_integer) {
        return parser_fails(parser, parser->at, STATUS_LIMIT, "a number may have %zu digits",
                            sizeof(text) - 1);
    }
    parser->at += len;
    *ret_node = node;
    return STATUS_OK;
}

/* --- texts --- */

/* Two quotes stand for one. NULL: it does not end. */
static const char *end_of_text(const struct parser *parser)
{
    char quote = *parser->at;
    const char *possible = NULL;
    for (const char *at = parser->at + 1; at < parser->end; at++) {
        size_t count = 0;
        while (at + count < parser->end && at[count] == quote) {
            count++;
        }
        if (count % 2 == 1) {
            return at + count - 1;
        }
        if (count > 0) {
            possible = at + count - 2; /* for when no other quote follows */
            at += count - 1;
        }
    }
    return possible;
}

static void append_utf8(struct buf *text, uint32_t c)
{
    char bytes[3];
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    if (len == 1) {
        bytes[0] = (char)c;
    } else if (len == 2) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
    }
    buf_append(text, slice_of(bytes, len));
}

/* A text without "\uXXXX" (which only double quotes know) and without doubled quotes. No other escape exists. */
static enum status unquote(struct parser *parser, struct slice raw, char quote,
                           struct slice *ret_text)
{
    struct buf text = BUF_INIT(VTL_TEXT_MAX);
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] == '\\' && quote == '"' && i + 1 < raw.len && raw.ptr[i + 1] == 'u') {
            char digits[5] = "", *end = digits;
            (void)snprintf(digits, sizeof(digits), "%.*s", i + 6 <= raw.len ? 4 : 0,
                           raw.ptr + i + 2);
            uint32_t c = (uint32_t)strtoul(digits, &end, 16);
            if (end != digits + 4 || digits[0] == '-' || digits[0] == '+' || digits[0] == ' ') {
                buf_finish(&text);
                return parser_fails(parser, raw.ptr + i, STATUS_INVALID,
                                    "\\u needs four hexadecimal digits");
            }
            append_utf8(&text, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
            i += 5;
        } else {
            buf_append_char(&text, raw.ptr[i]);
            i += raw.ptr[i] == quote ? 1 : 0;
        }
    }
    *ret_text = arena_copy(parser->arena, buf_slice(&text));
    buf_finish(&text);
    return STATUS_OK;
}

/* The template in a text: "Hello $name". */
static enum status parse_inside(struct parser *parser, struct slice text, const char *quote,
                                bool is_copy, const struct vtl_node **ret_block)
{
    const char *at = parser->at, *end = parser->end;
    size_t origin = parser->origin;
    bool was_in_quotes = parser->is_in_quotes;
    enum block_end block_end;
    parser->origin = is_copy ? parser_offset(parser, quote) : parser->origin;
    parser->at = text.ptr;
    parser->end = text.ptr + text.len;
    parser->is_in_quotes = true;
    enum status status = parse_block(parser, ret_block, &block_end);
    if (status == STATUS_OK && block_end != BLOCK_TEXT_ENDS) {
        status = parser_fails(parser, parser->at, STATUS_INVALID,
                              "an #end, #else or #elseif in this text belongs to no directive");
    }
    parser->at = at;
    parser->end = end;
    parser->origin = origin;
    parser->is_in_quotes = was_in_quotes;
    return status;
}

static enum status parse_text_literal(struct parser *parser, struct vtl_node **ret_node)
{
    const char *quote = parser->at, *end = end_of_text(parser);
    if (end == NULL) {
        return parser_fails(parser, quote, STATUS_INVALID, "this text has no closing %c", *quote);
    }
    struct slice raw = slice_of(quote + 1, (size_t)(end - quote - 1)), text = raw;
    bool is_changed = slice_find(raw, *quote) != SLICE_NPOS ||
                      (*quote == '"' && slice_search(raw, SLICE("\\u")) != SLICE_NPOS);
    bool is_template =
        *quote == '"' && (slice_find(raw, '$') != SLICE_NPOS || slice_find(raw, '#') != SLICE_NPOS);
    enum status status = is_changed ? unquote(parser, raw, *quote, &text) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    struct vtl_node *node = parser_node(parser, is_template ? NODE_TEMPLATE : NODE_LITERAL, quote);
    node->of.literal = is_template ? vtl_null() : vtl_string(text);
    if (is_template) {
        status = parse_inside(parser, text, quote, is_changed, &node->of.block);
    }
    parser->at = end + 1;
    *ret_node = node;
    return status;
}

/* --- lists, ranges, maps --- */

enum status parse_arguments(struct parser *parser, char close, const struct vtl_node **ret_first,
                            size_t *ret_count)
{
    struct node_list list = {.first = NULL};
    struct vtl_node *node;
    const char close_text[2] = {close, '\0'};
    bool has_more = !parser_take(parser, close_text);
    while (has_more) {
        enum status status = parse_argument(parser, &node);
        if (status != STATUS_OK) {
            return status;
        }
        node_list_add(&list, node);
        has_more = parser_take(parser, ",");
        if (!has_more && !parser_take(parser, close_text)) {
            return parser_fails(parser, parser->at, STATUS_INVALID, "',' or '%c' is needed here",
                                close);
        }
    }
    if (close == ')' && list.count > VTL_ARGUMENTS_MAX) {
        return parser_fails(parser, parser->at, STATUS_LIMIT, "a method may have %u arguments",
                            VTL_ARGUMENTS_MAX);
    }
    *ret_first = list.first;
    *ret_count = list.count;
    return STATUS_OK;
}

static bool is_bound(const struct vtl_node *node)
{
    return node->kind == NODE_REFERENCE ||
           (node->kind == NODE_LITERAL && node->of.literal.kind == VTL_INTEGER);
}

static enum status parse_range_end(struct parser *parser, struct vtl_node *range,
                                   struct vtl_node *left)
{
    struct vtl_node *right;
    parser_skip_space(parser);
    enum status status = parse_argument(parser, &right);
    if (status == STATUS_OK && (!is_bound(right) || !parser_take(parser, "]"))) {
        return parser_fails(parser, parser->at, STATUS_INVALID,
                            "a range needs to be [from..to], of integers or $references");
    }
    range->kind = NODE_RANGE;
    range->of.pair.left = left;
    range->of.pair.right = status == STATUS_OK ? right : NULL;
    return status;
}

/* "[1, 2]" or "[1..2]" */
static enum status parse_list(struct parser *parser, struct vtl_node **ret_node)
{
    struct vtl_node *list = parser_node(parser, NODE_LIST, parser->at), *first;
    size_t count;
    *ret_node = list;
    parser->at++;
    if (parser_take(parser, "]")) {
        return STATUS_OK;
    }
    enum status status = parse_argument(parser, &first);
    if (status != STATUS_OK) {
        return status;
    }
    if (is_bound(first) && parser_take(parser, "..")) {
        return parse_range_end(parser, list, first);
    }
    list->of.items = first;
    if (parser_take(parser, "]")) {
        return STATUS_OK;
    }
    if (!parser_take(parser, ",") || parser_is(parser, 0, ']')) {
        return parser_fails(parser, parser->at, STATUS_INVALID, "a list needs ',' or ']' here");
    }
    return parse_arguments(parser, ']', &first->next, &count);
}

static enum status parse_map(struct parser *parser, struct vtl_node **ret_node)
{
    struct vtl_node *map = parser_node(parser, NODE_MAP, parser->at), *item;
    struct node_list items = {.first = NULL};
    parser->at++;
    parser_skip_space(parser);
    bool has_more = !parser_take(parser, "}");
    while (has_more) {
        for (size_t i = 0; i < 2; i++) {
            enum status status = parse_argument(parser, &item);
            if (status != STATUS_OK) {
                return status;
            }
            node_list_add(&items, item);
            if (i == 0 && !parser_take(parser, ":")) {
                return parser_fails(parser, parser->at, STATUS_INVALID, "a map needs ':' here");
            }
        }
        has_more = parser_take(parser, ",");
        if (!has_more && !parser_take(parser, "}")) {
            return parser_fails(parser, parser->at, STATUS_INVALID, "a map needs ',' or '}' here");
        }
    }
    map->of.items = items.first;
    *ret_node = map;
    return STATUS_OK;
}

/* --- one value --- */

static enum status parse_word(struct parser *parser, struct vtl_node **ret_node)
{
    struct slice word = slice_of(parser->at, parser_word_len(parser, parser->at));
    bool is_true = slice_is(word, "true");
    if (!is_true && !slice_is(word, "false")) {
        return parser_fails(
            parser, parser->at, STATUS_INVALID,
            "a value is needed here: a $reference, a text in quotes, a number, true, "
            "false, a list or a map");
    }
    struct vtl_node *node = parser_node(parser, NODE_LITERAL, parser->at);
    node->of.literal = vtl_boolean(is_true);
    node->text = word;
    parser->at += word.len;
    *ret_node = node;
    return STATUS_OK;
}

static enum status parse_value(struct parser *parser, struct vtl_node **ret_node)
{
    switch (parser->at < parser->end ? *parser->at : '\0') {
    case '"':
    case '\'':
        return parse_text_literal(parser, ret_node);
    case '$':
        return parse_reference(parser, ret_node);
    case '[':
        return parse_list(parser, ret_node);
    case '{':
        return parse_map(parser, ret_node);
    default:
        return is_number_here(parser) ? parse_number(parser, ret_node)
                                      : parse_word(parser, ret_node);
    }
}

enum status parse_argument(struct parser *parser, struct vtl_node **ret_node)
{
    enum status status = parser_descend(parser);
    if (status != STATUS_OK) {
        return status;
    }
    parser_skip_space(parser);
    status = parse_value(parser, ret_node);
    parser_skip_space(parser);
    parser->depth--;
    return status;
}

enum status parse_index(struct parser *parser, struct vtl_node **ret_node)
{
    enum status status = parse_argument(parser, ret_node);
    if (status != STATUS_OK) {
        return status;
    }
    enum vtl_node_kind kind = (*ret_node)->kind;
    bool is_index = kind == NODE_REFERENCE || kind == NODE_TEMPLATE ||
                    (kind == NODE_LITERAL && (*ret_node)->of.literal.kind != VTL_DOUBLE);
    if (!is_index || !parser_take(parser, "]")) {
        return parser_fails(parser, parser->at, STATUS_INVALID,
                            "an index needs to be [a number, a text in quotes or a $reference]");
    }
    return STATUS_OK;
}

/* --- operators --- */

/* By how much they bind. */
static const struct {
    const char *text;
    unsigned level;
    enum vtl_node_kind kind;
} operations[] = {
    {"||", 0, NODE_OR},    {"or", 0, NODE_OR},      {"&&", 1, NODE_AND},     {"and", 1, NODE_AND},
    {"==", 2, NODE_EQ},    {"eq", 2, NODE_EQ},      {"!=", 2, NODE_NE},      {"ne", 2, NODE_NE},
    {"<=", 3, NODE_LE},    {"le", 3, NODE_LE},      {">=", 3, NODE_GE},      {"ge", 3, NODE_GE},
    {"<", 3, NODE_LT},     {"lt", 3, NODE_LT},      {">", 3, NODE_GT},       {"gt", 3, NODE_GT},
    {"+", 4, NODE_ADD},    {"-", 4, NODE_SUBTRACT}, {"*", 5, NODE_MULTIPLY}, {"/", 5, NODE_DIVIDE},
    {"%", 5, NODE_MODULO},
};
#define LEVEL_UNARY 6

static bool take_operation(struct parser *parser, unsigned level, enum vtl_node_kind *ret_kind)
{
    parser_skip_space(parser);
    size_t word = parser_word_len(parser, parser->at);
    for (size_t i = 0; i < COUNT_OF(operations) && !is_number_here(parser); i++) {
        size_t len = strlen(operations[i].text);
        if (operations[i].level == level && (word == 0 || word == len) &&
            parser_take(parser, operations[i].text)) {
            *ret_kind = operations[i].kind;
            return true;
        }
    }
    return false;
}

static enum status parse_level(struct parser *parser, unsigned level, struct vtl_node **ret_node);

static enum status parse_unary(struct parser *parser, struct vtl_node **ret_node)
{
    struct vtl_node *node, *inside;
    enum status status = parser_descend(parser);
    if (status != STATUS_OK) {
        return status;
    }
    parser_skip_space(parser);
    const char *start = parser->at;
    bool is_not = parser_is(parser, 0, '!')
                      ? parser_take(parser, "!")
                      : parser_word_len(parser, start) == 3 && parser_take(parser, "not");
    if (is_not) {
        status = parse_unary(parser, &inside);
        node = parser_node(parser, NODE_NOT, start);
        node->of.pair.left = status == STATUS_OK ? inside : NULL;
    } else if (parser_take(parser, "(")) {
        status = parse_level(parser, 0, &node);
        if (status == STATUS_OK && !parser_take(parser, ")")) {
            status = parser_fails(parser, parser->at, STATUS_INVALID,
                                  "an operator or ')' is needed here");
        }
    } else {
        status = parse_value(parser, &node);
    }
    parser_skip_space(parser);
    parser->depth--;
    *ret_node = status == STATUS_OK ? node : NULL;
    return status;
}

/* Operators of one level and all that bind more. */
static enum status parse_level(struct parser *parser, unsigned level, struct vtl_node **ret_node)
{
    struct vtl_node *left, *right;
    enum vtl_node_kind kind;
    if (level == LEVEL_UNARY) {
        return parse_unary(parser, ret_node);
    }
    enum status status = parse_level(parser, level + 1, &left);
    const char *where = parser->at;
    size_t count = 0;
    while (status == STATUS_OK && take_operation(parser, level, &kind)) {
        struct vtl_node *node = parser_node(parser, kind, where);
        if (count++ == VTL_OPERATORS_MAX) {
            return parser_fails(parser, where, STATUS_LIMIT,
                                "%u operators of a kind may stand in a row", VTL_OPERATORS_MAX);
        }
        status = parse_level(parser, level + 1, &right);
        node->of.pair.left = left;
        node->of.pair.right = status == STATUS_OK ? right : NULL;
        left = node;
        where = parser->at;
    }
    *ret_node = status == STATUS_OK ? left : NULL;
    return status;
}

enum status parse_expression(struct parser *parser, struct vtl_node **ret_node)
{
    return parse_level(parser, 0, ret_node);
}
