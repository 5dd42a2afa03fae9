#include "gateway/vtl/jsonpath_private.h"

#include "core/json_scan.h"
#include "core/json_writer.h"

#include <math.h>

/* Everything found, in the order of the text. */
struct match {
    struct slice value;
    const struct match *next;
};

struct matches {
    const struct match *first;
    const struct match **end;
    size_t count;
};

#define MATCH_COST 256 /* bytes' worth of looking */

bool finding_spend(struct finding *finding, size_t bytes)
{
    uint64_t cost = (uint64_t)bytes + 16;
    if (!finding->has_ended && cost > finding->budget) {
        finding->has_ended = true;
        (void)fault_set(finding->reterr, STATUS_LIMIT,
                        "JSONPaths may look at %u MB of JSON and no more",
                        JSONPATH_SCANNED_MAX >> 20);
    }
    finding->budget -= finding->has_ended ? finding->budget : cost;
    return !finding->has_ended;
}

static void add(struct finding *finding, struct matches *matches, struct slice value)
{
    struct match *match = arena_alloc(finding->arena, sizeof *match);
    match->value = value;
    *matches->end = match;
    matches->end = &match->next;
    matches->count++;
}

/* An array of all there is. */
static bool join(struct finding *finding, const struct matches *matches, struct slice *ret_array)
{
    struct buf array = BUF_INIT(JSONPATH_RESULT_MAX);
    buf_append_char(&array, '[');
    for (const struct match *match = matches->first; match != NULL; match = match->next) {
        buf_append(&array, match == matches->first ? SLICE("") : SLICE(","));
        buf_append(&array, match->value);
    }
    buf_append_char(&array, ']');
    bool is_whole = buf_status(&array) == STATUS_OK;
    if (is_whole) {
        *ret_array = arena_copy(finding->arena, buf_slice(&array));
    } else {
        finding->has_ended = true;
        (void)fault_set(finding->reterr, STATUS_LIMIT, "a JSONPath may find %u MB and no more",
                        JSONPATH_RESULT_MAX >> 20);
    }
    buf_finish(&array);
    return is_whole;
}

/* --- functions --- */

static struct slice element_at(struct slice array, int64_t index)
{
    struct json_scan scan = json_scan_array(array);
    struct slice value;
    for (int64_t i = 0; json_scan_element(&scan, &value); i++) {
        if (i == index) {
            return value;
        }
    }
    return SLICE_NULL;
}

static struct slice length_of(struct finding *finding, struct slice value)
{
    enum json_kind kind = json_raw_kind(value);
    size_t count = 0;
    if (kind == JSON_ARRAY) {
        count = json_raw_count(value);
    } else if (kind == JSON_OBJECT) {
        struct json_scan scan = json_scan_object(value);
        struct slice key, member;
        while (json_scan_member(&scan, &key, &member)) {
            count++;
        }
    } else {
        return SLICE("null");
    }
    return arena_printf(finding->arena, "%zu", count);
}

static struct slice keys_of(struct finding *finding, struct slice value)
{
    struct json_scan scan = json_scan_object(value);
    struct slice key, member, array = SLICE_NULL;
    struct matches keys = {.end = &keys.first};
    while (json_scan_member(&scan, &key, &member)) {
        /* With its quotes, which stand around it in the text. */
        add(finding, &keys, slice_of(key.ptr - 1, key.len + 2));
    }
    return join(finding, &keys, &array) ? array : SLICE_NULL;
}

/* Java's way to write a double: never without a point. */
static struct slice double_text(struct finding *finding, double value)
{
    char bytes[64];
    struct buf text = BUF_INIT(sizeof(bytes));
    struct json_writer writer = json_writer_init(&text);
    json_write_double(&writer, value);
    struct slice copy = slice_find(buf_slice(&text), '.') == SLICE_NPOS &&
                                slice_find(buf_slice(&text), 'e') == SLICE_NPOS
                            ? arena_printf(finding->arena, "%.*s.0", SLICE_ARG(buf_slice(&text)))
                            : arena_copy(finding->arena, buf_slice(&text));
    buf_finish(&text);
    return copy;
}

/* Over the numbers of an array; SLICE_NULL without any. */
static struct slice aggregate(struct finding *finding, enum jsonpath_function function,
                              struct slice array)
{
    struct json_scan scan = json_scan_array(array);
    struct slice element;
    double sum = 0, squares = 0, least = 0, most = 0, value;
    size_t count = 0;
    while (json_scan_element(&scan, &element)) {
        if (json_raw_kind(element) == JSON_NUMBER && slice_to_double(element, &value)) {
            sum += value;
            squares += value * value;
            least = count == 0 || value < least ? value : least;
            most = count == 0 || value > most ? value : most;
            count++;
        }
    }
    if (count == 0) {
        return SLICE_NULL;
    }
    double mean = sum / (double)count;
    double variance = squares / (double)count - mean * mean;
    return double_text(finding, function == FUNCTION_SUM   ? sum
                                : function == FUNCTION_AVG ? mean
                                : function == FUNCTION_MIN ? least
                                : function == FUNCTION_MAX ? most
                                                           : sqrt(variance > 0 ? variance : 0));
}

