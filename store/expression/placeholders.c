/* #names and :values of a request. */
#include "store/expression/expression_parser.h"

#include "core/json_scan.h"
#include "store/api/model.h"

#include <stdlib.h>

#define KEY_MAX 255
#define LINEAR_MAX 16 /* more than so many are found by bisection */

struct placeholder {
    struct slice key; /* "#a" */
    struct slice name;
    struct attr value;
    bool is_used;
};

struct placeholder_set {
    struct placeholder *items;   /* in the client's order */
    struct placeholder **sorted; /* NULL for few */
    size_t count;
};

struct placeholders {
    struct placeholder_set names;
    struct placeholder_set values;
};

static int compare_keys(const void *a, const void *b)
{
    const struct placeholder *const *x = a;
    const struct placeholder *const *y = b;
    int order = slice_compare((*x)->key, (*y)->key);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static void sort_set(struct arena *arena, struct placeholder_set *set)
{
    if (set->count <= LINEAR_MAX) {
        return;
    }
    set->sorted = arena_array(arena, set->count, sizeof(set->sorted[0]));
    for (size_t i = 0; i < set->count; i++) {
        set->sorted[i] = &set->items[i];
    }
    qsort(set->sorted, set->count, sizeof(set->sorted[0]), compare_keys);
}

static struct placeholder *find(const struct placeholder_set *set, struct slice key)
{
    if (set->sorted == NULL) {
        for (size_t i = 0; i < set->count; i++) {
            if (slice_eq(set->items[i].key, key)) {
                return &set->items[i];
            }
        }
        return NULL;
    }
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(set->sorted[middle]->key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_found = low < set->count && slice_eq(set->sorted[low]->key, key);
    return is_found ? set->sorted[low] : NULL;
}

bool placeholders_name(struct placeholders *placeholders, struct slice ref, struct slice *ret_name)
{
    struct placeholder *found = placeholders != NULL ? find(&placeholders->names, ref) : NULL;
    if (found == NULL) {
        return false;
    }
    found->is_used = true;
    *ret_name = found->name;
    return true;
}

bool placeholders_value(struct placeholders *placeholders, struct slice ref, struct attr *ret_value)
{
    struct placeholder *found = placeholders != NULL ? find(&placeholders->values, ref) : NULL;
    if (found == NULL) {
        return false;
    }
    found->is_used = true;
    *ret_value = found->value;
    return true;
}

/* --- what the client sent --- */

static const struct problem *check_key(struct arena *arena, const char *member, char sign,
                                       struct slice key)
{
    if (key.len > KEY_MAX) {
        return problem_invalid(arena,
                               "%s contains invalid key: The expression attribute map contains a "
                               "key that is too long; size of key: %zu",
                               member, key.len);
    }
    enum token_kind kind = sign == '#' ? TOKEN_NAME_REF : TOKEN_VALUE_REF;
    struct token token = token_at(key, 0);
    if (token.kind != kind || token.start != 0 || token.end != key.len) {
        return problem_invalid(arena, "%s contains invalid key: Syntax error; key: \"%.*s\"",
                               member, SLICE_ARG(key));
    }
    return NULL;
}

static size_t count_members(struct slice object)
{
    struct json_scan scan = json_scan_init(object);
    struct slice key, value;
    size_t count = 0;
    if (json_scan_enter(&scan, '{')) {
        while (json_scan_member(&scan, &key, &value)) {
            count++;
        }
    }
    return count;
}

static const struct problem *parse_names(struct arena *arena, struct slice json,
                                         struct placeholder_set *set)
{
    size_t count = count_members(json);
    if (count == 0) {
        return problem_invalid(arena, "ExpressionAttributeNames must not be empty");
    }
    set->items = arena_array(arena, count, sizeof(set->items[0]));
    struct json_scan scan = json_scan_init(json);
    struct slice raw_key, raw_value;
    const struct problem *empty = NULL;
    (void)json_scan_enter(&scan, '{');
    while (json_scan_member(&scan, &raw_key, &raw_value)) {
        struct placeholder item = {.is_used = false};
        if (!json_raw_key(arena, raw_key, &item.key) ||
            !json_raw_string(arena, raw_value, &item.name)) {
            continue; /* a null: as if it were not there */
        }
        const struct problem *problem = check_key(arena, "ExpressionAttributeNames", '#', item.key);
        if (problem != NULL) {
            return problem;
        }
        if (item.name.len == 0 && empty == NULL) {
            empty = problem_invalid(arena,
                                    "ExpressionAttributeNames contains invalid value: Empty "
                                    "attribute name for key %.*s",
                                    SLICE_ARG(item.key));
        }
        set->items[set->count++] = item;
    }
    sort_set(arena, set);
    return empty;
}

static const struct problem *value_problem(struct arena *arena, const struct item_input *values)
{
    if (wording_is_new()) {
        return values->bad;
    }
    return problem_invalid(arena,
                           "ExpressionAttributeValues contains invalid value: %.*s for key %.*s",
                           SLICE_ARG(values->bad->text), SLICE_ARG(values->bad_name));
}

static const struct problem *parse_values(struct arena *arena, const struct item_input *values,
                                          struct placeholder_set *set)
{
    size_t count = attr_count(values->item);
    if (count == 0) {
        return problem_invalid(arena, "ExpressionAttributeValues must not be empty");
    }
    set->items = arena_array(arena, count, sizeof(set->items[0]));
    struct attr_iter iter = item_iter(values->item);
    struct placeholder item = {.is_used = false};
    while (attr_next(&iter, &item.key, &item.value)) {
        const struct problem *problem =
            check_key(arena, "ExpressionAttributeValues", ':', item.key);
        if (problem != NULL) {
            return problem;
        }
        set->items[set->count++] = item;
    }
    if (values->bad != NULL) {
        return value_problem(arena, values);
    }
    sort_set(arena, set);
    return NULL;
}

const struct problem *placeholders_parse(struct arena *arena, struct slice names,
                                         const struct item_input *values,
                                         struct placeholders **ret_placeholders)
{
    struct placeholders *placeholders = arena_alloc(arena, sizeof(*placeholders));
    const struct problem *problem =
        names.ptr != NULL ? parse_names(arena, names, &placeholders->names) : NULL;
    if (problem == NULL && values != NULL && values->is_set) {
        problem = parse_values(arena, values, &placeholders->values);
    }
    *ret_placeholders = placeholders;
    return problem;
}

/* --- what the expressions left --- */

static const struct problem *check_used(struct arena *arena, const char *member,
                                        const struct placeholder_set *set)
{
    size_t len = 0;
    for (size_t i = 0; i < set->count; i++) {
        len += set->items[i].is_used ? 0 : set->items[i].key.len + 2;
    }
    if (len == 0) {
        return NULL;
    }
    AUTO_BUF keys = BUF_INIT(len);
    for (size_t i = 0; i < set->count; i++) {
        if (!set->items[i].is_used) {
            buf_append_text(&keys, keys.len != 0 ? ", " : "");
            buf_append(&keys, set->items[i].key);
        }
    }
    return problem_invalid(arena, "Value provided in %s unused in expressions: keys: {%.*s}",
                           member, SLICE_ARG(buf_slice(&keys)));
}

const struct problem *placeholders_check_used(struct arena *arena,
                                              const struct placeholders *placeholders)
{
    const struct problem *problem =
        check_used(arena, "ExpressionAttributeNames", &placeholders->names);
    return problem != NULL ? problem
                           : check_used(arena, "ExpressionAttributeValues", &placeholders->values);
}
