#include "gateway/vtl/jsonpath_private.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/vtl/regex.h"

/* --- text to tree --- */

/* The longer of two that begin alike stands first. */
static const struct {
    const char *text;
    enum filter_relation relation;
} relations[] = {
    {"==", RELATION_EQ},
    {"!=", RELATION_NE},
    {"<=", RELATION_LE},
    {">=", RELATION_GE},
    {"<", RELATION_LT},
    {">", RELATION_GT},
    {"=~", RELATION_MATCHES},
    {"in ", RELATION_IN},
    {"nin ", RELATION_NIN},
    {"contains ", RELATION_CONTAINS},
    {"size ", RELATION_SIZE},
    {"empty ", RELATION_EMPTY},
    {"subsetof ", RELATION_SUBSETOF},
    {"anyof ", RELATION_ANYOF},
    {"noneof ", RELATION_NONEOF},
};

static enum status parse_regex(struct path_parser *parser, struct operand *operand)
{
    struct slice rest = slice_skip(parser->rest, 1);
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != '/') {
        len += rest.ptr[len] == '\\' ? 2 : 1;
    }
    if (len >= rest.len) {
        return path_parser_fails(parser, "a regular expression that ends with '/'");
    }
    operand->kind = OPERAND_REGEX;
    operand->text = slice_take(rest, len);
    parser->rest = slice_skip(rest, len + 1);
    operand->ignores_case = path_parser_take(parser, "i");
    return STATUS_OK;
}

/* A list's texts may stand in single quotes, which JSON does not have. */
static enum status parse_json(struct path_parser *parser, struct operand *operand)
{
    char open = parser->rest.ptr[0], close = open == '[' ? ']' : '}';
    struct buf json = BUF_INIT(JSONPATH_TEXT_MAX * 2);
    size_t depth = 0, at = 0;
    char quote = '\0';
    do {
        char c = parser->rest.ptr[at++];
        depth += quote == '\0' && c == open ? 1 : 0;
        depth -= quote == '\0' && c == close ? 1 : 0;
        if (quote != '\0' && c == '\\' && at < parser->rest.len) {
            bool is_quote = parser->rest.ptr[at] == '\'';
            buf_append(&json,
                       slice_of(parser->rest.ptr + at - (is_quote ? 0 : 1), is_quote ? 1 : 2));
            at++;
        } else if (quote == '\0' ? c == '\'' || c == '"' : c == quote) {
            quote = quote == '\0' ? c : '\0';
            buf_append_char(&json, '"');
        } else {
            buf_append(&json, c == '"' ? SLICE("\\\"") : slice_of(&c, 1));
        }
    } while (depth > 0 && at < parser->rest.len);
    operand->kind = OPERAND_JSON;
    operand->text = arena_copy(parser->arena, buf_slice(&json));
    buf_finish(&json);
    if (!json_validate(operand->text, NULL)) {
        return path_parser_fails(parser, "JSON");
    }
    parser->rest = slice_skip(parser->rest, at);
    return STATUS_OK;
}

/* A number, true, false or null. */
static enum status parse_word(struct path_parser *parser, struct operand *operand)
{
    size_t len = 0;
    while (len < parser->rest.len && strchr(" )=!<>&|,", parser->rest.ptr[len]) == NULL) {
        len++;
    }
    operand->kind = OPERAND_JSON;
    operand->text = slice_take(parser->rest, len);
    if (len == 0 || !json_validate(operand->text, NULL)) {
        return path_parser_fails(parser, "a path from @ or $, a value or a regular expression");
    }
    parser->rest = slice_skip(parser->rest, len);
    return STATUS_OK;
}

static enum status parse_operand(struct path_parser *parser, struct operand *operand)
{
    path_parser_skip_blanks(parser);
    switch (parser->rest.len > 0 ? parser->rest.ptr[0] : '\0') {
    case '@':
    case '$':
        operand->kind = OPERAND_PATH;
        return path_parser_path(parser, true, &operand->path);
    case '\'':
    case '"':
        operand->kind = OPERAND_TEXT;
        return path_parser_quoted(parser, &operand->text);
    case '/':
        return parse_regex(parser, operand);
    case '[':
    case '{':
        return parse_json(parser, operand);
    default:
        return parse_word(parser, operand);
    }
}