/* SLICE_NULL: it has none. */
static struct slice call(struct finding *finding, const struct segment *segment, struct slice value)
{
    int64_t count;
    if (!finding_spend(finding, value.len)) {
        return SLICE_NULL;
    }
    switch (segment->function) {
    case FUNCTION_LENGTH:
        return length_of(finding, value);
    case FUNCTION_KEYS:
        return keys_of(finding, value);
    case FUNCTION_FIRST:
        return element_at(value, 0);
    case FUNCTION_LAST:
        return element_at(value, (int64_t)json_raw_count(value) - 1);
    case FUNCTION_INDEX:
        count = (int64_t)json_raw_count(value);
        return element_at(value, segment->indexes[0] + (segment->indexes[0] < 0 ? count : 0));
    case FUNCTION_MIN:
    case FUNCTION_MAX:
    case FUNCTION_AVG:
    case FUNCTION_SUM:
    case FUNCTION_STDDEV:
        break;
    }
    return aggregate(finding, segment->function, value);
}

/* --- segments --- */

static void follow(struct finding *finding, const struct segment *segment, struct slice value,
                   struct matches *matches);

static bool find_member(struct finding *finding, struct slice object, struct slice name,
                        struct slice *ret_value)
{
    struct json_scan scan = json_scan_object(object);
    struct slice key, text, value;
    bool is_found = false;
    while (json_scan_member(&scan, &key, &value)) {
        bool is_plain = memchr(key.ptr, '\\', key.len) == NULL;
        if (is_plain ? slice_eq(key, name)
                     : json_raw_key(finding->arena, key, &text) && slice_eq(text, name)) {
            *ret_value = value;
            is_found = true;
        }
    }
    return is_found;
}

/* Several names at the end: an object of those that are there. `needs_all`: or nothing. */
static void merge_members(struct finding *finding, const struct segment *segment,
                          struct slice object, bool needs_all, struct matches *matches)
{
    struct buf merged = BUF_INIT(JSONPATH_RESULT_MAX);
    struct json_writer writer = json_writer_init(&merged);
    struct slice value;
    size_t count = 0;
    json_open(&writer, '{');
    for (size_t i = 0; i < segment->count && finding_spend(finding, object.len); i++) {
        if (find_member(finding, object, segment->names[i], &value)) {
            json_write_key(&writer, segment->names[i]);
            json_write_raw(&writer, value);
            count++;
        }
    }
    json_close(&writer, '}');
    if (buf_status(&merged) == STATUS_OK && (!needs_all || count == segment->count)) {
        add(finding, matches, arena_copy(finding->arena, buf_slice(&merged)));
    }
    buf_finish(&merged);
}

static void follow_names(struct finding *finding, const struct segment *segment,
                         struct slice object, struct matches *matches)
{
    struct slice value;
    if (json_raw_kind(object) != JSON_OBJECT) {
        return;
    }
    if (segment->count > 1 && segment->next == NULL) {
        merge_members(finding, segment, object, segment->is_deep, matches);
        return;
    }
    for (size_t i = 0; i < segment->count && finding_spend(finding, object.len); i++) {
        if (find_member(finding, object, segment->names[i], &value)) {
            follow(finding, segment->next, value, matches);
        }
    }
}

static void follow_indexes(struct finding *finding, const struct segment *segment,
                           struct slice array, struct matches *matches)
{
    int64_t count = -1;
    for (size_t i = 0; i < segment->count && finding_spend(finding, array.len); i++) {
        int64_t index = segment->indexes[i];
        if (index < 0 && count < 0) {
            count = (int64_t)json_raw_count(array);
        }
        struct slice value = element_at(array, index < 0 ? index + count : index);
        if (value.ptr != NULL) {
            follow(finding, segment->next, value, matches);
        }
    }
}

static bool is_in_range(const struct segment *segment, int64_t index, int64_t count)
{
    int64_t from = segment->from < 0 ? segment->from + count : segment->from;
    int64_t to = segment->to < 0 ? segment->to + count : segment->to;
    return (!segment->has_from || index >= from) && (!segment->has_to || index < to);
}

static bool is_taken(struct finding *finding, const struct segment *segment, struct slice element,
                     int64_t index, int64_t count)
{
    return segment->kind == SEGMENT_FILTER
               ? jsonpath_filter_matches(finding, segment->filter, element)
           : segment->kind == SEGMENT_RANGE ? is_in_range(segment, index, count)
                                            : true;
}

static void follow_elements(struct finding *finding, const struct segment *segment,
                            struct slice array, struct matches *matches)
{
    struct json_scan scan = json_scan_array(array);
    struct slice element;
    bool counts = segment->kind == SEGMENT_RANGE && (segment->from < 0 || segment->to < 0);
    int64_t count = counts ? (int64_t)json_raw_count(array) : 0;
    for (int64_t i = 0; !finding->has_ended && json_scan_element(&scan, &element); i++) {
        if (is_taken(finding, segment, element, i, count)) {
            follow(finding, segment->next, element, matches);
        }
    }
}

