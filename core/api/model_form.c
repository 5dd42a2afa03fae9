/* Records from names and values: "Entries.member.1.Id=a&Entries.member.1.Message=b".
 *
 * The pairs are sorted so that all that begins with one prefix stands together ('.' before any other byte, so that
 * "A", "A.1" and "A.1.Id" do, whatever else begins with an A): a member is a binary search, a list a walk. */
#include "core/api/model_private.h"
#include "core/encode.h"

#include <math.h>
#include <stdlib.h>

struct pair {
    struct slice name;
    struct slice value;
    size_t number; /* of several with one name the first counts */
};

/* Pairs whose names share their first `skip` bytes: the prefix with its '.'. */
struct range {
    const struct pair *pairs;
    size_t count;
    size_t skip;
};

/* --- order --- */

static int rank(char c)
{
    return c == '.' ? -1 : (unsigned char)c;
}

static int compare_names(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < len; i++) {
        if (a.ptr[i] != b.ptr[i]) {
            return rank(a.ptr[i]) - rank(b.ptr[i]);
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    int order = compare_names(a->name, b->name);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static struct range sort_params(struct arena *arena, struct http_headers params)
{
    struct pair *pairs = arena_array(arena, params.count, sizeof *pairs);
    for (size_t i = 0; i < params.count; i++) {
        pairs[i] = (struct pair){params.items[i].name, params.items[i].value, i};
    }
    if (params.count != 0) {
        qsort(pairs, params.count, sizeof *pairs, compare_pairs);
    }
    return (struct range){pairs, params.count, 0};
}

/* --- finding --- */

/* What is named `name`, and what begins with it and a '.'. */
struct found {
    const struct pair *exact; /* NULL: none */
    struct range inside;
};

static struct slice rest_of(const struct range *range, size_t i)
{
    return slice_skip(range->pairs[i].name, range->skip);
}

/* The first segment of the name at `i`. */
static struct slice segment_of(const struct range *range, size_t i)
{
    struct slice rest = rest_of(range, i);
    return slice_take(rest, slice_find(rest, '.'));
}

/* The pairs from `first` that have the same first segment. */
static struct found take_group(const struct range *range, size_t first, size_t *ret_after)
{
    struct slice segment = segment_of(range, first);
    struct found found = {NULL, {NULL, 0, range->skip + segment.len + 1}};
    size_t i = first;
    for (; i < range->count && slice_eq(segment_of(range, i), segment); i++) {
        if (rest_of(range, i).len != segment.len) {
            found.inside.pairs = found.inside.count == 0 ? &range->pairs[i] : found.inside.pairs;
            found.inside.count++;
        } else if (found.exact == NULL) {
            found.exact = &range->pairs[i];
        }
    }
    *ret_after = i;
    return found;
}

static struct found find(const struct range *range, const char *name)
{
    size_t low = 0;
    for (size_t high = range->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(rest_of(range, middle), slice_from(name)) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t after;
    if (low == range->count || !slice_is(segment_of(range, low), name)) {
        return (struct found){NULL, {NULL, 0, 0}};
    }
    return take_group(range, low, &after);
}

static bool is_absent(const struct found *found)
{
    return found->exact == NULL && found->inside.count == 0;
}

/* --- scalars --- */

static bool take_flag(struct slice text, struct field *field)
{
    field->flag = slice_ieq(text, SLICE("true"));
    return field->flag || slice_ieq(text, SLICE("false"));
}

static bool take_real(struct arena *arena, struct slice text, double *ret_value)
{
    char *end;
    const char *chars = arena_cstr(arena, text);
    *ret_value = strtod(chars, &end);
    return text.len != 0 && end == chars + text.len && isfinite(*ret_value);
}

static bool take_time(struct arena *arena, struct slice text, int64_t *ret_ms)
{
    double seconds;
    if (time_parse_iso8601(text, ret_ms)) {
        return true;
    }
    if (!take_real(arena, text, &seconds) || fabs(seconds) > 1e12) {
        return false;
    }
    *ret_ms = (int64_t)floor(seconds * 1000 + 0.5);
    return true;
}

static bool take_bytes(struct arena *arena, struct slice text, struct slice *ret_bytes)
{
    AUTO_BUF bytes = BUF_INIT(text.len);
    if (!base64_decode(&bytes, text)) {
        return false;
    }
    *ret_bytes = arena_copy(arena, buf_slice(&bytes));
    return true;
}

static bool take_whole(const struct shape *shape, struct slice text, int64_t *ret_value)
{
    return slice_to_i64(text, ret_value) &&
           (shape->type == FIELD_LONG || (*ret_value >= INT32_MIN && *ret_value <= INT32_MAX));
}

static bool take_scalar(struct arena *arena, const struct shape *shape, struct slice text,
                        struct field *field)
{
    switch (shape->type) {
    case FIELD_STRING:
        field->text = text;
        return true;
    case FIELD_INTEGER:
    case FIELD_LONG:
        return take_whole(shape, text, &field->number);
    case FIELD_DOUBLE:
        return take_real(arena, text, &field->real);
    case FIELD_BOOL:
        return take_flag(text, field);
    case FIELD_TIMESTAMP:
        return take_time(arena, text, &field->number);
    case FIELD_BLOB:
        return take_bytes(arena, text, &field->text);
    case FIELD_LIST: /* an empty one is sent as its name alone */
    case FIELD_MAP:
        return text.len == 0;
    case FIELD_STRUCT:
    case FIELD_DOCUMENT:
    case FIELD_OWN:
        break;
    }
    return false;
}

const struct model_fault *model_text_value(struct model_parse *parse, const struct shape *shape,
                                           struct slice text, struct field *field)
{
    static const char *const types[] = {
        [FIELD_STRING] = "a String", [FIELD_INTEGER] = "an Integer",  [FIELD_LONG] = "a Long",
        [FIELD_DOUBLE] = "a Double", [FIELD_BOOL] = "a Boolean",      [FIELD_TIMESTAMP] = "a Date",
        [FIELD_BLOB] = "a Blob",     [FIELD_STRUCT] = "a Structure",  [FIELD_LIST] = "a List",
        [FIELD_MAP] = "a Map",       [FIELD_DOCUMENT] = "a Document", [FIELD_OWN] = "a Structure",
    };
    field->is_set = true;
    field->raw = text;
    if (take_scalar(parse->arena, shape, text, field)) {
        return NULL;
    }
    struct slice words = arena_printf(parse->arena, "'%.*s' can not be converted to %s",
                                      SLICE_ARG(text), types[shape->type]);
    return model_fault_of(parse->arena, MODEL_SERIALIZATION, words);
}

/* --- structures, lists, maps --- */

static const struct model_fault *read_value(struct model_parse *parse, const struct shape *shape,
                                            const struct found *found, struct field *field);

static const struct model_fault *read_record(struct model_parse *parse, const struct shape *shape,
                                             const struct range *range,
                                             const struct record **ret_record)
{
    struct record *record = model_record(parse, shape);
    if (record == NULL) {
        return model_too_much(parse);
    }
    const struct model_fault *fault = NULL;
    for (size_t i = 0; fault == NULL && i < shape->member_count; i++) {
        const struct member *member = &shape->members[i];
        const char *name =
            member->wire != NULL ? member->wire : parse->model->names[member->id].ptr;
        struct found found = find(range, name);
        if (is_absent(&found) && member->wire != NULL) {
            /* SQS takes either; Java's SDK used to send "Tags.1.Key" for "Tag.1.Key" (aws-sdk-java-v2#2524). */
            found = find(range, parse->model->names[member->id].ptr);
        }
        fault = read_value(parse, member->shape, &found, &record->fields[i]);
    }
    *ret_record = record;
    return fault;
}

/* An element of a list or an entry of a map, and its place: "3" of "Name.member.3". */
struct numbered {
    uint64_t number;
    struct found found;
};

static int compare_numbered(const void *left, const void *right)
{
    const struct numbered *a = left;
    const struct numbered *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

/* The numbered groups of `range` by their numbers; what has no number is ignored, as unknown members are. */
static struct numbered *take_numbered(struct arena *arena, const struct range *range,
                                      size_t *ret_count)
{
    struct numbered *items = arena_array(arena, range->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < range->count;) {
        struct slice segment = segment_of(range, i);
        items[count].found = take_group(range, i, &i);
        count += slice_to_u64(segment, &items[count].number);
    }
    if (count != 0) {
        qsort(items, count, sizeof *items, compare_numbered);
    }
    *ret_count = count;
    return items;
}

static const char *key_of(const struct shape *map)
{
    return map->entry_key != NULL ? map->entry_key : "key";
}

static const struct model_fault *read_entry(struct model_parse *parse, const struct shape *shape,
                                            const struct found *found, struct field *field)
{
    static const struct shape text = {.type = FIELD_STRING};
    struct found key = find(&found->inside, key_of(shape));
    struct found value =
        find(&found->inside, shape->entry_value != NULL ? shape->entry_value : "value");
    struct field name = {.is_set = false};
    const struct model_fault *fault = read_value(parse, &text, &key, &name);
    field->key = name.is_set ? name.text : SLICE("");
    return fault != NULL ? fault : read_value(parse, shape->element, &value, field);
}

/* A flat list or map of one may come without a number: "AttributeName=All", "Attribute.Name=a&Attribute.Value=b". */
static bool is_single(const struct shape *shape, const struct found *found)
{
    if (!shape->is_flat) {
        return false;
    }
    if (shape->type == FIELD_MAP) {
        return find(&found->inside, key_of(shape)).exact != NULL;
    }
    return shape->element->type == FIELD_STRUCT
               ? found->inside.count != 0
               : found->exact != NULL && found->exact->value.len != 0;
}

static const struct model_fault *read_items(struct model_parse *parse, const struct shape *shape,
                                            const struct found *found, struct field *field)
{
    bool is_map = shape->type == FIELD_MAP;
    struct range range = found->inside;
    if (!shape->is_flat) {
        range = find(&range, is_map ? "entry" : "member").inside;
    }
    size_t count;
    struct numbered *numbered = take_numbered(parse->arena, &range, &count);
    struct numbered single = {0, *found};
    if (count == 0 && is_single(shape, found)) {
        numbered = &single;
        count = 1;
    }
    struct model_items items = {NULL, 0, 0};
    const struct model_fault *fault = NULL;
    for (size_t i = 0; fault == NULL && i < count; i++) {
        struct field *item = model_add_item(parse, &items);
        if (item == NULL) {
            return model_too_much(parse);
        }
        fault = is_map ? read_entry(parse, shape, &numbered[i].found, item)
                       : read_value(parse, shape->element, &numbered[i].found, item);
    }
    field->is_set = items.count != 0;
    field->items = items.items;
    field->count = items.count;
    return fault;
}

static const struct model_fault *read_value(struct model_parse *parse, const struct shape *shape,
                                            const struct found *found, struct field *field)
{
    bool is_nested = found->inside.count != 0;
    if (is_nested && shape->type == FIELD_STRUCT) {
        field->is_set = true;
        return read_record(parse, shape, &found->inside, &field->record);
    }
    if ((is_nested && (shape->type == FIELD_LIST || shape->type == FIELD_MAP)) ||
        (shape->type == FIELD_LIST && is_single(shape, found))) {
        return read_items(parse, shape, found, field);
    }
    return found->exact == NULL ? NULL : model_text_value(parse, shape, found->exact->value, field);
}

const struct model_fault *model_parse_form(const struct model *model, struct arena *arena,
                                           const struct shape *shape, struct http_headers params,
                                           const struct record **ret_record)
{
    struct model_parse parse = {model, arena, MODEL_FIELDS_MAX};
    struct range range = sort_params(arena, params);
    const struct model_fault *fault = read_record(&parse, shape, &range, ret_record);
    return fault != NULL ? fault : model_constraints(model, arena, shape, *ret_record);
}
