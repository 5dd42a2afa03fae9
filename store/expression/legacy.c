#include "store/expression/legacy.h"

#include "core/json_scan.h"
#include "store/expression/legacy_condition.h"

#include <assert.h>
#include <stdlib.h>

/* --- conditions --- */

/* A tree as flat as binary nodes allow: conditions may be many, and the evaluator recurses. */
static const struct expr *join(struct arena *arena, enum expr_kind kind,
                               const struct expr *const *terms, size_t count)
{
    if (count == 1) {
        return terms[0];
    }
    const struct expr **args = arena_array(arena, 2, sizeof(const struct expr *));
    args[0] = join(arena, kind, terms, (count + 1) / 2);
    args[1] = join(arena, kind, terms + (count + 1) / 2, count / 2);
    return legacy_expr(arena, kind, 2, args);
}

static const struct problem *parse_conditions(struct arena *arena, struct slice json,
                                              struct slice conditional_operator, bool is_expected,
                                              const struct expr **ret_condition)
{
    struct legacy_entries entries;
    legacy_entries(arena, json, &entries);
    if (conditional_operator.len > 0 && entries.count == 0) {
        return problem_invalid(arena,
                               "ConditionalOperator cannot be used without Filter or Expected");
    }
    if (conditional_operator.len > 0 && entries.count == 1) {
        return problem_invalid(arena, "ConditionalOperator can only be used when Filter or "
                                      "Expected has two or more elements");
    }
    if (entries.count == 0) {
        *ret_condition = legacy_expr(arena, EXPR_ALWAYS, 0, NULL);
        return NULL;
    }
    const struct expr **terms = arena_array(arena, entries.count, sizeof(const struct expr *));
    for (size_t i = 0; i < entries.count; i++) {
        const struct problem *problem =
            legacy_condition(arena, &entries.items[i], is_expected, &terms[i]);
        if (problem != NULL) {
            return problem;
        }
    }
    *ret_condition = join(arena, slice_is(conditional_operator, "OR") ? EXPR_OR : EXPR_AND, terms,
                          entries.count);
    return NULL;
}

const struct problem *legacy_expected(struct arena *arena, struct slice json,
                                      struct slice conditional_operator,
                                      const struct expr **ret_condition)
{
    return parse_conditions(arena, json, conditional_operator, true, ret_condition);
}

const struct problem *legacy_filter(struct arena *arena, struct slice json,
                                    struct slice conditional_operator,
                                    const struct expr **ret_condition)
{
    return parse_conditions(arena, json, conditional_operator, false, ret_condition);
}

const struct problem *legacy_key_conditions(struct arena *arena, struct slice json,
                                            const struct expr **ret_condition)
{
    return parse_conditions(arena, json, SLICE_NULL, false, ret_condition);
}

/* --- AttributeUpdates --- */

#define TYPE(type) (1u << ATTR_##type)
#define TYPES_SET (TYPE(SS) | TYPE(NS) | TYPE(BS))

static const struct change {
    const char *name;
    enum update_kind kind;
    uint32_t types; /* of its value */
} changes[] = {
    {"PUT", UPDATE_SET, 0xffffffffu},
    {"ADD", UPDATE_ADD_LEGACY, TYPES_SET | TYPE(N) | TYPE(L)},
    {"DELETE", UPDATE_DELETE_LEGACY, TYPES_SET},
};

static const struct change *find_change(struct slice name)
{
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        if (slice_is(name, changes[i].name)) {
            return &changes[i];
        }
    }
    return NULL;
}