static void follow_members(struct finding *finding, const struct segment *segment,
                           struct slice object, struct matches *matches)
{
    struct json_scan scan = json_scan_object(object);
    struct slice key, value;
    while (!finding->has_ended && json_scan_member(&scan, &key, &value)) {
        follow(finding, segment->next, value, matches);
    }
}

/* Where the segment leads from this very value, and the rest of the path from there. */
static void follow_here(struct finding *finding, const struct segment *segment, struct slice value,
                        struct matches *matches)
{
    enum json_kind kind = json_raw_kind(value);
    if (!finding_spend(finding, value.len)) {
        return;
    }
    if (segment->kind == SEGMENT_FUNCTION) {
        struct slice result = call(finding, segment, value);
        if (result.ptr != NULL) {
            add(finding, matches, result);
        }
    } else if (segment->kind == SEGMENT_NAMES) {
        follow_names(finding, segment, value, matches);
    } else if (kind == JSON_ARRAY && segment->kind == SEGMENT_INDEXES) {
        follow_indexes(finding, segment, value, matches);
    } else if (kind == JSON_ARRAY) {
        follow_elements(finding, segment, value, matches);
    } else if (kind == JSON_OBJECT && segment->kind == SEGMENT_ALL) {
        follow_members(finding, segment, value, matches);
    } else if (kind == JSON_OBJECT && segment->kind == SEGMENT_FILTER &&
               jsonpath_filter_matches(finding, segment->filter, value)) {
        follow(finding, segment->next, value, matches);
    }
}

/* "..": here, then in everything below. JSON nests JSON_DEPTH_MAX levels at most. */
static void follow_deep(struct finding *finding, const struct segment *segment, struct slice value,
                        struct matches *matches)
{
    struct slice key, child;
    enum json_kind kind = json_raw_kind(value);
    if (kind != JSON_ARRAY && kind != JSON_OBJECT) {
        return;
    }
    follow_here(finding, segment, value, matches);
    struct json_scan scan = kind == JSON_ARRAY ? json_scan_array(value) : json_scan_object(value);
    while (!finding->has_ended && (kind == JSON_ARRAY ? json_scan_element(&scan, &child)
                                                      : json_scan_member(&scan, &key, &child))) {
        follow_deep(finding, segment, child, matches);
    }
}

static void follow(struct finding *finding, const struct segment *segment, struct slice value,
                   struct matches *matches)
{
    if (segment == NULL) {
        if (finding_spend(finding, MATCH_COST)) {
            add(finding, matches, value);
        }
    } else if (segment->is_deep) {
        follow_deep(finding, segment, value, matches);
    } else {
        follow_here(finding, segment, value, matches);
    }
}

/* --- the whole --- */

/* The function at the end of a path that starts with "..": it is given all that the rest of the path finds. */
static enum status run_over_all(struct finding *finding, const struct jsonpath *path,
                                struct slice json, struct slice *ret_value)
{
    struct jsonpath rest = {.is_definite = false};
    const struct segment **end = &rest.first;
    const struct segment *function = path->first;
    for (; function->next != NULL; function = function->next) {
        struct segment *copy = arena_alloc(finding->arena, sizeof *copy);
        *copy = *function;
        *end = copy;
        end = &copy->next;
    }
    *end = NULL;
    struct slice all;
    enum status status = finding_run(finding, &rest, json, &all);
    if (status == STATUS_OK) {
        *ret_value = call(finding, function, all);
        status = finding->has_ended       ? STATUS_LIMIT
                 : ret_value->ptr == NULL ? STATUS_NOT_FOUND
                                          : STATUS_OK;
    }
    return status;
}

enum status finding_run(struct finding *finding, const struct jsonpath *path, struct slice json,
                        struct slice *ret_value)
{
    struct matches matches = {.end = &matches.first};
    if (path->is_definite && path->first != NULL && path->first->is_deep) {
        return run_over_all(finding, path, json, ret_value);
    }
    follow(finding, path->first, json, &matches);
    if (finding->has_ended) {
        return STATUS_LIMIT;
    }
    if (!path->is_definite) {
        return join(finding, &matches, ret_value) ? STATUS_OK : STATUS_LIMIT;
    }
    if (matches.first == NULL) {
        return STATUS_NOT_FOUND;
    }
    *ret_value = matches.first->value;
    return STATUS_OK;
}

enum status jsonpath_find(struct arena *arena, const struct jsonpath *path, struct slice json,
                          uint64_t *budget, struct slice *ret_value, struct fault *reterr)
{
    struct finding finding = {
        .arena = arena, .root = slice_trim(json), .budget = *budget, .reterr = reterr};
    enum status status = finding_run(&finding, path, finding.root, ret_value);
    *budget = finding.budget;
    if (status == STATUS_NOT_FOUND) {
        return fault_set(reterr, status, "the JSONPath finds nothing");
    }
    return status;
}