static enum status parse_comparison(struct path_parser *parser, struct filter *filter)
{
    enum status status = parse_operand(parser, &filter->operands[0]);
    if (status != STATUS_OK) {
        return status;
    }
    path_parser_skip_blanks(parser);
    for (size_t i = 0; i < COUNT_OF(relations); i++) {
        if (path_parser_take(parser, relations[i].text)) {
            filter->kind = FILTER_COMPARE;
            filter->relation = relations[i].relation;
            return parse_operand(parser, &filter->operands[1]);
        }
    }
    filter->kind = FILTER_EXISTS;
    return filter->operands[0].kind == OPERAND_PATH
               ? STATUS_OK
               : path_parser_fails(parser, "an operator: == != < <= > >= =~ in nin contains size "
                                           "empty subsetof anyof noneof");
}

static enum status parse_or(struct path_parser *parser, const struct filter **ret_filter);

static enum status parse_not(struct path_parser *parser, const struct filter **ret_filter)
{
    struct filter *filter = arena_alloc(parser->arena, sizeof *filter);
    path_parser_skip_blanks(parser);
    *ret_filter = filter;
    if (parser->depth == JSONPATH_NESTING_MAX) {
        return fault_set(parser->reterr, STATUS_LIMIT,
                         "the filters of a JSONPath may nest %u levels", JSONPATH_NESTING_MAX);
    }
    parser->depth++;
    enum status status;
    if (path_parser_take(parser, "!")) {
        filter->kind = FILTER_NOT;
        status = parse_not(parser, &filter->left);
    } else if (path_parser_take(parser, "(")) {
        status = parse_or(parser, ret_filter);
        path_parser_skip_blanks(parser);
        if (status == STATUS_OK && !path_parser_take(parser, ")")) {
            status = path_parser_fails(parser, "')'");
        }
    } else {
        status = parse_comparison(parser, filter);
    }
    parser->depth--;
    return status;
}

static enum status join(struct path_parser *parser, enum filter_kind kind,
                        const struct filter *left, const struct filter *right,
                        const struct filter **ret_filter)
{
    struct filter *filter = arena_alloc(parser->arena, sizeof *filter);
    *filter = (struct filter){.kind = kind, .left = left, .right = right};
    *ret_filter = filter;
    return STATUS_OK;
}

static enum status parse_and(struct path_parser *parser, const struct filter **ret_filter)
{
    const struct filter *left, *right;
    enum status status = parse_not(parser, &left);
    path_parser_skip_blanks(parser);
    while (status == STATUS_OK && path_parser_take(parser, "&&")) {
        status = parse_not(parser, &right);
        if (status == STATUS_OK) {
            status = join(parser, FILTER_AND, left, right, &left);
        }
        path_parser_skip_blanks(parser);
    }
    *ret_filter = left;
    return status;
}

static enum status parse_or(struct path_parser *parser, const struct filter **ret_filter)
{
    const struct filter *left, *right;
    enum status status = parse_and(parser, &left);
    while (status == STATUS_OK && path_parser_take(parser, "||")) {
        status = parse_and(parser, &right);
        if (status == STATUS_OK) {
            status = join(parser, FILTER_OR, left, right, &left);
        }
    }
    *ret_filter = left;
    return status;
}

enum status path_parser_filter(struct path_parser *parser, const struct filter **ret_filter)
{
    enum status status = parse_or(parser, ret_filter);
    path_parser_skip_blanks(parser);
    if (status == STATUS_OK && !path_parser_take(parser, ")")) {
        return path_parser_fails(parser, "')', '&&' or '||'");
    }
    return status;
}

/* --- what it says of an element --- */

/* What an operand is: raw JSON, or a text without quotes; nothing at all when a path leads nowhere. */
struct side {
    struct slice json; /* ptr NULL: nothing, or a text */
    struct slice text; /* of a string */
    bool is_text;
    bool is_number;
    double number;
};