/* One entry: `{"Action": ..., "Value": ...}`. */
static const struct problem *parse_update(struct arena *arena, const struct legacy_entry *entry,
                                          struct update_action *ret_action)
{
    const struct change *change = &changes[0];
    struct slice action = SLICE("PUT");
    struct slice raw_value = SLICE_NULL;
    struct json_scan scan = json_scan_init(entry->json);
    struct slice key;
    struct slice value;
    if (json_scan_enter(&scan, '{')) {
        while (json_scan_member(&scan, &key, &value)) {
            bool is_set = json_raw_kind(value) != JSON_NULL;
            if (slice_is(key, "Action") && is_set &&
                json_raw_string(arena, slice_trim(value), &action)) {
                change = find_change(action);
            } else if (slice_is(key, "Value")) {
                raw_value = is_set ? value : SLICE_NULL;
            }
        }
    }
    struct attr_input input = {.attr = ATTR_ABSENT};
    const struct problem *problem =
        raw_value.ptr != NULL ? attr_parse(arena, raw_value, &input) : NULL;
    if (problem == NULL) {
        problem = input.bad != NULL ? input.bad : attr_name_check(arena, entry->name);
    }
    if (problem != NULL) {
        return problem;
    }
    if (change == NULL) {
        return problem_bad_parameter(arena, "Unknown AttributeAction: %.*s", SLICE_ARG(action));
    }
    enum update_kind kind = change->kind;
    if (raw_value.ptr == NULL && kind != UPDATE_DELETE_LEGACY) {
        return problem_bad_parameter(
            arena, "Only DELETE action is allowed when no attribute value is specified");
    }
    if (raw_value.ptr != NULL && (change->types & 1u << input.attr.type) == 0) {
        return problem_bad_parameter(arena,
                                     kind == UPDATE_ADD_LEGACY
                                         ? "ADD action is not supported for the type %s"
                                         : "DELETE action with value is not supported for the "
                                           "type %s",
                                     attr_type_name(input.attr.type));
    }
    *ret_action = (struct update_action){
        .kind = raw_value.ptr != NULL ? kind : UPDATE_REMOVE,
        .path = {legacy_step(arena, entry->name), 1},
        .value = raw_value.ptr != NULL ? legacy_value(arena, input.attr) : NULL,
    };
    return NULL;
}

const struct problem *legacy_updates(struct arena *arena, struct slice json,
                                     struct update *ret_update)
{
    struct legacy_entries entries;
    legacy_entries(arena, json, &entries);
    struct update_action *actions = arena_array(arena, entries.count + 1, sizeof(*actions));
    for (size_t i = 0; i < entries.count; i++) {
        const struct problem *problem = parse_update(arena, &entries.items[i], &actions[i]);
        if (problem != NULL) {
            return problem;
        }
    }
    *ret_update = (struct update){actions, entries.count, entries.count == 0};
    return NULL;
}

/* --- AttributesToGet --- */

static int compare_names(const void *left, const void *right)
{
    const struct path *a = *(const struct path *const *)left;
    const struct path *b = *(const struct path *const *)right;
    int order = path_compare(a, b);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* The first name, in the client's order, that was there before; NULL when there is none. */
static const struct path *find_repeated(struct arena *arena, const struct path *paths, size_t count)
{
    const struct path **sorted = arena_array(arena, count, sizeof(const struct path *));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &paths[i];
    }
    qsort(sorted, count, sizeof(const struct path *), compare_names);
    const struct path *first = NULL;
    for (size_t i = 1; i < count; i++) {
        if (path_compare(sorted[i - 1], sorted[i]) == 0 && (first == NULL || sorted[i] < first)) {
            first = sorted[i];
        }
    }
    return first;
}

const struct problem *legacy_attributes_to_get(struct arena *arena, struct slice json,
                                               struct projection *ret_projection)
{
    struct json_scan scan = json_scan_init(json);
    struct json_scan again = scan;
    struct slice value;
    size_t count = 0;
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &value)) {
            count++;
        }
        (void)json_scan_enter(&again, '[');
    }
    struct path *paths = arena_array(arena, count + 1, sizeof(*paths));
    for (size_t i = 0; i < count; i++) {
        struct slice name = SLICE_NULL;
        (void)json_scan_element(&again, &value);
        bool is_text = json_raw_string(arena, slice_trim(value), &name);
        assert(is_text);
        paths[i] = (struct path){legacy_step(arena, name), 1};
    }
    const struct path *repeated = find_repeated(arena, paths, count);
    if (repeated != NULL) {
        return problem_bad_parameter(arena, "Duplicate value in attribute name: %.*s",
                                     SLICE_ARG(repeated->steps[0].name));
    }
    projection_sort(paths, count);
    *ret_projection = (struct projection){paths, count};
    return NULL;
}
