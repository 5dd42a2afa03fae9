#include "store/table/table_input.h"

#include <stdlib.h>

/* The keys of a table and all its indexes have no more attributes. */
#define DEFINITIONS_MAX (2 + TABLE_INDEXES_MAX * KEY_PARTS_MAX)
#define NAMES_TEXT_MAX (1024 * 1024)

/* --- names in messages: "[a, b]" --- */

static int by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static struct slice join(struct arena *arena, const struct slice *names, size_t count)
{
    AUTO_BUF text = BUF_INIT(NAMES_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, i == 0 ? "" : ", ");
        buf_append(&text, names[i]);
    }
    return arena_copy(arena, buf_slice(&text));
}

static struct slice *definition_names(struct arena *arena, struct definitions definitions)
{
    struct slice *names = arena_array(arena, definitions.count, sizeof(*names));
    for (size_t i = 0; i < definitions.count; i++) {
        names[i] = definitions.parts[i].name;
    }
    return names;
}

/* --- parts --- */

const struct key_part *definition_find(struct definitions definitions, struct slice name)
{
    for (size_t i = 0; i < definitions.count; i++) {
        if (slice_eq(definitions.parts[i].name, name)) {
            return &definitions.parts[i];
        }
    }
    return NULL;
}

const struct problem *input_definitions(struct arena *arena, const struct field *list,
                                        struct definitions *ret_definitions)
{
    if (list->count > DEFINITIONS_MAX) {
        return problem_bad_parameter(arena,
                                     "Some AttributeDefinitions are not used. There are %zu, but "
                                     "keys can have at most %d attributes",
                                     list->count, DEFINITIONS_MAX);
    }
    struct key_part *parts = arena_array(arena, list->count, sizeof(*parts));
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct record *record = list->items[i].record;
        struct key_part *part = &parts[count];
        part->name = record_text(record, MEMBER_ATTRIBUTE_NAME);
        if (!attr_type_of_name(record_text(record, MEMBER_ATTRIBUTE_TYPE), &part->type)) {
            return problem_invalid(arena, "AttributeType must be one of B, N and S");
        }
        if (definition_find((struct definitions){parts, count}, part->name) != NULL) {
            return problem_invalid(arena, "Attribute Name is duplicated: %.*s",
                                   SLICE_ARG(part->name));
        }
        count++;
    }
    *ret_definitions = (struct definitions){parts, count};
    return NULL;
}

static const struct problem *check_units(struct arena *arena, const struct record *record,
                                         enum member_id id, struct slice index, int64_t *ret_units)
{
    *ret_units = record_get(record, id)->number;
    if (*ret_units <= CAPACITY_UNITS_MAX) {
        return NULL;
    }
    return problem_invalid(arena, "Given value %lld for %s is out of bounds%s%.*s",
                           (long long)*ret_units, member_name(id),
                           index.len != 0 ? " for index " : "", SLICE_ARG(index));
}

const struct problem *input_throughput(struct arena *arena, const struct field *field,
                                       struct slice index, struct throughput *ret_throughput)
{
    *ret_throughput = (struct throughput){0};
    const struct problem *problem = check_units(arena, field->record, MEMBER_READ_CAPACITY_UNITS,
                                                index, &ret_throughput->read_units);
    if (problem == NULL) {
        problem = check_units(arena, field->record, MEMBER_WRITE_CAPACITY_UNITS, index,
                              &ret_throughput->write_units);
    }
    return problem;
}

/* --- keys --- */

enum key_owner { KEYS_OF_TABLE, KEYS_OF_LOCAL, KEYS_OF_GLOBAL };

static bool is_hash(const struct field *element)
{
    return slice_is(record_text(element->record, MEMBER_KEY_TYPE), "HASH");
}