static struct side side_of_json(struct finding *finding, struct slice json)
{
    struct side side = {.json = json};
    side.is_text = json_raw_string(finding->arena, json, &side.text);
    side.is_number = json_raw_kind(json) == JSON_NUMBER && slice_to_double(json, &side.number);
    return side;
}

static struct side side_of(struct finding *finding, const struct operand *operand,
                           struct slice element)
{
    struct slice json;
    if (operand->kind == OPERAND_TEXT || operand->kind == OPERAND_REGEX) {
        return (struct side){.text = operand->text, .is_text = true};
    }
    if (operand->kind == OPERAND_JSON) {
        return side_of_json(finding, operand->text);
    }
    struct slice from = operand->path->is_of_element ? element : finding->root;
    if (finding_run(finding, operand->path, from, &json) != STATUS_OK) {
        return (struct side){.json = SLICE_NULL};
    }
    return side_of_json(finding, json);
}

static bool exists(const struct side *side)
{
    return side->is_text || side->json.ptr != NULL;
}

static bool are_equal(struct finding *finding, const struct side *left, const struct side *right);

/* Element by element; members need not be in the same order in Jayway, here they must. */
static bool are_arrays_equal(struct finding *finding, struct slice left, struct slice right)
{
    struct json_scan a = json_scan_array(left), b = json_scan_array(right);
    struct slice x, y;
    if (!finding_spend(finding, left.len + right.len)) {
        return false;
    }
    while (finding_spend(finding, 0) && json_scan_element(&a, &x)) {
        if (!json_scan_element(&b, &y)) {
            return false;
        }
        struct side one = side_of_json(finding, x), other = side_of_json(finding, y);
        if (!are_equal(finding, &one, &other)) {
            return false;
        }
    }
    return !json_scan_element(&b, &y);
}

static bool are_equal(struct finding *finding, const struct side *left, const struct side *right)
{
    double number;
    if (left->is_text && right->is_text) {
        return slice_eq(left->text, right->text);
    }
    if (left->is_text || right->is_text) { /* '1' == 1 */
        const struct side *text = left->is_text ? left : right;
        const struct side *other = left->is_text ? right : left;
        return other->is_number && slice_to_double(text->text, &number) && number == other->number;
    }
    if (left->is_number && right->is_number) {
        return left->number == right->number;
    }
    if (left->json.ptr == NULL || right->json.ptr == NULL ||
        json_raw_kind(left->json) != json_raw_kind(right->json)) {
        return left->json.ptr == NULL && right->json.ptr == NULL;
    }
    return json_raw_kind(left->json) == JSON_ARRAY
               ? are_arrays_equal(finding, left->json, right->json)
               : slice_eq(slice_trim(left->json), slice_trim(right->json));
}

static bool has_element(struct finding *finding, struct slice array, const struct side *wanted)
{
    struct json_scan scan = json_scan_array(array);
    struct slice element;
    if (!finding_spend(finding, array.len)) {
        return false;
    }
    while (finding_spend(finding, 0) && json_scan_element(&scan, &element)) {
        struct side side = side_of_json(finding, element);
        if (are_equal(finding, &side, wanted)) {
            return true;
        }
    }
    return false;
}

/* How many elements of `left` are in `right`. */
static size_t count_shared(struct finding *finding, struct slice left, struct slice right)
{
    struct json_scan scan = json_scan_array(left);
    struct slice element;
    size_t count = 0;
    while (finding_spend(finding, 0) && json_scan_element(&scan, &element)) {
        struct side side = side_of_json(finding, element);
        count += has_element(finding, right, &side) ? 1 : 0;
    }
    return count;
}

static bool spend(void *ctx, size_t bytes)
{
    return finding_spend(ctx, bytes);
}

