#include "store/item/writer.h"

#include "store/value/number.h"

/* Of several indexes that refuse an attribute the service names the one whose name comes first. */
struct index_fault {
    const struct problem *problem; /* NULL: none yet */
    struct slice index;
};

static void note_fault(struct index_fault *fault, const struct table_index *index,
                       const struct problem *problem)
{
    bool is_first = fault->problem == NULL || slice_compare(index->name, fault->index) < 0;
    if (problem != NULL && is_first) {
        *fault = (struct index_fault){problem, index->name};
    }
}

typedef const struct problem *index_key_fn(struct arena *arena, const struct table_index *index,
                                           const struct key_part *part, struct attr value);

static const struct problem *each_index_key(struct arena *arena, const struct table *table,
                                            struct slice item, index_key_fn *check)
{
    struct index_fault fault = {NULL, SLICE_NULL};
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        size_t count = key_part_count(&index->keys);
        const struct problem *problem = NULL;
        for (size_t k = 0; k < count && problem == NULL; k++) {
            const struct key_part *part = &index->keys.parts[k];
            struct attr value = item_get(item, part->name);
            problem = value.type != ATTR_NONE ? check(arena, index, part, value) : NULL;
        }
        note_fault(&fault, index, problem);
    }
    return fault.problem;
}

/* An S or B without bytes; N and every other type is never empty in this sense. */
static bool is_empty_value(struct attr value)
{
    return (value.type == ATTR_S || value.type == ATTR_B) && value.raw.len == 0;
}

static const char *empty_name(struct attr value)
{
    return value.type == ATTR_B ? "binary" : "string";
}

static const struct problem *check_sizes(struct arena *arena, const struct key_schema *schema,
                                         struct slice item)
{
    size_t hash_len = 0, range_len = 0;
    for (size_t k = 0; k < key_part_count(schema); k++) {
        size_t *len = k < schema->hash_count ? &hash_len : &range_len;
        *len += item_get(item, schema->parts[k].name).raw.len;
    }
    if (hash_len > PARTITION_KEY_MAX) {
        return problem_bad_parameter(
            arena, "Size of hashkey has exceeded the maximum size limit of%d bytes",
            PARTITION_KEY_MAX);
    }
    if (range_len > SORT_KEY_MAX) {
        return problem_bad_parameter(
            arena, "Aggregated size of all range keys has exceeded the size limit of %d bytes",
            SORT_KEY_MAX);
    }
    return NULL;
}

static const struct problem *check_index_sizes(struct arena *arena, const struct table *table,
                                               struct slice item)
{
    const struct problem *problem = NULL;
    for (size_t i = table->index_count; i > 0 && problem == NULL; i--) {
        const struct key_schema *keys = &table->indexes[i - 1].keys;
        enum key_fit fit = key_check(keys, item, NULL);
        if (fit == KEY_HASH_TOO_LONG || fit == KEY_RANGE_TOO_LONG) {
            problem = check_sizes(arena, keys, item);
        }
    }
    return problem;
}

static const struct problem *empty_index_key(struct arena *arena, const struct table_index *index,
                                             const struct key_part *part, struct attr value)
{
    if (!is_empty_value(value)) {
        return NULL;
    }
    return problem_invalid(
        arena,
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is "
        "not supported. The AttributeValue for a key attribute cannot contain an empty %s value. "
        "IndexName: %.*s, IndexKey: %.*s",
        empty_name(value), SLICE_ARG(index->name), SLICE_ARG(part->name));
}

const struct problem *write_check_empty_keys(struct arena *arena, const struct table *table,
                                             struct slice item)
{
    for (size_t k = 0; k < key_part_count(&table->keys); k++) {
        const struct key_part *part = &table->keys.parts[k];
        struct attr value = item_get(item, part->name);
        if (value.type == part->type && is_empty_value(value)) {
            return problem_invalid(
                arena,
                "One or more parameter values are not valid. The AttributeValue "
                "for a key attribute cannot contain an empty %s value. Key: %.*s",
                empty_name(value), SLICE_ARG(part->name));
        }
    }
    return each_index_key(arena, table, item, empty_index_key);
}

static const struct problem *index_type_mismatch(struct arena *arena,
                                                 const struct table_index *index,
                                                 const struct key_part *part, struct attr value)
{
    if (value.type == part->type) {
        return NULL;
    }
    return problem_bad_parameter(
        arena, "Type mismatch for Index Key %.*s Expected: %s Actual: %s IndexName: %.*s",
        SLICE_ARG(part->name), attr_type_name(part->type), attr_type_name(value.type),
        SLICE_ARG(index->name));
}