static bool has_name(const struct slice *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* One HASH and at most one RANGE, but for the keys of a global index: up to four of each, HASH first. */
static const struct problem *check_key_types(struct arena *arena, const struct field *list,
                                             enum key_owner owner, struct key_schema *schema)
{
    if (!is_hash(&list->items[0])) {
        return problem_invalid(
            arena, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    }
    size_t hashes = 0, ranges = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!is_hash(&list->items[i])) {
            ranges++;
        } else if (owner != KEYS_OF_GLOBAL && i == 1) {
            return problem_invalid(
                arena, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        } else if (ranges != 0) {
            return problem_bad_parameter(
                arena,
                "All HASH key attributes must precede RANGE key attributes in the KeySchema");
        } else {
            hashes++;
        }
    }
    size_t max = owner == KEYS_OF_GLOBAL ? KEY_PARTS_MAX / 2 : 1;
    if (hashes > max || ranges > max) {
        return problem_bad_parameter(
            arena, "The KeySchema exceeds the maximum allowed number of %s key attributes",
            hashes > max ? "HASH" : "RANGE");
    }
    schema->hash_count = (uint8_t)hashes;
    schema->range_count = (uint8_t)ranges;
    return NULL;
}

static const struct problem *input_keys(struct arena *arena, const struct field *list,
                                        struct definitions definitions, enum key_owner owner,
                                        struct key_schema *schema)
{
    if (owner == KEYS_OF_TABLE && list->count > definitions.count) {
        return problem_invalid(arena,
                               "Invalid KeySchema: Some index key attribute have no definition");
    }
    struct slice *names = arena_array(arena, list->count, sizeof(*names));
    bool is_defined = true, has_name_twice = false;
    for (size_t i = 0; i < list->count; i++) {
        names[i] = record_text(list->items[i].record, MEMBER_ATTRIBUTE_NAME);
        is_defined = is_defined && definition_find(definitions, names[i]) != NULL;
        has_name_twice = has_name_twice || has_name(names, i, names[i]);
    }
    if (!is_defined) {
        struct slice keys = join(arena, names, list->count);
        struct slice defined = join(arena, definition_names(arena, definitions), definitions.count);
        return problem_bad_parameter(
            arena,
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [%.*s], "
            "AttributeDefinitions: [%.*s]",
            SLICE_ARG(keys), SLICE_ARG(defined));
    }
    if (has_name_twice) {
        bool is_pair = list->count == 2 && (owner != KEYS_OF_GLOBAL || !is_hash(&list->items[1]));
        return problem_invalid(
            arena, is_pair
                       ? "Both the Hash Key and the Range Key element in the KeySchema have the "
                         "same name"
                       : "Invalid KeySchema: Duplicate attribute name in the KeySchema");
    }
    const struct problem *problem = check_key_types(arena, list, owner, schema);
    for (size_t i = 0; problem == NULL && i < list->count; i++) {
        schema->parts[i] = *definition_find(definitions, names[i]);
    }
    return problem;
}

/* --- indexes --- */

static const struct problem *check_projection(struct arena *arena, const struct record *projection,
                                              struct table_index *index)
{
    const struct field *included = record_get(projection, MEMBER_NON_KEY_ATTRIBUTES);
    struct slice type = record_text(projection, MEMBER_PROJECTION_TYPE);
    if (type.len == 0) {
        return problem_bad_parameter(arena, "Unknown ProjectionType: null");
    }
    bool is_include = slice_is(type, "INCLUDE");
    if (included->is_set != is_include) {
        return problem_bad_parameter(arena, "ProjectionType is %.*s, but NonKeyAttributes is %s",
                                     SLICE_ARG(type), is_include ? "not specified" : "specified");
    }
    struct slice *names = arena_array(arena, included->count, sizeof(*names));
    for (size_t i = 0; i < included->count; i++) {
        names[i] = included->items[i].text;
        if (has_name(names, i, names[i])) {
            return problem_bad_parameter(arena, "Duplicate element in NonKeyAttributes: %.*s",
                                         SLICE_ARG(names[i]));
        }
    }
    index->included = names;
    index->included_count = included->count;
    index->projection = is_include                    ? PROJECT_INCLUDE
                        : slice_is(type, "KEYS_ONLY") ? PROJECT_KEYS_ONLY
                                                      : PROJECT_ALL;
    return NULL;
}

static const struct problem *check_local(struct arena *arena, const struct table *draft,
                                         const struct table_index *index)
{
    if (index->keys.range_count == 0) {
        return problem_bad_parameter(arena,
                                     "Index KeySchema does not have a range key for index: %.*s",
                                     SLICE_ARG(index->name));
    }
    struct slice own = index->keys.parts[0].name, table = draft->keys.parts[0].name;
    if (!slice_eq(own, table)) {
        return problem_bad_parameter(
            arena,
            "Index KeySchema does not have the same leading hash key as table KeySchema for "
            "index: %.*s. index hash key: %.*s, table hash key: %.*s",
            SLICE_ARG(index->name), SLICE_ARG(own), SLICE_ARG(table));
    }
    return NULL;
}

static const struct problem *input_index_keys(struct arena *arena, const struct record *record,
                                              struct definitions definitions,
                                              struct table_index *index)
{
    index->name = record_text(record, MEMBER_INDEX_NAME);
    index->state = TABLE_ACTIVE;
    return input_keys(arena, record_get(record, MEMBER_KEY_SCHEMA), definitions,
                      index->is_global ? KEYS_OF_GLOBAL : KEYS_OF_LOCAL, &index->keys);
}

const struct problem *input_index(struct arena *arena, const struct record *record,
                                  struct definitions definitions, struct table_index *index)
{
    const struct problem *problem = input_index_keys(arena, record, definitions, index);
    return problem != NULL
               ? problem
               : check_projection(arena, record_get(record, MEMBER_PROJECTION)->record, index);
}

/* A local index must fit the table's keys before its projection is looked at. */
static const struct problem *input_local(struct arena *arena, const struct table *draft,
                                         const struct record *record,
                                         struct definitions definitions, struct table_index *index)
{
    const struct problem *problem = input_index_keys(arena, record, definitions, index);
    if (problem == NULL) {
        problem = check_local(arena, draft, index);
    }
    return problem != NULL
               ? problem
               : check_projection(arena, record_get(record, MEMBER_PROJECTION)->record, index);
}

static const struct problem *check_global(struct arena *arena, const struct table *draft,
                                          const struct record *record, struct table_index *index)
{
    const struct field *throughput = record_get(record, MEMBER_PROVISIONED_THROUGHPUT);
    if (draft->is_on_demand && throughput->is_set) {
        return problem_bad_parameter(arena,
                                     "ProvisionedThroughput should not be specified for index: "
                                     "%.*s when BillingMode is PAY_PER_REQUEST",
                                     SLICE_ARG(index->name));
    }
    if (!draft->is_on_demand && !throughput->is_set) {
        return problem_bad_parameter(arena,
                                     "ProvisionedThroughput is not specified for index: %.*s",
                                     SLICE_ARG(index->name));
    }
    const struct problem *problem = NULL;
    if (throughput->is_set) {
        problem = input_throughput(arena, throughput, index->name, &index->throughput);
    }
    if (problem == NULL) {
        problem = input_on_demand(arena, record_get(record, MEMBER_ON_DEMAND_THROUGHPUT)->record,
                                  draft->is_on_demand, index->name, &index->on_demand_throughput);
    }
    if (problem == NULL) {
        problem = input_warm(arena, record_get(record, MEMBER_WARM_THROUGHPUT)->record,
                             draft->is_on_demand ? NULL : &index->throughput, index->name,
                             &index->warm_throughput);
    }
    return problem;
}

static const struct problem *input_indexes(struct arena *arena, struct table *draft,
                                           struct definitions definitions,
                                           const struct record *input, enum member_id member)
{
    const struct field *list = record_get(input, member);
    bool is_global = member == MEMBER_GLOBAL_SECONDARY_INDEXES;
    if (!list->is_set) {
        return NULL;
    }
    if (list->count == 0) {
        return problem_bad_parameter(arena, "List of %s is empty", member_name(member));
    }
    if (!is_global && draft->keys.range_count == 0) {
        return problem_bad_parameter(arena, "Table KeySchema does not have a range key, which is "
                                            "required when specifying a LocalSecondaryIndex");
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct record *record = list->items[i].record;
        struct table_index index = {.is_global = is_global};
        const struct problem *problem =
            is_global ? input_index(arena, record, definitions, &index)
                      : input_local(arena, draft, record, definitions, &index);
        if (problem == NULL && is_global) {
            problem = check_global(arena, draft, record, &index);
        }
        if (problem == NULL && table_index_find(draft, index.name) != NULL) {
            problem =
                problem_bad_parameter(arena, "Duplicate index name: %.*s", SLICE_ARG(index.name));
        }
        if (problem != NULL) {
            return problem;
        }
        if (i < (is_global ? TABLE_GSI_MAX : TABLE_LSI_MAX)) {
            *table_add_index(draft, is_global) = index;
        }
    }
    if (is_global && list->count > TABLE_GSI_MAX) {
        return problem_bad_parameter(
            arena, "GlobalSecondaryIndex count exceeds the per-table limit of %d", TABLE_GSI_MAX);
    }
    if (!is_global && list->count > TABLE_LSI_MAX) {
        return problem_bad_parameter(
            arena, "Number of LocalSecondaryIndexes exceeds per-table limit of %d", TABLE_LSI_MAX);
    }
    return NULL;
}

/* --- the table as a whole --- */

static const struct problem *input_billing(struct arena *arena, struct table *draft,
                                           const struct record *input)
{
    const struct field *throughput = record_get(input, MEMBER_PROVISIONED_THROUGHPUT);
    draft->is_on_demand = slice_is(record_text(input, MEMBER_BILLING_MODE), "PAY_PER_REQUEST");
    if (draft->is_on_demand) {
        return !throughput->is_set
                   ? NULL
                   : problem_bad_parameter(
                         arena, "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                "specified when BillingMode is PAY_PER_REQUEST");
    }
    if (!throughput->is_set) {
        return problem_bad_parameter(arena, "ReadCapacityUnits and WriteCapacityUnits must both be "
                                            "specified when BillingMode is PROVISIONED");
    }
    return input_throughput(arena, throughput, SLICE_NULL, &draft->throughput);
}

static size_t used_names(const struct table *draft, struct slice *names)
{
    size_t count = 0;
    for (size_t i = 0; i < draft->definition_count; i++) {
        struct slice name = draft->definitions[i].name;
        bool is_used = key_schema_has(&draft->keys, name);
        for (size_t j = 0; j < draft->index_count && !is_used; j++) {
            is_used = key_schema_has(&draft->indexes[j].keys, name);
        }
        if (is_used) {
            names[count++] = name;
        }
    }
    return count;
}

static const struct problem *check_all_used(struct arena *arena, const struct table *draft)
{
    struct definitions definitions = {draft->definitions, draft->definition_count};
    struct slice *used = arena_array(arena, definitions.count, sizeof(*used));
    size_t used_count = used_names(draft, used);
    if (used_count == definitions.count) {
        return NULL;
    }
    struct slice *defined = definition_names(arena, definitions);
    qsort(defined, definitions.count, sizeof(*defined), by_bytes);
    qsort(used, used_count, sizeof(*used), by_bytes);
    struct slice defined_text = join(arena, defined, definitions.count);
    struct slice used_text = join(arena, used, used_count);
    return problem_bad_parameter(arena,
                                 "Some AttributeDefinitions are not used. AttributeDefinitions: "
                                 "[%.*s], keys used: [%.*s]",
                                 SLICE_ARG(defined_text), SLICE_ARG(used_text));
}

static const struct problem *check_included(struct arena *arena, const struct table *draft)
{
    size_t count = 0;
    for (size_t i = 0; i < draft->index_count; i++) {
        count += draft->indexes[i].included_count;
    }
    return count <= INCLUDED_ALL_INDEXES_MAX
               ? NULL
               : problem_bad_parameter(
                     arena, "Number of NonKeyAttributes of all indexes exceeds the limit of %d",
                     INCLUDED_ALL_INDEXES_MAX);
}

static const struct problem *input_schema(struct arena *arena, struct table *draft,
                                          const struct record *input)
{
    struct definitions definitions = {0};
    const struct problem *problem =
        input_definitions(arena, record_get(input, MEMBER_ATTRIBUTE_DEFINITIONS), &definitions);
    const struct field *keys = record_get(input, MEMBER_KEY_SCHEMA);
    if (problem == NULL && !keys->is_set) {
        problem = problem_bad_parameter(arena, "KeySchema must be specified");
    }
    if (problem == NULL) {
        problem = input_keys(arena, keys, definitions, KEYS_OF_TABLE, &draft->keys);
    }
    draft->definitions = definitions.parts;
    draft->definition_count = definitions.count;
    bool has_indexes = record_has(input, MEMBER_LOCAL_SECONDARY_INDEXES) ||
                       record_has(input, MEMBER_GLOBAL_SECONDARY_INDEXES);
    if (problem == NULL && !has_indexes && keys->count != definitions.count) {
        problem =
            problem_bad_parameter(arena, "Number of attributes in KeySchema does not exactly match "
                                         "number of attributes defined in AttributeDefinitions");
    }
    if (problem == NULL) {
        problem = input_indexes(arena, draft, definitions, input, MEMBER_LOCAL_SECONDARY_INDEXES);
    }
    if (problem == NULL) {
        problem = input_indexes(arena, draft, definitions, input, MEMBER_GLOBAL_SECONDARY_INDEXES);
    }
    if (problem == NULL) {
        problem = check_all_used(arena, draft);
    }
    return problem != NULL ? problem : check_included(arena, draft);
}

static const struct problem *input_options(struct arena *arena, struct table *draft,
                                           const struct record *input,
                                           const struct table_place *place)
{
    const struct problem *problem = input_stream(
        arena, record_get(input, MEMBER_STREAM_SPECIFICATION)->record, &draft->stream_view);
    if (problem == NULL) {
        problem = input_sse(arena, record_get(input, MEMBER_SSE_SPECIFICATION)->record, place,
                            &draft->sse);
    }
    if (problem == NULL) {
        problem = input_on_demand(arena, record_get(input, MEMBER_ON_DEMAND_THROUGHPUT)->record,
                                  draft->is_on_demand, SLICE_NULL, &draft->on_demand_throughput);
    }
    if (problem == NULL) {
        problem = input_warm(arena, record_get(input, MEMBER_WARM_THROUGHPUT)->record,
                             draft->is_on_demand ? NULL : &draft->throughput, SLICE_NULL,
                             &draft->warm_throughput);
    }
    draft->is_protected = record_get(input, MEMBER_DELETION_PROTECTION_ENABLED)->flag;
    draft->is_infrequent =
        slice_is(record_text(input, MEMBER_TABLE_CLASS), "STANDARD_INFREQUENT_ACCESS");
    return problem;
}

const struct problem *table_input(struct arena *arena, const struct record *input,
                                  const struct table_place *place, struct table **ret_draft)
{
    struct table *draft = table_copy(NULL);
    draft->name = record_text(input, MEMBER_TABLE_NAME);
    const struct problem *problem = input_billing(arena, draft, input);
    if (problem == NULL) {
        problem = input_schema(arena, draft, input);
    }
    if (problem == NULL) {
        problem = input_options(arena, draft, input, place);
    }
    if (problem != NULL) {
        table_unref(draft);
        return problem;
    }
    /* Its texts are the request's so far. */
    *ret_draft = table_copy(draft);
    table_unref(draft);
    return NULL;
}