static bool matches_regex(struct finding *finding, const struct side *left,
                          const struct operand *operand)
{
    struct slice text = left->is_text ? left->text : left->json;
    bool is_readable = text.ptr != NULL && slice_is_utf8(text) &&
                       finding_spend(finding, vtl_regex_cost(operand->text));
    struct vtl_regex *regex =
        is_readable ? vtl_regex_create(operand->text, operand->ignores_case, NULL) : NULL;
    bool is_match =
        regex != NULL && vtl_regex_match(regex, text, 0, true, spend, finding) == REGEX_FOUND;
    vtl_regex_free(regex);
    return is_match;
}

static bool is_ordered(enum filter_relation relation, const struct side *left,
                       const struct side *right)
{
    int order;
    if (left->is_number && right->is_number) {
        order = left->number < right->number ? -1 : left->number > right->number;
    } else if (left->is_text && right->is_text) {
        order = slice_compare(left->text, right->text);
    } else {
        return false;
    }
    return relation == RELATION_LT   ? order < 0
           : relation == RELATION_LE ? order <= 0
           : relation == RELATION_GT ? order > 0
                                     : order >= 0;
}

/* Of an array or a text; -1 for what has no size. */
static int64_t size_of(const struct side *side)
{
    return side->is_text                              ? (int64_t)side->text.len
           : json_raw_kind(side->json) == JSON_ARRAY  ? (int64_t)json_raw_count(side->json)
           : json_raw_kind(side->json) == JSON_OBJECT ? !slice_is(slice_trim(side->json), "{}")
                                                      : -1;
}

static bool compare(struct finding *finding, const struct filter *filter, const struct side *left,
                    const struct side *right)
{
    size_t shared;
    switch (filter->relation) {
    case RELATION_EQ:
        return are_equal(finding, left, right);
    case RELATION_NE:
        return !are_equal(finding, left, right);
    case RELATION_LT:
    case RELATION_LE:
    case RELATION_GT:
    case RELATION_GE:
        return is_ordered(filter->relation, left, right);
    case RELATION_MATCHES:
        return filter->operands[1].kind == OPERAND_REGEX &&
               matches_regex(finding, left, &filter->operands[1]);
    case RELATION_IN:
        return exists(left) && has_element(finding, right->json, left);
    case RELATION_NIN:
        return exists(left) && !has_element(finding, right->json, left);
    case RELATION_CONTAINS:
        return left->is_text ? right->is_text && slice_search(left->text, right->text) != SLICE_NPOS
                             : has_element(finding, left->json, right);
    case RELATION_SIZE:
        return right->is_number && (double)size_of(left) == right->number;
    case RELATION_EMPTY:
        return size_of(left) >= 0 && (size_of(left) == 0) == slice_is(right->json, "true");
    case RELATION_SUBSETOF:
    case RELATION_ANYOF:
    case RELATION_NONEOF:
        break;
    }
    if (json_raw_kind(left->json) != JSON_ARRAY || json_raw_kind(right->json) != JSON_ARRAY) {
        return false;
    }
    shared = count_shared(finding, left->json, right->json);
    return filter->relation == RELATION_SUBSETOF ? shared == json_raw_count(left->json)
           : filter->relation == RELATION_ANYOF  ? shared > 0
                                                 : shared == 0;
}

bool jsonpath_filter_matches(struct finding *finding, const struct filter *filter,
                             struct slice element)
{
    struct side left, right;
    if (!finding_spend(finding, 0)) {
        return false;
    }
    switch (filter->kind) {
    case FILTER_OR:
        return jsonpath_filter_matches(finding, filter->left, element) ||
               jsonpath_filter_matches(finding, filter->right, element);
    case FILTER_AND:
        return jsonpath_filter_matches(finding, filter->left, element) &&
               jsonpath_filter_matches(finding, filter->right, element);
    case FILTER_NOT:
        return !jsonpath_filter_matches(finding, filter->left, element);
    case FILTER_EXISTS:
        left = side_of(finding, &filter->operands[0], element);
        return exists(&left);
    case FILTER_COMPARE:
        break;
    }
    left = side_of(finding, &filter->operands[0], element);
    right = side_of(finding, &filter->operands[1], element);
    return compare(finding, filter, &left, &right);
}