static const struct problem *check_item_keys(struct arena *arena, const struct table *table,
                                             struct slice item)
{
    for (size_t k = 0; k < key_part_count(&table->keys); k++) {
        const struct key_part *part = &table->keys.parts[k];
        struct attr value = item_get(item, part->name);
        if (value.type == ATTR_NONE) {
            return problem_bad_parameter(arena, "Missing the key %.*s in the item",
                                         SLICE_ARG(part->name));
        }
        if (value.type != part->type) {
            return problem_bad_parameter(
                arena, "Type mismatch for key %.*s expected: %s actual: %s", SLICE_ARG(part->name),
                attr_type_name(part->type), attr_type_name(value.type));
        }
    }
    return NULL;
}

const struct problem *write_check_item(struct arena *arena, const struct table *table,
                                       struct slice item)
{
    const struct problem *problem = check_item_keys(arena, table, item);
    if (problem == NULL) {
        problem = write_check_empty_keys(arena, table, item);
    }
    if (problem == NULL) {
        problem = check_sizes(arena, &table->keys, item);
    }
    if (problem == NULL && table->index_count > 0) {
        problem = each_index_key(arena, table, item, index_type_mismatch);
    }
    if (problem == NULL && table->index_count > 0) {
        problem = check_index_sizes(arena, table, item);
    }
    return problem != NULL ? problem : write_check_size(arena, item);
}

const struct problem *write_check_size(struct arena *arena, struct slice item)
{
    /* The stored form is never shorter than the size it is counted with: most items need no counting. */
    if (item.len <= ITEM_SIZE_MAX || item_size(item) <= ITEM_SIZE_MAX) {
        return NULL;
    }
    return problem_invalid(arena, "Item size has exceeded the maximum allowed size");
}

const struct problem *write_check_key(struct arena *arena, const struct table *table,
                                      struct slice key)
{
    bool fits = attr_count(key) == key_part_count(&table->keys);
    for (size_t k = 0; k < key_part_count(&table->keys) && fits; k++) {
        fits = item_get(key, table->keys.parts[k].name).type == table->keys.parts[k].type;
    }
    if (!fits) {
        return problem_invalid(arena, "The provided key element does not match the schema");
    }
    /* A Key holds nothing that an index could refuse beyond what the table's own schema does. */
    const struct problem *problem = write_check_empty_keys(arena, table, key);
    return problem != NULL ? problem : check_sizes(arena, &table->keys, key);
}

/* --- updates --- */

/* The type a SET gives whatever the item holds, or the literal of ADD and DELETE; ATTR_NONE when it depends. */
static enum attr_type literal_type(const struct update_action *action)
{
    if (action->value == NULL || action->path.count != 1) {
        return ATTR_NONE;
    }
    switch (action->value->kind) {
    case EXPR_VALUE:
        return action->value->value.type;
    case EXPR_PLUS:
    case EXPR_MINUS:
        return ATTR_N;
    case EXPR_LIST_APPEND:
        return ATTR_L;
    case EXPR_AND:
    case EXPR_OR:
    case EXPR_NOT:
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
    case EXPR_BETWEEN:
    case EXPR_IN:
    case EXPR_ATTRIBUTE_EXISTS:
    case EXPR_ATTRIBUTE_NOT_EXISTS:
    case EXPR_ATTRIBUTE_TYPE:
    case EXPR_BEGINS_WITH:
    case EXPR_CONTAINS:
    case EXPR_NOT_CONTAINS:
    case EXPR_ALWAYS:
    case EXPR_PATH:
    case EXPR_SIZE:
    case EXPR_IF_NOT_EXISTS:
    case EXPR_SET_ADD:
    case EXPR_SET_DELETE:
    case EXPR_KIND_COUNT:
        break;
    }
    return ATTR_NONE;
}

static const struct problem *check_index_action(struct arena *arena,
                                                const struct table_index *index,
                                                const struct key_part *part,
                                                const struct update_action *action)
{
    if (!slice_eq(action->path.steps[0].name, part->name)) {
        return NULL;
    }
    enum attr_type type = literal_type(action);
    if (type == ATTR_NONE || type == part->type) {
        return NULL;
    }
    return index_type_mismatch(arena, index, part, (struct attr){type, SLICE_NULL});
}

static const struct problem *empty_updated_key(struct arena *arena, struct attr value)
{
    return problem_invalid(
        arena,
        "One or more parameter values are not valid. The update expression attempted to update a "
        "secondary index key to a value that is not supported. The AttributeValue for a key "
        "attribute cannot contain an empty %s value.",
        empty_name(value));
}

