#include "gateway/vtl/jsonpath_private.h"

#include "core/mem.h"

#define ITEMS_MAX 64 /* names or indexes in one bracket */

static const struct {
    const char *name;
    enum jsonpath_function function;
} functions[] = {
    {"length", FUNCTION_LENGTH}, {"size", FUNCTION_LENGTH}, {"min", FUNCTION_MIN},
    {"max", FUNCTION_MAX},       {"avg", FUNCTION_AVG},     {"sum", FUNCTION_SUM},
    {"stddev", FUNCTION_STDDEV}, {"keys", FUNCTION_KEYS},   {"first", FUNCTION_FIRST},
    {"last", FUNCTION_LAST},     {"index", FUNCTION_INDEX},
};

enum status path_parser_fails(struct path_parser *parser, const char *expected)
{
    return fault_set(parser->reterr, STATUS_INVALID,
                     "JSONPath '%.*s' is not understood at character %zu: expected %s",
                     SLICE_ARG(parser->whole), parser->whole.len - parser->rest.len + 1, expected);
}

static void skip(struct path_parser *parser, size_t len)
{
    parser->rest = slice_skip(parser->rest, len);
}

static char front(const struct path_parser *parser)
{
    return parser->rest.len > 0 ? parser->rest.ptr[0] : '\0';
}

void path_parser_skip_blanks(struct path_parser *parser)
{
    while (front(parser) == ' ') {
        skip(parser, 1);
    }
}

bool path_parser_take(struct path_parser *parser, const char *text)
{
    bool has = slice_starts_with(parser->rest, slice_from(text));
    if (has) {
        skip(parser, strlen(text));
    }
    return has;
}

/* --- brackets --- */

enum status path_parser_quoted(struct path_parser *parser, struct slice *ret_text)
{
    char quote = front(parser);
    char *text = arena_alloc(parser->arena, parser->rest.len);
    size_t len = 0;
    for (size_t at = 1; at < parser->rest.len; at++) {
        char c = parser->rest.ptr[at];
        if (c == quote) {
            skip(parser, at + 1);
            *ret_text = slice_of(text, len);
            return STATUS_OK;
        }
        if (c == '\\' && at + 1 < parser->rest.len) {
            c = parser->rest.ptr[++at];
        }
        text[len++] = c;
    }
    return path_parser_fails(parser, "a text that ends with its quote");
}

static enum status parse_names(struct path_parser *parser, struct segment *segment)
{
    struct slice *names = arena_array(parser->arena, ITEMS_MAX, sizeof *names);
    do {
        path_parser_skip_blanks(parser);
        if ((front(parser) != '\'' && front(parser) != '"') || segment->count == ITEMS_MAX) {
            return path_parser_fails(parser, "a name in quotes");
        }
        enum status status = path_parser_quoted(parser, &names[segment->count++]);
        if (status != STATUS_OK) {
            return status;
        }
        path_parser_skip_blanks(parser);
    } while (path_parser_take(parser, ","));
    segment->kind = SEGMENT_NAMES;
    segment->names = names;
    return STATUS_OK;
}

/* False: no number is there. */
static bool parse_number(struct path_parser *parser, int64_t *ret_number)
{
    size_t len = front(parser) == '-' ? 1 : 0;
    while (len < parser->rest.len && parser->rest.ptr[len] >= '0' && parser->rest.ptr[len] <= '9') {
        len++;
    }
    bool is_number = len < 12 && slice_to_i64(slice_take(parser->rest, len), ret_number);
    skip(parser, is_number ? len : 0);
    return is_number;
}

static enum status parse_indexes(struct path_parser *parser, struct segment *segment)
{
    int64_t *indexes = arena_array(parser->arena, ITEMS_MAX, sizeof *indexes);
    segment->has_from = parse_number(parser, &segment->from);
    path_parser_skip_blanks(parser);
    if (path_parser_take(parser, ":")) {
        path_parser_skip_blanks(parser);
        segment->kind = SEGMENT_RANGE;
        segment->has_to = parse_number(parser, &segment->to);
        path_parser_skip_blanks(parser);
        int64_t ignored; /* Jayway takes a step and has no use for it */
        if (path_parser_take(parser, ":") && !parse_number(parser, &ignored)) {
            return path_parser_fails(parser, "a number");
        }
        return STATUS_OK;
    }
    if (!segment->has_from) {
        return path_parser_fails(parser, "an index, a range, '*', a name in quotes or '?('");
    }
    segment->kind = SEGMENT_INDEXES;
    segment->indexes = indexes;
    indexes[segment->count++] = segment->from;
    while (path_parser_take(parser, ",")) {
        path_parser_skip_blanks(parser);
        if (segment->count == ITEMS_MAX || !parse_number(parser, &indexes[segment->count++])) {
            return path_parser_fails(parser, "an index");
        }
        path_parser_skip_blanks(parser);
    }
    return STATUS_OK;
}

static enum status parse_bracket(struct path_parser *parser, struct segment *segment)
{
    enum status status = STATUS_OK;
    path_parser_skip_blanks(parser);
    if (path_parser_take(parser, "*")) {
        segment->kind = SEGMENT_ALL;
    } else if (path_parser_take(parser, "?")) {
        path_parser_skip_blanks(parser);
        segment->kind = SEGMENT_FILTER;
        if (!path_parser_take(parser, "(")) {
            return path_parser_fails(parser, "'('");
        }
        status = path_parser_filter(parser, &segment->filter);
    } else if (front(parser) == '\'' || front(parser) == '"') {
        status = parse_names(parser, segment);
    } else {
        status = parse_indexes(parser, segment);
    }
    if (status != STATUS_OK) {
        return status;
    }
    path_parser_skip_blanks(parser);
    return path_parser_take(parser, "]") ? STATUS_OK : path_parser_fails(parser, "']'");
}

/* --- names and functions --- */

static enum status parse_function(struct path_parser *parser, struct slice name,
                                  struct segment *segment)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        if (!slice_is(name, functions[i].name)) {
            continue;
        }
        segment->kind = SEGMENT_FUNCTION;
        segment->function = functions[i].function;
        int64_t *argument = arena_alloc(parser->arena, sizeof *argument);
        segment->indexes = argument;
        if (segment->function == FUNCTION_INDEX && !parse_number(parser, argument)) {
            return path_parser_fails(parser, "a number");
        }
        return path_parser_take(parser, ")") ? STATUS_OK : path_parser_fails(parser, "')'");
    }
    return path_parser_fails(
        parser, "one of length(), size(), min(), max(), avg(), sum(), stddev(), keys(), first(), "
                "last(), index(n): sls-local has no other functions");
}

static bool ends_name(char c, bool is_in_filter)
{
    return c == '.' || c == '[' || c == '(' || c == ' ' ||
           (is_in_filter && strchr(")=!<>&|,", c) != NULL);
}

/* From behind the dot. */
static enum status parse_name(struct path_parser *parser, bool is_in_filter,
                              struct segment *segment)
{
    if (path_parser_take(parser, "*")) {
        segment->kind = SEGMENT_ALL;
        return STATUS_OK;
    }
    size_t len = 0;
    while (len < parser->rest.len && !ends_name(parser->rest.ptr[len], is_in_filter)) {
        len++;
    }
    if (len == 0) {
        return path_parser_fails(parser, "a name");
    }
    struct slice *name = arena_alloc(parser->arena, sizeof *name);
    *name = slice_take(parser->rest, len);
    skip(parser, len);
    if (path_parser_take(parser, "(")) {
        return parse_function(parser, *name, segment);
    }
    segment->kind = SEGMENT_NAMES;
    segment->names = name;
    segment->count = 1;
    return STATUS_OK;
}

static enum status parse_segment(struct path_parser *parser, bool is_in_filter,
                                 struct segment *segment)
{
    if (path_parser_take(parser, "[")) {
        return parse_bracket(parser, segment);
    }
    if (path_parser_take(parser, "..")) {
        segment->is_deep = true;
        return path_parser_take(parser, "[") ? parse_bracket(parser, segment)
                                             : parse_name(parser, is_in_filter, segment);
    }
    if (path_parser_take(parser, ".")) {
        return parse_name(parser, is_in_filter, segment);
    }
    return path_parser_fails(parser, "'.' or '['");
}

/* --- the whole --- */

static bool finds_one(const struct segment *segment)
{
    bool is_last = segment->next == NULL; /* there several names make one object */
    return !segment->is_deep &&
           ((segment->kind == SEGMENT_NAMES && (segment->count == 1 || is_last)) ||
            (segment->kind == SEGMENT_INDEXES && segment->count == 1) ||
            segment->kind == SEGMENT_FUNCTION);
}

/* "$..price.sum()" is the sum of all prices, but "$.items[*].length()" the lengths of all items. */
static bool is_definite(const struct jsonpath *path)
{
    const struct segment *last = path->first;
    bool is_one = true;
    for (const struct segment *segment = path->first; segment != NULL; segment = segment->next) {
        is_one = is_one && finds_one(segment);
        last = segment;
    }
    return is_one ||
           (path->first->is_deep && last->kind == SEGMENT_FUNCTION && last != path->first);
}

enum status path_parser_path(struct path_parser *parser, bool is_in_filter,
                             const struct jsonpath **ret_path)
{
    struct jsonpath *path = arena_alloc(parser->arena, sizeof *path);
    const struct segment **end = &path->first;
    path->is_of_element = path_parser_take(parser, "@");
    bool has_root = path->is_of_element || path_parser_take(parser, "$");
    while (parser->rest.len > 0 &&
           (!is_in_filter || front(parser) == '.' || front(parser) == '[')) {
        struct segment *segment = arena_alloc(parser->arena, sizeof *segment);
        enum status status = !has_root && front(parser) != '[' && front(parser) != '.'
                                 ? parse_name(parser, is_in_filter, segment)
                                 : parse_segment(parser, is_in_filter, segment);
        has_root = true;
        if (status != STATUS_OK) {
            return status;
        }
        *end = segment;
        end = &segment->next;
        if (segment->kind == SEGMENT_FUNCTION) {
            break;
        }
    }
    path->is_definite = is_definite(path);
    *ret_path = path;
    return STATUS_OK;
}

enum status jsonpath_parse(struct arena *arena, struct slice text, const struct jsonpath **ret_path,
                           struct fault *reterr)
{
    text = slice_trim(text);
    if (text.len == 0) {
        return fault_set(reterr, STATUS_INVALID, "a JSONPath may not be empty");
    }
    if (text.len > JSONPATH_TEXT_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "a JSONPath may have at most %u bytes",
                         JSONPATH_TEXT_MAX);
    }
    struct path_parser parser = {.arena = arena, .whole = text, .rest = text, .reterr = reterr};
    enum status status = path_parser_path(&parser, false, ret_path);
    if (status == STATUS_OK && parser.rest.len > 0) {
        return path_parser_fails(&parser, "the end behind a function");
    }
    return status;
}