static bool is_index_key(const struct table *table, struct slice name)
{
    bool found = false;
    for (size_t i = 0; i < table->index_count && !found; i++) {
        found = key_schema_has(&table->indexes[i].keys, name);
    }
    return found;
}

const struct problem *write_check_empty_update(struct arena *arena, const struct table *table,
                                               const struct update *update)
{
    for (size_t a = 0; a < update->count && table->index_count > 0; a++) {
        const struct update_action *action = &update->actions[a];
        if (action->path.count == 1 && action->value != NULL && action->value->kind == EXPR_VALUE &&
            is_empty_value(action->value->value) &&
            is_index_key(table, action->path.steps[0].name)) {
            return empty_updated_key(arena, action->value->value);
        }
    }
    return NULL;
}

/* Whether the types that an update gives, whatever the item holds, fit the keys of `index`. */
static const struct problem *check_index_update(struct arena *arena, const struct table *table,
                                                const struct table_index *index,
                                                const struct update *update)
{
    const struct problem *problem = NULL;
    for (size_t k = 0; k < key_part_count(&index->keys) && problem == NULL; k++) {
        const struct key_part *part = &index->keys.parts[k];
        if (key_schema_has(&table->keys, part->name)) {
            continue; /* no update may touch it at all */
        }
        for (size_t a = 0; a < update->count && problem == NULL; a++) {
            problem = check_index_action(arena, index, part, &update->actions[a]);
        }
    }
    return problem;
}

const struct problem *write_check_update(struct arena *arena, const struct table *table,
                                         const struct update *update)
{
    const struct problem *problem = update_check_keys(arena, update, &table->keys);
    if (problem == NULL) {
        problem = write_check_empty_update(arena, table, update);
    }
    struct index_fault fault = {problem, SLICE_NULL};
    for (size_t i = 0; i < table->index_count && problem == NULL; i++) {
        const struct table_index *index = &table->indexes[i];
        note_fault(&fault, index, check_index_update(arena, table, index, update));
    }
    problem = fault.problem;
    if (problem == NULL) {
        problem = update_check_key_paths(arena, update, &table->keys);
    }
    for (size_t i = table->index_count; i > 0 && problem == NULL; i--) {
        problem = update_check_index_keys(arena, update, &table->indexes[i - 1].keys);
    }
    return problem;
}

const struct problem *write_check_updated(struct arena *arena, const struct table *table,
                                          struct slice old_item, struct slice new_item)
{
    for (size_t i = table->index_count; i > 0; i--) {
        const struct key_schema *keys = &table->indexes[i - 1].keys;
        bool is_touched = false;
        for (size_t k = 0; k < key_part_count(keys); k++) {
            struct attr value = item_get(new_item, keys->parts[k].name);
            if (value.type == ATTR_NONE ||
                (old_item.ptr != NULL && attr_eq(value, item_get(old_item, keys->parts[k].name)))) {
                continue; /* what was there before the index was keeps out of it, and may stay */
            }
            is_touched = true;
            if (value.type != keys->parts[k].type) {
                return problem_invalid(arena, "The update expression attempted to update the "
                                              "secondary index key to unsupported type");
            }
            if (is_empty_value(value)) {
                return empty_updated_key(arena, value);
            }
        }
        enum key_fit fit = is_touched ? key_check(keys, new_item, NULL) : KEY_FITS;
        if (fit == KEY_HASH_TOO_LONG || fit == KEY_RANGE_TOO_LONG) {
            return check_sizes(arena, keys, new_item);
        }
    }
    if (new_item.len > ITEM_SIZE_MAX && item_size(new_item) > ITEM_SIZE_MAX) {
        return problem_invalid(arena, "Item size to update has exceeded the maximum allowed size");
    }
    return NULL;
}

bool write_repeats_item(struct arena *arena, const struct write_action *actions, size_t count)
{
    struct slice *keys = arena_array(arena, count, sizeof(*keys));
    for (size_t i = 0; i < count; i++) {
        struct key key;
        key_of_item(actions[i].table->id, &actions[i].table->keys, actions[i].item, &key);
        keys[i] = arena_copy(arena, key_slice(&key));
        for (size_t k = 0; k < i; k++) { /* 100 at most */
            if (slice_eq(keys[k], keys[i])) {
                return true;
            }
        }
    }
    return false;
}

bool item_expires(struct slice item, struct slice ttl_attribute, int64_t *ret_s)
{
    if (ttl_attribute.len == 0) {
        return false;
    }
    struct attr value = item_get(item, ttl_attribute);
    int64_t seconds = 0;
    if (value.type != ATTR_N || !number_whole_i64(value.raw, &seconds) || seconds < 0) {
        return false;
    }
    *ret_s = seconds;
    return true;
}
